/**
 * The chat's door: Slack's commands, buttons, forms and shortcuts become messages to workflows. Written down first, then
 * acknowledged, always within Slack's three seconds; Slack repeats neither a command nor a press that was lost.
 */
import type { IncomingMessage, RequestListener } from 'node:http'
import { App, HTTPReceiver, type Logger, LogLevel, type Receiver, SocketModeReceiver } from '@slack/bolt'
import type { Registry } from 'prom-client'
import type { Door, DoorLog } from './slack/door.ts'
import { createGuard } from './slack/guard.ts'
import { createLateness, type LoopDelay, watchLoop } from './slack/lateness.ts'
import { createDoorMetrics, type DoorMetrics } from './slack/metrics.ts'
import { readIncoming } from './slack/payloads.ts'
import { createRouter, type Router } from './slack/router.ts'
import { type Admitted, createSlackListener, EVENTS_PATH } from './slack/server.ts'
import { type KeptSocket, keepConnected } from './slack-socket.ts'

/** Bolt's own watchdog, should ever a request pass without an acknowledgement: empty, and before Slack gives up. */
const LAST_CALL_MS = 2_800
const CONNECT_MS = 10_000

export interface SlackDoor {
  readonly listener: RequestListener
  /** What the doctor asks about. */
  health(): DoorHealth
  /** Settles when what was begun after an acknowledgement has ended. */
  idle(): Promise<void>
  close(): void
}

export interface DoorHealth {
  /** ISO time of the last request that was Slack's; null before the first. */
  readonly lastHeardAt: string | null
  /** By how much our clock is ahead of Slack's, ms; at most a second wrong. Null before the first request. */
  readonly clockAheadMs: number | null
  readonly loopDelayMs: number
  /** The app for which a request was last meant that was not heard; null before any. */
  readonly foreignApp: string | null
  /** Id of the key with which the door vouches for people. */
  readonly doorKey: string
}

export interface SlackDoorOptions {
  /** One, or two while the secret is being changed. */
  readonly signingSecrets: readonly string[]
  readonly registry: Registry
  /** Another measure of the event loop, for tests. */
  readonly loop?: LoopDelay
}

/** The door behind an HTTP server. Throws without a signing secret. */
export function createSlackDoor(
  door: Door,
  { signingSecrets, registry, loop = watchLoop() }: SlackDoorOptions,
): SlackDoor {
  const metrics = createDoorMetrics(registry, () => loop.worst())
  const router = createRouter(door, metrics, () => loop.worst())
  const admitted = new WeakMap<IncomingMessage, Admitted>()
  const receivers = new Map(
    signingSecrets.map(secret => [secret, createReceiver(secret, admitted, door.log, metrics)] as const),
  )
  for (const receiver of receivers.values()) createApp(receiver, router, door.log)
  const lateness = createLateness()
  return {
    health: () => ({
      ...lateness.seen(),
      loopDelayMs: Math.round(loop.worst()),
      foreignApp: router.foreignApp(),
      doorKey: door.signer.kid,
    }),
    listener: createSlackListener({
      guard: createGuard(signingSecrets),
      lateness,
      metrics,
      log: door.log,
      receive: (request, response, given) => {
        admitted.set(request, given)
        receivers.get(given.secret)?.requestListener(request, response)
      },
    }),
    idle: () => router.idle(),
    close: () => loop.close(),
  }
}

export interface SocketOptions {
  /** App-level token. */
  readonly appToken: string
  /** Where Slack's methods are; null for Slack itself. */
  readonly apiUrl: string | null
  readonly registry: Registry
  /** Another pause before the second try, for tests. */
  readonly firstPauseMs?: number
}

/**
 * The door through a connection that we open, for a laptop without an address. Slack loses what is pressed while that
 * connection is renewed, so no team should depend on it. Returns at once; the connection comes when Slack answers.
 */
export function createSocketDoor(door: Door, { appToken, apiUrl, registry, firstPauseMs }: SocketOptions): KeptSocket {
  const loop = watchLoop()
  const metrics = createDoorMetrics(registry, () => loop.worst())
  const router = createRouter(door, metrics, () => loop.worst())
  const receiver = new SocketModeReceiver({
    appToken,
    logger: boltLogger(door.log),
    autoReconnectEnabled: false,
    installerOptions: {
      clientOptions: {
        ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
        allowAbsoluteUrls: false,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout: CONNECT_MS,
      },
    },
  })
  createApp(receiver, router, door.log)
  const socket = keepConnected(receiver, door.log, firstPauseMs)
  return {
    health: socket.health,
    close: async () => {
      await socket.close()
      await router.idle()
      loop.close()
    },
  }
}

function createReceiver(
  signingSecret: string,
  admitted: WeakMap<IncomingMessage, Admitted>,
  log: DoorLog,
  metrics: DoorMetrics,
): HTTPReceiver {
  return new HTTPReceiver({
    signingSecret,
    endpoints: EVENTS_PATH,
    logger: boltLogger(log),
    unhandledRequestTimeoutMillis: LAST_CALL_MS,
    unhandledRequestHandler: ({ response }) => {
      metrics.refused('unacknowledged')
      log.error({}, 'a request passed without an acknowledgement')
      if (!response.headersSent) response.writeHead(200).end()
    },
    customPropertiesExtractor: request => ({ admitted: admitted.get(request) }),
  })
}

function createApp(receiver: Receiver, router: Router, log: DoorLog): void {
  const app = new App({
    receiver,
    // Nothing of Bolt's speaks to Slack: the door has a client of its own, with deadlines and without retries.
    authorize: async () => ({ botId: 'ops' }),
    ignoreSelf: false,
    convoStore: false,
    logger: boltLogger(log),
  })
  // One listener for everything, so that nothing is heard twice and nothing is left without an answer.
  app.use(async given => {
    // What comes through a socket has passed no HTTP server of ours.
    const admitted = given.context.admitted as Admitted | undefined
    const incoming = admitted === undefined ? readIncoming(given.body) : admitted.incoming
    const arrival = admitted?.arrival ?? { at: performance.now(), ageMs: 0 }
    const acknowledge = Reflect.get(given, 'ack') as ((body?: unknown) => Promise<void>) | undefined
    // Events are acknowledged by Bolt.
    const answer = async (body?: unknown) => await acknowledge?.(body)
    if (incoming === null) await answer()
    else await router.handle(incoming, arrival, answer)
  })
}

/** Bolt's lines may quote payloads; only that something is wrong goes on. */
function boltLogger(log: DoorLog): Logger {
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: message => log.warn({ bolt: String(message).slice(0, 200) }, 'Bolt warns'),
    error: message => log.error({ bolt: String(message).slice(0, 200) }, 'Bolt reports an error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  }
}
