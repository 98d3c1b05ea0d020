/** Certificates, Zed and the upload door: real files, real programs, a real server. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { readCertificates } from '../../activities/adapters/certificates.ts'
import { createEntryReader } from '../../activities/adapters/journal.ts'
import { parseJsonc } from '../../activities/adapters/jsonc.ts'
import { run } from '../../activities/adapters/shell.ts'
import { createUpload } from '../../activities/adapters/upload.ts'
import { inspectZed } from '../../activities/adapters/zed.ts'
import { OpsError } from '../../domain/failures.ts'
import type { LogRecord } from '../../domain/log-record.ts'
import { GOOD_ANSWER } from '../support/acp-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const isOpsError = (owner: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OpsError, String(error))
  assert.equal(error.owner, owner)
  assert.match(error.message, message)
  return true
}

describe('readCertificates', () => {
  it('reads subject and end of a certificate, also of the first in a chain', async context => {
    const folder = await temporaryFolder(context)
    const paths = [join(folder, 'a.pem'), join(folder, 'b.pem')]
    for (const [index, path] of paths.entries()) {
      const args = [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        '/dev/null',
        '-out',
        path,
        '-days',
        String(10 + index),
        '-subj',
        `/O=x/CN=host${index}`,
      ]
      assert.equal((await run('openssl', args)).exitCode, 0)
    }
    const now = new Date()
    const facts = await readCertificates(paths, now)
    assert.deepEqual(
      facts.map(({ subject, daysLeft }) => [subject, Math.round(daysLeft)]),
      [
        ['O=x, CN=host0', 10],
        ['O=x, CN=host1', 11],
      ],
    )
    const [expired] = await readCertificates([paths[0] ?? ''], new Date(now.getTime() + 20 * 86_400_000))
    assert.ok((expired?.daysLeft ?? 0) < -9)
  })

  it('names every file that it cannot read', async context => {
    const folder = await temporaryFolder(context)
    await writeFile(join(folder, 'x.pem'), 'no certificate')
    const paths = [join(folder, 'none.pem'), join(folder, 'x.pem')]
    await assert.rejects(
      readCertificates(paths, new Date()),
      isOpsError('configuration', /none\.pem: ENOENT; .*x\.pem holds no certificate/),
    )
  })
})

describe('parseJsonc', () => {
  it('reads what editors write', () => {
    const text = '\uFEFF// head\n{ "a": "no // comment, ]", /* , */ "b": [1, 2, ], // x\n "c": "\\"/*", }\n/* open'
    assert.deepEqual(parseJsonc(text), { a: 'no // comment, ]', b: [1, 2], c: '"/*' })
    assert.throws(() => parseJsonc('{,}}'))
  })

  it('reads all JSON as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value =>
        assert.deepEqual(parseJsonc(JSON.stringify(value, null, 1)), JSON.parse(JSON.stringify(value))),
      ),
    )
  })
})

