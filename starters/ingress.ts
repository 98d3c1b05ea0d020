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
import { OpsError } from '../domain/failures.ts'
import { NAMESPACE } from '../domain/ids.ts'
import { redact } from '../domain/redact.ts'
import { armWatchdog, createAlertDoor } from './alerts.ts'
import { type IngressConfig, readIngressConfig, readSecret, type SlackConfig } from './ingress-config.ts'
import type { Door } from './slack/door.ts'
import { createPeople } from './slack/people.ts'
import { closeServer, listen } from './slack/server.ts'
import { createSlackWeb } from './slack/web.ts'
import { createSlackDoor, startSocketDoor } from './slack.ts'

/** What was begun after an acknowledgement may end before the process does. */
const FAREWELL_MS = 12_000
/** So long somebody may still be looking at the screen. */
const GIVE_UP_MS = 30_000
const TEMPORAL_LOOK_MS = 1_500

const log = pino({
  name: 'ingress',
  level: process.env.OPS_LOG_LEVEL ?? 'info',
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
  collectDefaultMetrics()
  const { connectionOptions, namespace } = loadClientConnectConfig()
  const connection = Connection.lazy(connectionOptions as ConnectionOptions)
  const client = new Client({ connection, namespace: namespace ?? NAMESPACE, identity: 'ops ingress' })
  const ledger =
    config.ledgerUrlFile === null ? null : openLedger({ connectionString: readSecret(config.ledgerUrlFile) })
  const closers: (() => Promise<void>)[] = []
  const doors: Record<string, () => object> = {}

  if (config.slack !== null) {
    const door = slackDoor(config, config.slack, client, ledger)
    const { close, health } = await openSlack(door, config.slack)
    closers.push(close)
    doors.slack = health
  }
  if (config.alerts !== null) {
    const server = await listen(
      createAlertDoor({ client, token: config.alerts.token, logger: log }),
      config.alerts.listen,
    )
    closers.push(() => closeServer(server))
    doors.alerts = () => ({ listen: config.alerts?.listen })
    watch(client)
  }
  const health = await listen(healthListener(client, doors), config.http)
  log.info({ doors: Object.keys(doors), http: config.http }, 'ingress is ready')

  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  log.info({}, 'ingress is ending')
  await Promise.all(closers.map(close => close()))
  await closeServer(health)
  await ledger?.close()
  // A call that Temporal's client is about to repeat breaks on a closed connection: it ends with the process.
  process.exit(0)
}

function slackDoor(config: IngressConfig, slack: SlackConfig, client: Client, ledger: Door['ledger']): Door {
  const web = createSlackWeb(slack.token, slack.apiUrl)
  const { kid } = publicKeyOf(slack.doorKey)
  return {
    client,
    slack: web,
    people: createPeople({ readTeam: () => readTeam(config.estateFile), account: web.account }),
    estate: () => readEstate(config.estateFile),
    ledger,
    signer: { kid, privateKeyPem: slack.doorKey },
    environment: process.env,
    giveUpMs: GIVE_UP_MS,
    log,
  }
}

async function openSlack(door: Door, slack: SlackConfig) {
  if (slack.appToken !== null) {
    const socket = await startSocketDoor(door, slack.appToken, register)
    log.warn({}, 'the door to Slack is a socket: what is pressed while it is renewed is lost; not for a team')
    return { close: socket.close, health: () => ({ socket: true }) }
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

/** The always-firing alert is waited for from now on; without Temporal the first delivery arms it. */
function watch(client: Client): void {
  client
    .withDeadline(Date.now() + 10_000, () => armWatchdog(client))
    .catch((error: unknown) => log.warn({ err: error }, 'the watch over the watchdog alert could not be armed'))
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
    response.end(JSON.stringify({ state: 'RUNNING', temporal, now: new Date().toISOString(), doors: known }))
  }
}
