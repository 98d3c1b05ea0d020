/** The ingress as a process: what it needs, that it answers without Temporal, and that it ends when it is told to. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKey } from '../../activities/adapters/signing.ts'
import { WATCHDOG_CAUSE } from '../../domain/alerts/state.ts'
import { alertWorkflowId } from '../../domain/ids.ts'
import { commandBody, SECRET, send } from '../support/slack-door.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openRig } from '../support/workflow-rig.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ADDRESS = '127.77.53.1'

interface Health {
  readonly doors: { readonly slack: { readonly connected: boolean }; readonly alerts: { readonly watchdog: string } }
}

interface Started {
  readonly child: ChildProcess
  readonly log: () => string
}

function start(context: TestContext, environment: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, ['starters/ingress.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', TEMPORAL_ADDRESS: `${ADDRESS}:1`, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      text += String(chunk)
    })
  }
  context.after(() => child.kill('SIGKILL'))
  return { child, log: () => text }
}

async function settings(context: TestContext): Promise<Record<string, string>> {
  const folder = await temporaryFolder(context)
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    await chmod(join(folder, name), 0o600)
    return join(folder, name)
  }
  return {
    OPS_ESTATE: join(ROOT, 'docs', 'estate.example.yaml'),
    OPS_SLACK_SIGNING_SECRET_FILE: await file('signing', `${SECRET}\nanother-secret-of-the-tests\n`),
    OPS_SLACK_TOKEN_FILE: await file('token', 'xoxb-secret-token\n'),
    OPS_SLACK_API_URL: `http://${ADDRESS}:1/api/`,
    OPS_SLACK_DOOR_KEY_FILE: await file('door', createKey().privateKeyPem),
    OPS_SLACK_HTTP: `${ADDRESS}:9500`,
    OPS_ALERTS_TOKEN_FILE: await file('alerts', 'alerts-token'),
    OPS_ALERTS_HTTP: `${ADDRESS}:9501`,
    OPS_HTTP: `${ADDRESS}:9510`,
  }
}

async function answers(url: string): Promise<Response> {
  for (let tries = 0; ; tries++) {
    try {
      return await fetch(url)
    } catch (error) {
      if (tries > 100) throw error
      await sleep(100)
    }
  }
}

test('without Temporal it runs, says so, and refuses what is not signed', { timeout: 60_000 }, async context => {
  const { child, log } = start(context, await settings(context))
  const health = await answers(`http://${ADDRESS}:9510/healthz`)
  const { state, temporal, doors } = (await health.json()) as { state: string; temporal: string; doors: object }
  assert.deepEqual(
    [health.status, state, temporal, Object.keys(doors)],
    [200, 'RUNNING', 'does not answer', ['slack', 'alerts']],
  )
  const url = `http://${ADDRESS}:9500`
  assert.equal((await send(url, commandBody('whoami'), { secret: 'a secret of somebody else' })).status, 401)
  const unknown = await send(url, commandBody('whoami'))
  assert.deepEqual(
    [unknown.status, /not recorded|does not know|accounts of this workspace|^$/.test(unknown.body)],
    [200, true],
    unknown.body,
  )
  assert.equal((await fetch(`http://${ADDRESS}:9501/alertmanager`, { method: 'POST', body: '{}' })).status, 401)
  const metrics = await (await fetch(`http://${ADDRESS}:9510/metrics`)).text()
  assert.match(metrics, /ops_slack_refused_total\{reason="signature"\} 1/)
  assert.match(metrics, /ops_alert_deliveries_total\{outcome="refused"\} 1/)
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  assert.equal(code, 0, log())
  // What it wrote has arrived for certain once its streams are closed.
  assert.match(log(), /"status":401,"why":"unknown token"[^\n]*"a delivery of alerts was refused"/)
  assert.doesNotMatch(log(), /xoxb-secret-token|PRIVATE KEY|a-signing-secret/)
})

test('what is missing is said, all of it', { timeout: 30_000 }, async context => {
  const { OPS_SLACK_SIGNING_SECRET_FILE = '' } = await settings(context)
  const { child, log } = start(context, { OPS_SLACK_SIGNING_SECRET_FILE, OPS_HTTP: 'nowhere' })
  const [code] = await once(child, 'close')
  assert.equal(code, 1)
  assert.match(log(), /OPS_ESTATE/)
  assert.match(log(), /OPS_HTTP: expected ADDRESS:PORT/)
})

test('no door is no ingress', { timeout: 30_000 }, async context => {
  const { child, log } = start(context, { OPS_ESTATE: '/nowhere' })
  await once(child, 'close')
  assert.match(log(), /no door is configured/)
})

test('a Slack that cannot be reached keeps no other door shut', { timeout: 60_000 }, async context => {
  const { OPS_SLACK_SIGNING_SECRET_FILE: _, ...rest } = await settings(context)
  const { child, log } = start(context, { ...rest, OPS_SLACK_APP_TOKEN_FILE: rest.OPS_SLACK_TOKEN_FILE ?? '' })
  const health = await answers(`http://${ADDRESS}:9510/healthz`)
  const { doors } = (await health.json()) as Health
  assert.equal(doors.slack.connected, false)
  assert.equal(doors.alerts.watchdog, 'not armed yet')
  assert.equal((await fetch(`http://${ADDRESS}:9501/alertmanager`, { method: 'POST', body: '{}' })).status, 401)
  for (let tries = 0; !/not connected to Slack/.test(log()) && tries < 100; tries++) await sleep(100)
  assert.match(log(), /"why":"[^"]+","againInMs":1000,"msg":"not connected to Slack/)
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  assert.equal(code, 0, log())
})

test('a file of a token with two lines is refused, and not quoted', { timeout: 30_000 }, async context => {
  const { OPS_SLACK_SIGNING_SECRET_FILE = '', ...rest } = await settings(context)
  const { child, log } = start(context, { ...rest, OPS_SLACK_APP_TOKEN_FILE: OPS_SLACK_SIGNING_SECRET_FILE })
  const [code] = await once(child, 'close')
  assert.equal(code, 1)
  assert.match(log(), /signing holds more than one token/)
  assert.doesNotMatch(log(), /a-signing-secret|another-secret/)
})

test('told to end, it says what is not recorded before it goes', { timeout: 60_000 }, async context => {
  const heard: string[] = []
  const slack = createServer((request, response) => {
    request.setEncoding('utf8').on('data', chunk => heard.push(`${request.url} ${chunk}`))
    request.on('end', () => response.setHeader('content-type', 'application/json').end('{"ok":true,"user":{}}'))
  })
  await new Promise<void>(resolve => void slack.listen(0, ADDRESS, resolve))
  context.after(() => {
    slack.closeAllConnections()
    slack.close()
  })
  const url = `http://${ADDRESS}:${(slack.address() as AddressInfo).port}`
  const { child, log } = start(context, {
    ...(await settings(context)),
    OPS_ESTATE: join(ROOT, 'sandbox', 'estate.yaml'),
    OPS_SLACK_API_URL: `${url}/api/`,
  })
  await answers(`http://${ADDRESS}:9510/healthz`)
  const command = commandBody('incident low it burns', { response_url: `${url}/answer` })
  const { body } = await send(`http://${ADDRESS}:9500`, command)
  assert.match(body, /Not confirmed yet/, log())
  const begun = performance.now()
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  assert.equal(code, 0, log())
  const [answer = ''] = heard.filter(line => line.startsWith('/answer'))
  assert.match(answer, /NOT recorded.*ops incident declare low 'it burns'/)
  // It is given twelve seconds, and would go on trying for thirty.
  assert.ok(performance.now() - begun < 12_000)
})

test('a Temporal that comes later finds the watch over the monitoring waiting for it', {
  timeout: 90_000,
}, async context => {
  const server = '127.77.53.2'
  const { OPS_SLACK_SIGNING_SECRET_FILE: _, ...rest } = await settings(context)
  const { child, log } = start(context, { ...rest, TEMPORAL_ADDRESS: `${server}:7233` })
  const watchdog = async () => {
    const health = (await (await answers(`http://${ADDRESS}:9510/healthz`)).json()) as Health
    return health.doors.alerts.watchdog
  }
  while (!log().includes('could not be armed')) await sleep(100)
  assert.equal(await watchdog(), 'not armed yet')
  const rig = await openRig(server)
  context.after(() => rig.close())
  while ((await watchdog()) !== 'armed') await sleep(200)
  const { status } = await rig.client.workflow.getHandle(alertWorkflowId(WATCHDOG_CAUSE)).describe()
  assert.equal(status.name, 'RUNNING')
  child.kill('SIGTERM')
  await once(child, 'close')
})