describe('inspectZed', () => {
  // Nobody is checked as root: where the tests run as root, somebody else's editor is the one.
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? 'nobody' : userInfo().username
  const uid = isRoot ? 65_534 : userInfo().uid

  async function settingsFolder(context: TestContext): Promise<string> {
    const folder = await temporaryFolder(context)
    await chmod(folder, 0o755)
    return folder
  }

  async function writeSettings(path: string, text: string): Promise<void> {
    await writeFile(path, text, { mode: 0o644 })
    await chown(path, uid, -1)
  }

  async function zed(
    context: TestContext,
    settings: string,
    script = `case $1 in --version) echo 1.18.33;; *) read -r l; echo '${GOOD_ANSWER}';; esac`,
  ) {
    const folder = await settingsFolder(context)
    await mkdir(join(folder, 'bin'))
    const command = join(folder, 'bin/opencode')
    await writeFile(command, `#!/bin/sh\n${script}\n`)
    await chmod(command, 0o755)
    const settingsPath = join(folder, 'settings.json')
    await writeSettings(settingsPath, settings.replaceAll('COMMAND', command))
    return { command, settingsPath, facts: () => inspectZed({ user, settingsPath }) }
  }

  it('finds the entry, its version and its answer', async context => {
    const { command, facts } = await zed(
      context,
      '{ // mine\n "theme": 1, "agent_servers": { "Other": { "type": "registry" }, "x": { "command": "COMMAND", "args": ["acp"], }, }, }',
    )
    assert.deepEqual(await facts(), { command, version: '1.18.33', protocolVersion: 1 })
  })

  const problems: readonly (readonly [string, string, string | undefined, RegExp])[] = [
    ['no JSON', '{', undefined, /not JSON with comments/],
    ['no entry', '{}', undefined, /no agent server for opencode/],
    ['an entry of Zed itself', '{"agent_servers":{"opencode":{"type":"registry"}}}', undefined, /names no command/],
    [
      'a program without a version',
      '{"agent_servers":{"opencode":{"command":"COMMAND"}}}',
      'exit 1',
      /says no version/,
    ],
    [
      'a program without an answer',
      '{"agent_servers":{"opencode":{"command":"COMMAND"}}}',
      'echo 1.2.3',
      /gives Zed no ACP answer/,
    ],
  ]
  for (const [what, settings, script, message] of problems) {
    it(`says what is wrong: ${what}`, async context => {
      await assert.rejects((await zed(context, settings, script)).facts(), isOpsError('configuration', message))
    })
  }

  const ENTRY = '{"agent_servers":{"opencode":{"command":"COMMAND","env":{"MINE":"1","HOME":"/mine"}}}}'

  it('runs the program as the user, with nothing of the worker, and removes what it wrote', async context => {
    const out = await settingsFolder(context)
    await chmod(out, 0o777)
    const { facts } = await zed(
      context,
      ENTRY,
      `(id -u; pwd; env) >> ${out}/said; touch $XDG_DATA_HOME.x
      case $1 in --version) echo 1.18.33;; *) read -r l; echo '${GOOD_ANSWER}';; esac`,
    )
    process.env.OPS_TEST_SECRET = 'planted'
    await facts()
    delete process.env.OPS_TEST_SECRET
    const said = (await readFile(join(out, 'said'), 'utf8')).trim().split('\n')
    const folder = said[1] ?? ''
    assert.equal(said[0], String(uid))
    assert.match(folder, /^\/tmp\/ops-zed-\w+$/)
    assert.ok(!existsSync(folder))
    const names = said.filter(line => line.includes('=')).map(line => line.slice(0, line.indexOf('=')))
    const known = /^(?:PATH|HOME|LC_ALL|PWD|OLDPWD|SHLVL|_|MINE|TMPDIR|XDG_\w+_HOME|OPENCODE_\w+)$/
    assert.deepEqual(
      names.filter(name => !known.test(name)),
      [],
    )
    for (const line of ['MINE=1', 'HOME=/mine', `XDG_DATA_HOME=${folder}/data`]) assert.ok(said.includes(line), line)
  })

  it('carries out no settings that somebody else could have written', async context => {
    const { settingsPath, facts } = await zed(context, ENTRY)
    for (const mode of [0o664, 0o646]) {
      await chmod(settingsPath, mode)
      await assert.rejects(facts(), isOpsError('configuration', /can be written by others/))
    }
    await chmod(settingsPath, 0o644)
    assert.equal((await facts()).version, '1.18.33')
    if (!isRoot) return
    await chown(settingsPath, 0, 0)
    assert.equal((await facts()).version, '1.18.33')
    await chown(settingsPath, 1, 1)
    await assert.rejects(facts(), isOpsError('configuration', /belongs neither to nobody nor to root/))
    const link = `${settingsPath}.link`
    await symlink(settingsPath, link)
    const byLink = inspectZed({ user, settingsPath: link })
    await assert.rejects(byLink, isOpsError('configuration', /belongs neither/))
  })

  it('reads plain files only, and is not held by a pipe', async context => {
    const folder = await settingsFolder(context)
    const pipe = join(folder, 'pipe')
    assert.equal((await run('mkfifo', [pipe])).exitCode, 0)
    for (const settingsPath of [pipe, folder]) {
      await assert.rejects(inspectZed({ user, settingsPath }), isOpsError('configuration', /is no plain file/))
    }
  })

  it('does not check the editor of root', async context => {
    const { settingsPath } = await zed(context, ENTRY)
    await assert.rejects(inspectZed({ user: 'root', settingsPath }), isOpsError('configuration', /Zed of root/))
  })

  it('says what is wrong: no settings, no program, no user', async context => {
    const folder = await temporaryFolder(context)
    await assert.rejects(
      inspectZed({ user, settingsPath: join(folder, 'none.json') }),
      isOpsError('configuration', /none\.json: ENOENT/),
    )
    const { facts } = await zed(context, '{"agent_servers":{"opencode":{"command":"/no/such/opencode"}}}')
    await assert.rejects(facts(), isOpsError('tool', /not installed/))
    await assert.rejects(
      inspectZed({ user: 'no-such-user', settingsPath: join(folder, 's.json') }),
      isOpsError('configuration', /no user no-such-user/),
    )
  })
})

