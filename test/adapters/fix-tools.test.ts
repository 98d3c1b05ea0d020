/** The tools under the deploy of a fix: bytes that come by digest, a file and a release that are exchanged, a conversation, the wake hook. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chown, link, mkdir, mkdtemp, readdir, readFile, readlink, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { converse } from '../../activities/adapters/acp.session.ts'
import { createDownload } from '../../activities/adapters/artefact-download.ts'
import { createFolderStore } from '../../activities/adapters/artefact-store.ts'
import { digestOfText, installText, restoreText } from '../../activities/adapters/deployed-file.ts'
import { countErrors } from '../../activities/adapters/error-counts.ts'
import { mayGive, mayOwnFor } from '../../activities/adapters/file-owner.ts'
import { packAgent } from '../../activities/adapters/npm-pack.ts'
import { createReleases } from '../../activities/adapters/releases.ts'
import { previousOf } from '../../activities/adapters/swap-files.ts'
import { createWake } from '../../activities/adapters/wake-hook.ts'
import { serveWake } from '../../sandbox/hosts/wake.ts'
import { type HttpDoor, serve } from '../../workers/http.ts'
import { createLogger } from '../../workers/logging.ts'
import { uploadRoutes } from '../../workers/uploads.ts'
import { GOOD_ANSWER } from '../support/acp-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const sha = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')

describe('bytes that a host fetches', () => {
  const DOOR = '127.82.0.9:9400'
  let shelf = ''
  let open: HttpDoor
  before(async () => {
    shelf = await mkdtemp(join(tmpdir(), 'ops-fix-tools-'))
    const routes = uploadRoutes(createFolderStore(shelf), { alpha: sha('t') })
    open = await serve(DOOR, createLogger('test', 'silent'), routes)
  })
  after(async () => {
    await open.close()
    await rm(shelf, { recursive: true, force: true })
  })

  async function door(context: TestContext) {
    const folder = join(await temporaryFolder(context), 'fixes')
    const download = (token: string) => createDownload({ url: `http://${DOOR}`, token, folder })
    return { folder, store: createFolderStore(shelf), download }
  }

  it('are exactly those of the digest, also when what lies there is damaged', async context => {
    const { folder, store, download } = await door(context)
    const { sha256 } = await store.put('fix-configuration', Buffer.from('{"a": 1}'))
    for (const damage of [false, true]) {
      if (damage) await writeFile(join(folder, sha256), 'rot')
      assert.equal(await readFile(await download('t')(sha256), 'utf8'), '{"a": 1}')
    }
    assert.deepEqual(await readdir(folder), [sha256])
  })

  it('are refused to strangers, and are missed when they are not there', async context => {
    const { folder, store, download } = await door(context)
    const { sha256 } = await store.put('fix-configuration', Buffer.from('x'))
    await assert.rejects(download('other')(sha256), { owner: 'permission' })
    await assert.rejects(download('t')('0'.repeat(64)), {
      owner: 'operator',
      message: /no artefact 0000000000: HTTP 404/,
    })
    assert.deepEqual(await readdir(folder), [])
  })

  it('are kept for the newest three fixes only', async context => {
    const { folder, store, download } = await door(context)
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      const { sha256 } = await store.put('fix-configuration', Buffer.from(text))
      await download('t')(sha256)
    }
    assert.equal((await readdir(folder)).length, 3)
  })
})

describe('a deployed file', () => {
  const [A, B, C] = ['{"a": 1}', '{"a": 2}', '{"a": 3}'] as const
  const setUp = async (context: TestContext) => {
    const path = join(await temporaryFolder(context), 'x.json')
    await writeFile(path, A, { mode: 0o640 })
    return path
  }

  it('keeps the version before, goes back to it, and leaves nothing to roll back to', async context => {
    const path = await setUp(context)
    for (const _ of [1, 2]) await installText(path, B, digestOfText(A))
    assert.deepEqual([await readFile(path, 'utf8'), await readFile(previousOf(path), 'utf8')], [B, A])
    assert.equal((await stat(path)).mode & 0o777, 0o640)
    for (const _ of [1, 2]) await restoreText(path, digestOfText(A))
    assert.equal(await readFile(path, 'utf8'), A)
    assert.deepEqual(await readdir(join(path, '..')), ['x.json'])
  })

  it('keeps its owner, group and rights, and so does the version before', async context => {
    const path = await setUp(context)
    await chown(path, 12_345, 23_456)
    await installText(path, B, digestOfText(A))
    for (const file of [path, previousOf(path)]) {
      const { uid, gid, mode } = await stat(file)
      assert.deepEqual([uid, gid, mode & 0o777], [12_345, 23_456, 0o640], file)
    }
    assert.equal(await mayOwnFor({ uid: 12_345, gid: 23_456 }), true)
  })

  it('is given to others only by who may', () => {
    const self = { uid: 0, groups: [0, 4], capabilities: 0n }
    const CASES = [
      [self, { uid: 0, gid: 0 }, true],
      [self, { uid: 0, gid: 4 }, true],
      [self, { uid: 0, gid: 110 }, false],
      [{ ...self, capabilities: 1n }, { uid: 0, gid: 110 }, true],
      [{ ...self, capabilities: 1n }, { uid: 110, gid: 110 }, false],
      [{ ...self, capabilities: 9n }, { uid: 110, gid: 110 }, true],
    ] as const
    for (const [who, owner, may] of CASES) assert.equal(mayGive(who, owner), may, `${owner.uid}:${owner.gid}`)
  })

  it('that somebody else has changed is left alone', async context => {
    const path = await setUp(context)
    await writeFile(path, C)
    await assert.rejects(installText(path, B, digestOfText(A)), /not the version that was planned/)
    await assert.rejects(restoreText(path, digestOfText(A)), /not the version that was planned/)
    assert.equal(await readFile(path, 'utf8'), C)
  })

  for (const back of [false, true]) {
    it(`is ${back ? 'taken back' : 'finished'} when it was cut off after keeping the version before`, async context => {
      const path = await setUp(context)
      await link(path, previousOf(path))
      await writeFile(`${path}.ops-new`, 'half')
      for (const _ of [1, 2]) {
        if (back) await restoreText(path, digestOfText(A))
        else await installText(path, B, digestOfText(A))
      }
      assert.equal(await readFile(path, 'utf8'), back ? A : B)
      assert.deepEqual(await readdir(join(path, '..')), back ? ['x.json'] : ['x.json', 'x.json.previous'])
      if (!back) assert.equal(await readFile(previousOf(path), 'utf8'), A)
    })
  }

  it('that cannot be written leaves the version before the one in force alone, and so does its way back', async context => {
    const path = await setUp(context)
    await writeFile(previousOf(path), C)
    await mkdir(`${path}.ops-new`)
    await assert.rejects(installText(path, B, digestOfText(A)), { owner: 'permission', message: /EISDIR/ })
    await rmdir(`${path}.ops-new`)
    await restoreText(path, digestOfText(A))
    assert.deepEqual([await readFile(path, 'utf8'), await readFile(previousOf(path), 'utf8')], [A, C])
    assert.deepEqual(await readdir(join(path, '..')), ['x.json', 'x.json.previous'])
  })
})

describe('a release', () => {
  const setUp = async (context: TestContext) => {
    const folder = await temporaryFolder(context)
    await mkdir(join(folder, 'package/bin'), { recursive: true })
    await writeFile(join(folder, 'package/bin/opencode'), '#!/bin/sh\necho 1.2.3\n', { mode: 0o755 })
    execFileSync('tar', ['-czf', join(folder, 'a.tgz'), '-C', folder, 'package'])
    const [root, units] = [join(folder, 'opt'), join(folder, 'units')]
    return { archive: join(folder, 'a.tgz'), root, units, releases: createReleases(root, units) }
  }

  it('is unpacked once, chosen, exchanged, and forgotten again', async context => {
    const { archive, root, units, releases } = await setUp(context)
    for (const name of ['1.2.3-a', '1.2.3-a', '1.2.4-b']) await releases.unpack(archive, name)
    assert.equal(execFileSync(releases.program('1.2.3-a'), { encoding: 'utf8' }), '1.2.3\n')
    assert.equal(await releases.current('acp'), null)
    for (const name of ['1.2.3-a', '1.2.3-a', '1.2.4-b']) {
      await releases.choose('acp', name)
      assert.equal(await releases.current('acp'), name)
    }
    assert.equal(await readlink(join(root, 'current')), 'releases/1.2.4-b')
    const variables = await readFile(join(units, 'acp.service.d/60-ops-release.env'), 'utf8')
    assert.match(variables, new RegExp(`^OPENCODE_BIN=${root}/current/bin/opencode$`, 'm'))
    for (const _ of [1, 2]) await releases.choose('acp', null)
    assert.equal(await releases.current('acp'), null)
    assert.deepEqual(await readdir(join(units, 'acp.service.d')), [])
  })

  it('is known with what it replaced, until it is taken back', async context => {
    const { archive, releases } = await setUp(context)
    for (const name of ['1.2.3-a', '1.2.4-b']) await releases.unpack(archive, name)
    const deployed = async () => {
      const found = await releases.deployed('acp')
      return found === null ? null : [found.release, found.before]
    }
    assert.equal(await deployed(), null)
    for (const _ of [1, 2]) await releases.choose('acp', '1.2.3-a', null)
    assert.deepEqual(await deployed(), ['1.2.3-a', null])
    await releases.choose('acp', '1.2.4-b', '1.2.3-a')
    assert.deepEqual(await deployed(), ['1.2.4-b', '1.2.3-a'])
    await releases.choose('acp', '1.2.3-a')
    assert.equal(await deployed(), null, 'there is nothing before it to go back to')
    await releases.choose('acp', '1.2.4-b', '0.0.1-gone')
    assert.equal(await deployed(), null, 'what is not there any more is nothing to go back to')
  })

  it('that holds no agent is refused, and leaves nothing that looks complete', async context => {
    const { root, releases } = await setUp(context)
    const wrong = join(root, '../wrong.tgz')
    await writeFile(wrong, 'no archive')
    await assert.rejects(releases.unpack(wrong, '9.9.9-x'), /holds no agent that can be unpacked/)
    await assert.rejects(stat(releases.program('9.9.9-x')))
  })

  it('is an exact version', async () => {
    for (const wrong of ['latest', '^1.0.0', '1', '1.2.3 && x', '../x']) {
      await assert.rejects(packAgent(wrong), /no exact version/, wrong)
    }
  })
})

describe('a conversation', () => {
  type Reply = (response: ServerResponse, method: string) => void

  /** Speaks the transport: answers on the event stream that was opened before the question. */
  async function agent(context: TestContext, reply: Reply) {
    const closed: string[] = []
    let stream: ServerResponse | null = null
    const handle = async (request: IncomingMessage, response: ServerResponse) => {
      if (request.method === 'DELETE') {
        closed.push(String(request.headers['acp-connection-id']))
        return void response.writeHead(202).end()
      }
      if (request.method === 'GET') {
        stream = response.writeHead(200, { 'content-type': 'text/event-stream' })
        return void stream.write(': open\n\n')
      }
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const { method } = JSON.parse(body) as { readonly method: string }
      if (method === 'initialize') return void response.writeHead(200, { 'acp-connection-id': 'c1' }).end(GOOD_ANSWER)
      response.writeHead(202).end()
      if (stream !== null) reply(stream, method)
    }
    const server = createServer((request, response) => void handle(request, response))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    context.after(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acp`
    const speak = (prompt: string | null) => converse({ url, cwd: '/tmp', prompt, deadlineMs: 2_000 })
    return { closed, speak }
  }
  const event = (stream: ServerResponse, message: object) =>
    stream.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`)
  const well: Reply = (stream, method) => {
    event(stream, { jsonrpc: '2.0', method: 'session/update', params: { words: 'x'.repeat(50_000) } })
    if (method === 'session/new') event(stream, { jsonrpc: '2.0', id: 2, result: { sessionId: 's1' } })
    else event(stream, { jsonrpc: '2.0', id: 3, result: { stopReason: 'end_turn' } })
  }

  it('opens a session, comes to the end of a turn, and is closed', async context => {
    const { closed, speak } = await agent(context, well)
    assert.deepEqual(await speak(null), { version: '1.18.33', stopReason: null })
    assert.deepEqual(await speak('say a line'), { version: '1.18.33', stopReason: 'end_turn' })
    assert.deepEqual(closed, ['c1', 'c1'])
  })

  it('that is refused, cut off or not answered says in which step, and is closed', async context => {
    const CASES: readonly (readonly [reply: Reply, words: RegExp])[] = [
      [
        (stream, _) => event(stream, { jsonrpc: '2.0', id: 2, error: { code: -32000, message: 'no room' } }),
        /session\/new failed: .*-32000: no room/,
      ],
      [(stream, _) => stream.end(), /session\/new failed: .*ended before the answer/],
      [() => {}, /session\/new failed: no answer within 2 s/],
      [(stream, _) => event(stream, { id: 2, result: {} }), /session\/new failed: an answer of another form/],
    ]
    for (const [reply, words] of CASES) {
      const { closed, speak } = await agent(context, reply)
      await assert.rejects(speak(null), words)
      assert.deepEqual(closed, ['c1'])
    }
  })
})

