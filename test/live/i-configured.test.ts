/** What is checked only when the estate file asks for it: an editor's agent and certificates; and waivers, which end by themselves. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { HostName } from '../../sandbox/estate/name.ts'
import { type CheckResult, estateEnvironment, eventually, find, healthCheck, inHost } from '../support/live.ts'

const HOSTS = ['alpha', 'beta'] as const
const CONFIG = '/var/lib/opencode/.config'
const SETTINGS = `${CONFIG}/zed/settings.json`
const SCRIPT = '/var/lib/opencode/zed-agent'
const CERTIFICATES = '/etc/opencode-acp-ops/test-certificates'
const SOON = `${CERTIFICATES}/soon.pem`
const LATER = `${CERTIFICATES}/later.pem`
const OPENCODE = '/opt/ops/node_modules/.bin/opencode'

const estateFile = estateEnvironment().OPS_ESTATE ?? ''
const original = readFileSync(estateFile, 'utf8')

const day = (fromNow: number): string => new Date(Date.now() + fromNow * 86_400_000).toISOString().slice(0, 10)

/** The running estate's file with these waivers of the certificate; each run reads the file anew. */
function configure(...waivers: readonly string[]): void {
  assert.doesNotMatch(original, /^(certificates|zed|waivers):/m)
  const lines = [
    `certificates: [${SOON}, ${LATER}]`,
    `zed: { user: opencode, settings: ${SETTINGS} }`,
    ...(waivers.length === 0 ? [] : ['waivers:', ...waivers.map(waiver => `  - ${waiver}`)]),
  ]
  writeFileSync(estateFile, `${original.trimEnd()}\n${lines.join('\n')}\n`)
}

const waiver = (host: string, until: string) =>
  `{ finding: "certificate:${SOON}", target: ${host}, reason: the new one is ordered, owner: ana, until: ${until} }`

/** Zed's settings as a person keeps them, with `command` as the agent. Text goes through printf, hence no quotes of its own. */
async function writeSettings(host: HostName, command: string): Promise<void> {
  const settings = `// mine\n{\n  "theme": "One Dark", /* at night */\n  "agent_servers": {\n    "OpenCode": { "command": "${command}", "args": ["acp"], },\n  },\n}\n`
  await inHost(
    host,
    `mkdir -p ${CONFIG}/zed; printf '%s' '${settings}' > ${SETTINGS}; chmod 644 ${SETTINGS}; chown -R opencode: ${CONFIG}/zed`,
  )
}

function certificate(path: string, days: number): string {
  return `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out ${path} -days ${days} -subj /CN=acp.test 2>/dev/null`
}

async function onEach(act: (host: (typeof HOSTS)[number]) => Promise<unknown>): Promise<void> {
  for (const host of HOSTS) await act(host)
}

const systemOf = (...more: readonly string[]): Promise<CheckResult> => healthCheck(...more, 'only=system')

describe('what the estate file asks for', () => {
  before(async () => {
    await onEach(async host => {
      await inHost(host, `mkdir -p ${CERTIFICATES} && ${certificate(SOON, 10)} && ${certificate(LATER, 200)}`)
      await writeSettings(host, OPENCODE)
    })
  })

  after(async () => {
    writeFileSync(estateFile, original)
    await onEach(host =>
      inHost(host, `rm -rf ${CERTIFICATES} ${CONFIG}/zed ${SCRIPT}; rmdir ${CONFIG} 2>/dev/null; true`),
    )
  })

  test('an editor that starts the agent is ok, and a certificate is judged by its days', async () => {
    configure()
    const result = await systemOf()
    assert.equal(result.record.verdict, 'warn')
    for (const host of HOSTS) {
      const zed = find(result, host, 'zed.agent')
      assert.equal(zed.verdict, 'ok', `${zed.summary}. ${zed.hint}`)
      assert.deepEqual(zed.evidence, { command: OPENCODE, version: '1.18.33', protocolVersion: 1 })
      const soon = find(result, host, `certificate:${SOON}`)
      assert.equal(soon.verdict, 'warn')
      assert.match(soon.hint, /renew/i)
      assert.equal(find(result, host, `certificate:${LATER}`).verdict, 'ok')
    }
  })

  test('a waiver shows the finding with its reason and does not count it', async () => {
    configure(...HOSTS.map(host => waiver(host, day(5))))
    const { code, record } = await systemOf()
    assert.equal(record.verdict, 'ok')
    assert.equal(code, 0)
    for (const host of HOSTS) {
      const soon = find({ code, record }, host, `certificate:${SOON}`)
      assert.equal(soon.verdict, 'warn')
      assert.deepEqual(soon.waived, { reason: 'the new one is ordered', owner: 'ana', until: day(5) })
    }
  })

  test('a waiver whose day has passed waives nothing any more', async () => {
    configure(waiver('alpha', day(-2)), waiver('beta', day(5)))
    const result = await systemOf()
    assert.equal(result.record.verdict, 'warn')
    assert.equal(find(result, 'alpha', `certificate:${SOON}`).waived, undefined)
    assert.deepEqual(result.record.targets, [
      { name: 'alpha', verdict: 'warn' },
      { name: 'beta', verdict: 'ok' },
    ])
  })

  test('the agent runs as the user with no rights of the worker, and leaves nothing behind', async () => {
    configure(...HOSTS.map(host => waiver(host, day(5))))
    const script = [
      '#!/bin/sh',
      'test "$(id -un):$(id -Gn)" = opencode:opencode || exit 91',
      'grep -q "^CapPrm:.0000000000000000$" /proc/self/status || exit 92',
      'env | grep -q -e ^OPS_ -e ^TEMPORAL_ && exit 93',
      'sleep 7531 >/dev/null 2>&1 &',
      `exec ${OPENCODE} "$@"`,
    ]
    const lines = script.map(line => `'${line}'`).join(' ')
    await inHost('alpha', `printf '%s\\n' ${lines} > ${SCRIPT}; chmod 755 ${SCRIPT}`)
    await writeSettings('alpha', SCRIPT)
    const zed = find(await systemOf('--target', 'alpha'), 'alpha', 'zed.agent')
    assert.equal(zed.verdict, 'ok', `${zed.summary}. ${zed.hint}`)
    await eventually('everything of the check being gone', async () => {
      const left = await inHost(
        'alpha',
        'pgrep -fx "sleep 7531"; ls -d /tmp/systemd-private-*-ops-host-worker.service-*/tmp/ops-zed-*; true',
      )
      return left.trim() === '' ? true : undefined
    })
  })

  test('settings that somebody else could have written are not carried out', async () => {
    configure(...HOSTS.map(host => waiver(host, day(5))))
    await writeSettings('alpha', OPENCODE)
    for (const [change, summary] of [
      [`chmod 666 ${SETTINGS}`, /can be written by others than opencode/],
      [`chmod 644 ${SETTINGS}; chown postgres: ${SETTINGS}`, /belongs neither to opencode nor to root/],
    ] as const) {
      await inHost('alpha', change)
      const zed = find(await systemOf('--target', 'alpha'), 'alpha', 'zed.agent')
      assert.equal(zed.verdict, 'unknown')
      assert.match(zed.summary, summary)
      assert.match(zed.hint, /^Run "ch(mod|own) /)
    }
  })
})