describe('createEntryReader', () => {
  it('takes messages in all shapes that journalctl gives them (T10)', () => {
    const records: LogRecord[] = []
    const read = createEntryReader(record => records.push(record))
    const entry = (fields: object): string =>
      JSON.stringify({ __REALTIME_TIMESTAMP: '1795456121084160', PRIORITY: '6', ...fields })
    read(entry({ MESSAGE: '2026-11-23T08:00:00.000Z ERROR session/new conn=1 duration=5' }))
    read(entry({ MESSAGE: 'plain words', PRIORITY: '3' }))
    read(entry({ MESSAGE: [98, 97, 100, 255], PRIORITY: '4' }))
    read(entry({ MESSAGE: null }))
    read(entry({ MESSAGE: ['twice', 'said'] }))
    read('-- No entries --')
    assert.deepEqual(
      records.map(({ level, event }) => [level, event]),
      [
        ['error', 'session/new'],
        ['error', 'plain words'],
        ['warn', 'bad\uFFFD'],
        ['info', ''],
        ['info', 'twice'],
      ],
    )
    assert.deepEqual(records.map(({ at }) => at).slice(0, 2), [Date.UTC(2026, 10, 23, 8), 1_795_456_121_084.16])
  })
})

describe('createUpload', () => {
  const bytes = new TextEncoder().encode('the excerpt')
  const sha256 = createHash('sha256').update(bytes).digest('hex')

  async function door(context: TestContext, status: number, answer: (body: Buffer) => unknown) {
    const seen: string[] = []
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        seen.push(`${request.method} ${request.url} ${request.headers.authorization}`)
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify(answer(Buffer.concat(chunks))))
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    context.after(() => {
      server.closeAllConnections()
      server.close()
    })
    const upload = createUpload({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      token: 'planted-token',
    })
    return { seen, upload }
  }

  it('puts the bytes under their digest, and says so', async context => {
    const { seen, upload } = await door(context, 201, body => ({ ref: `sha256:${sha256}`, bytes: body.length, sha256 }))
    const expected = { kind: 'log-excerpt', ref: `sha256:${sha256}`, bytes: bytes.length, sha256 }
    assert.deepEqual(await upload('log-excerpt', bytes), expected)
    assert.deepEqual(await upload('log-excerpt', bytes), expected)
    assert.equal(seen[0], `PUT /artefacts/${sha256}?kind=log-excerpt Bearer planted-token`)
  })

  const refusals: readonly (readonly [number, string])[] = [
    [401, 'permission'],
    [403, 'permission'],
    [413, 'configuration'],
    [422, 'configuration'],
    [500, 'host'],
    [503, 'host'],
  ]
  for (const [status, owner] of refusals) {
    it(`HTTP ${status} is a problem of ${owner}, and the token stays here`, async context => {
      const { upload } = await door(context, status, () => ({ error: 'no Bearer planted-token-1234' }))
      await assert.rejects(
        upload('x', bytes),
        (error: unknown) =>
          isOpsError(owner, new RegExp(`HTTP ${status}`))(error) && !String(error).includes('planted'),
      )
    })
  }

  it('does not believe another door', async context => {
    const { upload } = await door(context, 200, () => ({ ok: true }))
    await assert.rejects(upload('x', bytes), isOpsError('configuration', /did not confirm/))
    const { upload: other } = await door(context, 200, () => ({ ref: 'x', bytes: 11, sha256: '0'.repeat(64) }))
    await assert.rejects(other('x', bytes), isOpsError('configuration', /did not confirm/))
  })

  it('names a door that is closed', async () => {
    await assert.rejects(
      createUpload({ url: 'http://127.0.0.1:9', token: 't' })('x', bytes),
      isOpsError('host', /cannot upload to http:\/\/127\.0\.0\.1:9: /),
    )
  })
})