describe('errors of a window', () => {
  it('are counted by fingerprint, those outside are not', async context => {
    const log = join(await temporaryFolder(context), 'acp.log')
    const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 3, minute)).toISOString()
    const line = (minute: number, level: string, event: string) => `${at(minute)} ${level} ${event}\n`
    await writeFile(
      log,
      [
        line(1, 'ERROR', 'early'),
        line(5, 'ERROR', 'late 17'),
        line(6, 'INFO', 'fine'),
        line(7, 'ERROR', 'late 18'),
      ].join(''),
    )
    const window = { since: Date.parse(at(2)), until: Date.parse(at(9)) }
    const counts = await countErrors({ kind: 'file', path: log }, 'acp', window, new AbortController().signal)
    assert.deepEqual(Object.values(counts), [2])
    assert.match(Object.keys(counts)[0] ?? '', /late/)
  })
})

describe('the wake hook', () => {
  it('switches staging hosts one wish after the other, for those who have the token', async context => {
    const done: string[] = []
    const told: string[] = []
    const slow = (what: string) => async (host: string) => {
      await new Promise(resolve => setTimeout(resolve, 20))
      done.push(`${host} ${what}`)
      return 'running'
    }
    const fleet = { switchOn: slow('on'), switchOff: async (host: string) => void (await slow('off')(host)) }
    const options = { address: '127.82.0.8', port: 9700, token: 'secret', fleet: () => fleet }
    const close = await serveWake({ ...options, tell: line => told.push(line) })
    context.after(close)
    const url = 'http://127.82.0.8:9700/power'
    const wake = createWake({ url, token: 'secret' })
    await wake('gamma', 'on')
    await wake('gamma', 'off')
    await assert.rejects(createWake({ url, token: 'other' })('gamma', 'on'), {
      owner: 'configuration',
      message: /HTTP 401/,
    })
    await assert.rejects(wake('alpha', 'off'), { owner: 'configuration', message: /alpha off: HTTP 400/ })
    await assert.rejects(createWake({ url: 'http://127.82.0.8:9701/', token: 'x' })('gamma', 'on'), { owner: 'host' })
    await close()
    assert.deepEqual([done, told], [['gamma on', 'gamma off'], []])
  })
})
