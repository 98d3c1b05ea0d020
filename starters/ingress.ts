/**
 * The ingress: what Slack and Alertmanager send comes in here and becomes messages to workflows. A process of its own,
 * without any worker, so that no work ever delays an acknowledgement. It starts without Temporal, and answers honestly
 * while Temporal is away.
 */
import type { RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection, type ConnectionOptions } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { pino } from 'pino'
import { collectDefaultMetrics, register } from 'prom-client'
import { readEstate, readTeam } from '../activities/adapters/estate-file.ts'
import { openLedger } from '../activities/adapters/ledger/ledger.ts'
import { publicKeyOf } from '../activities/adapters/signing.ts'
import { askAgain } from '../activities/ask-again.ts'
import { OpsError } from '../domain/failures.ts'
import { NAMESPACE } from '../domain/ids.ts'
import { redact } from '../domain/redact.ts'
import { createRefusalRecord } from './alerts/refusals.ts'
import { armWatchdog, createAlertDoor } from './alerts.ts'
import { type IngressConfig, readIngressConfig, readSecret, type SlackConfig } from './ingress-config.ts'
import { keepTrying } from './keep-trying.ts'
import type { Door } from './slack/door.ts'
import { createPeople } from './slack/people.ts'
import { closeServer, listen } from './slack/server.ts'
import { createSlackWeb } from './slack/web.ts'
import { createSlackDoor, createSocketDoor } from './slack.ts'

/** What was begun after an acknowledgement may end before the process does. */
const FAREWELL_MS = 12_000
/** So long somebody may still be looking at the screen. */
const GIVE_UP_MS = 30_000
const TEMPORAL_LOOK_MS = 1_500
const ARMING_MS = 10_000
const STARTED_AT = new Date().toISOString()

const log = pino({
  name: 'ingress',
  timestamp: pino.stdTimeFunctions.isoTime,
  // The last edge before a line leaves the process.
  hooks: { streamWrite: redact },
})

await start().catch((error: unknown) => {
  if (error instanceof OpsError) log.fatal({ owner: error.owner, hint: error.hint }, error.message)
  else log.fatal({ err: error }, 'the ingress broke')
  process.exitCode = 1
})

async function start(): Promise<void> {
  const config = readIngressConfig(process.env)
  log.level = config.logLevel
  collectDefaultMetrics()
  const { connectionOptions, namespace } = loadClientConnectConfig()
  const connection = Connection.lazy(connectionOptions as ConnectionOptions)
  const client = new Client({
    connection,
    namespace: namespace ?? NAMESPACE,
    identity: 'ops ingress',
    interceptors: { workflow: [askAgain] },
  })
  const ledger =
    config.ledgerUrlFile === null ? null : openLedger({ connectionString: readSecret(config.ledgerUrlFile) })
  const closing = new AbortController()
  const closers: (() => Promise<void>)[] = []
  const doors: Record<string, () => object> = {}

  if (config.slack !== null) {
    const door: Door = { ...slackDoor(config, config.slack, client, ledger), closing: closing.signal }
    const { close, health } = await openSlack(door, config.slack)
    closers.push(close)
    doors.slack = health
  }
  if (config.alerts !== null) {
    const server = await listen(
      createAlertDoor({
        client,
        token: config.alerts.token,
        logger: log,
        noteRefusal: createRefusalRecord({ ledger, log }),
      }),
      config.alerts.listen,
    )
    const watch = watchOver(client)
    closers.push(() => closeServer(server), watch.close)
    doors.alerts = () => ({ listen: config.alerts?.listen, watchdog: watch.isArmed() ? 'armed' : 'not armed yet' })
  }
  const health = await listen(healthListener(client, doors), config.http)
  log.info({ doors: Object.keys(doors), http: config.http }, 'ingress is ready')

  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  log.info({}, 'ingress is ending')
  // What is still being tried is given up now, so that its person is told before the process ends.
  closing.abort()
  await Promise.all(closers.map(close => close()))
  await closeServer(health)
  await ledger?.close()
  // A call that Temporal's client is about to repeat breaks on a closed connection: it ends with the process.
  process.exit(0)
}

function slackDoor(
  config: IngressConfig,
  slack: SlackConfig,
  client: Client,
  ledger: Door['ledger'],
): Omit<Door, 'closing'> {
  const web = createSlackWeb(slack.token, slack.apiUrl)
  const { kid } = publicKeyOf(slack.doorKey)
  return {
    client,
    slack: web,
    people: createPeople({ readTeam: () => readTeam(config.estateFile), account: web.account }),
    estate: () => readEstate(config.estateFile),
    ledger,
    signer: { kid, privateKeyPem: slack.doorKey },
    // The doctor of the chat asks this process itself, unless it is told another way to it.
    environment: { ...process.env, OPS_INGRESS_HTTP: config.self },
    giveUpMs: GIVE_UP_MS,
    log,
  }
}

async function openSlack(door: Door, slack: SlackConfig) {
  if (slack.appToken !== null) {
    log.warn({}, 'the door to Slack is a socket: what is pressed while it is renewed is lost; not for a team')
    const socket = createSocketDoor(door, { appToken: slack.appToken, apiUrl: slack.apiUrl, registry: register })
    return {
      health: socket.health,
      close: async () => void (await Promise.race([socket.close(), sleep(FAREWELL_MS, undefined, { ref: false })])),
    }
  }
  const { listener, idle, close, health } = createSlackDoor(door, {
    signingSecrets: slack.signingSecrets,
    registry: register,
  })
  const server = await listen(listener, slack.listen)
  return {
    health,
    close: async () => {
      await closeServer(server)
      await Promise.race([idle(), sleep(FAREWELL_MS, undefined, { ref: false })])
      close()
    },
  }
}

/** The always-firing alert is waited for from now on; without Temporal, as soon as it is back. */
function watchOver(client: Client) {
  const ending = new AbortController()
  let isArmed = false
  const trying = keepTrying(() => client.withDeadline(Date.now() + ARMING_MS, () => armWatchdog(client)), {
    signal: ending.signal,
    report: (error, againInMs) =>
      log.warn({ err: error, againInMs }, 'the watch over the watchdog alert could not be armed'),
  }).then(isDone => {
    isArmed = isDone
  })
  return {
    isArmed: () => isArmed,
    close: async () => {
      ending.abort()
      await Promise.race([trying, sleep(TEMPORAL_LOOK_MS, undefined, { ref: false })])
    },
  }
}

function healthListener(client: Client, doors: Readonly<Record<string, () => object>>): RequestListener {
  return async (request, response) => {
    if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': register.contentType }).end(await register.metrics())
      return
    }
    if (request.url !== '/healthz') {
      response.writeHead(404).end()
      return
    }
    const temporal = await client
      .withDeadline(Date.now() + TEMPORAL_LOOK_MS, () => client.workflowService.getSystemInfo({}))
      .then(() => 'answers')
      .catch(() => 'does not answer')
    const known = Object.fromEntries(Object.entries(doors).map(([name, look]) => [name, look()]))
    // Alive is what it is while Temporal is away: it says so to people, and must not be restarted for it.
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        state: 'RUNNING',
        temporal,
        startedAt: STARTED_AT,
        now: new Date().toISOString(),
        doors: known,
      }),
    )
  }
}
