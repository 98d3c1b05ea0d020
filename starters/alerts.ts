/**
 * The door for Alertmanager: POST /alertmanager, payload version 4, with a bearer token. What is wrong with a delivery is
 * answered with 4xx, which Alertmanager does not try again: with the right token that is an alert of our own. 503 is for a
 * Temporal that is away, and for ends that come in a flood, so that it does try again.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { AlertBatch } from '../domain/alerts/alert.ts'
import type { SilenceOrder } from '../domain/alerts/silence.ts'
import { WATCHDOG_CAUSE } from '../domain/alerts/state.ts'
import type { AlertView } from '../domain/alerts/view.ts'
import { alertWorkflowId, CONTROL_QUEUE } from '../domain/ids.ts'
import type { AlertStart, AlertWorkflow } from '../workflows/alert-start.ts'
import { causeQuery, silenceSignal } from '../workflows/messages.alerts.ts'
import { alertsSignal } from '../workflows/messages.ts'
import { batchesOf } from './alerts/batches.ts'
import { readBody } from './alerts/body.ts'
import { createDam, FLOOD_LIMITS, type FloodLimits } from './alerts/flood.ts'
import { alertsCutOff, alertsReceived, alertsShed, deliveries, deliverySeconds } from './alerts/metrics.ts'
import { createOutcry } from './alerts/outcry.ts'
import type { Refusal } from './alerts/refusals.ts'
import { AlertmanagerPayload } from './alerts/schema.ts'
import { type Read, readEach } from './read-each.ts'

const MAX_BYTES = 1_048_576

/** Alertmanager itself waits for 10 s at least. */
const TEMPORAL_DEADLINE_MS = 5_000

export interface AlertDoorOptions {
  readonly client: Client
  /** Of which Alertmanager's `credentials_file` holds the same. */
  readonly token: string
  /** Called for each delivery that was refused, whoever sent it. */
  readonly noteRefusal?: (refusal: Refusal) => void
  readonly logger?: { warn(details: object, message: string): void }
  readonly limits?: FloodLimits
}

interface Answer {
  readonly status: number
  readonly body: object
}

export function createAlertDoor(options: AlertDoorOptions): RequestListener {
  const { client, token, noteRefusal, logger } = options
  const expected = digest(token)
  const send = (batch: AlertBatch) => sendBatch(client, batch)
  const dam = createDam(options.limits ?? FLOOD_LIMITS, send)
  const cryOut = createOutcry(send)

  const take = async (payload: AlertmanagerPayload): Promise<Answer> => {
    const batches = batchesOf(payload, new Date().toISOString())
    const { passed, shed: beyond } = dam.passing(batches)
    // Alertmanager forgets an end that was taken: one that is not passed on has to come again.
    const [shed, putOff] = [beyond.filter(batch => !hasEnds(batch)), beyond.filter(hasEnds)]
    const total = batches.reduce((sum, { count }) => sum + count, 0)
    const left = shed.reduce((sum, { count }) => sum + count, 0)
    try {
      await Promise.all([...passed.map(send), ...(shed.length > 0 ? [dam.count(shed)] : [])])
    } catch (error) {
      logger?.warn({ err: error }, 'alerts could not be passed on; Alertmanager sends them again')
      deliveries.inc({ outcome: 'put-off' })
      return { status: 503, body: { error: 'Temporal is away' } }
    }
    if (putOff.length > 0) {
      deliveries.inc({ outcome: 'put-off' })
      return { status: 503, body: { error: 'a flood: what has ended is taken later' } }
    }
    if (left > 0) logger?.warn({ alerts: left, deliveries: shed.length }, 'a flood of alerts was shed')
    deliveries.inc({ outcome: 'accepted' })
    alertsReceived.inc(total)
    alertsCutOff.inc(payload.truncatedAlerts)
    alertsShed.inc(left)
    return { status: 200, body: { alerts: total, causes: passed.length, shed: left } }
  }

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const from = request.socket.remoteAddress ?? 'unknown'
    const refuse = (status: number, why: string): Answer => {
      deliveries.inc({ outcome: 'refused' })
      noteRefusal?.({ status, why, from })
      return { status, body: { error: why } }
    }
    const lose = async (status: number, why: string): Promise<Answer> => {
      const refused = refuse(status, why)
      try {
        await cryOut({ status, why, from })
        return refused
      } catch (error) {
        logger?.warn({ err: error }, 'nobody could be told that a delivery was refused; Alertmanager sends it again')
        return { status: 503, body: { error: `Temporal is away, and ${why}` } }
      }
    }
    const wrong = wrongRequest(request)
    // Read in any case: an answer in the middle of a sending would not arrive.
    const bytes = await readBody(request, MAX_BYTES)
    if (wrong !== null) return refuse(wrong.status, wrong.why)
    if (!timingSafeEqual(digest(bearerOf(request)), expected)) return refuse(401, 'unknown token')
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return await lose(415, 'expected JSON')
    if (bytes === null) return await lose(413, `more than ${MAX_BYTES} bytes`)
    const payload = AlertmanagerPayload.safeParse(parsed(bytes))
    if (payload.success) return await take(payload.data)
    const [issue] = payload.error.issues
    return await lose(400, `no delivery of Alertmanager: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
  }

  return (request, response) => {
    const stop = deliverySeconds.startTimer()
    answer(request)
      .then(
        ({ status, body }) => reply(response, status, body),
        () => response.destroy(),
      )
      .finally(stop)
  }
}

function hasEnds({ alerts, over = [] }: AlertBatch): boolean {
  return over.length > 0 || alerts.some(({ state }) => state === 'resolved')
}

function wrongRequest({ method, url }: IncomingMessage): { readonly status: number; readonly why: string } | null {
  if ((url ?? '').split('?', 1)[0] !== '/alertmanager') return { status: 404, why: 'no such path' }
  return method === 'POST' ? null : { status: 405, why: 'expected POST' }
}

function bearerOf(request: IncomingMessage): string {
  return /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

/** Digests are of one length, so that comparing them tells nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

/** One signal for one cause, which starts its workflow if need be. Settles when Temporal has written it down. */
async function sendBatch(client: Client, batch: AlertBatch): Promise<void> {
  await client.withDeadline(Date.now() + TEMPORAL_DEADLINE_MS, async () => {
    await client.workflow.signalWithStart<AlertWorkflow, [AlertBatch]>('alert', {
      ...startOf(batch.cause),
      signal: alertsSignal,
      signalArgs: [batch],
    })
  })
}

function startOf(cause: string) {
  const args: [AlertStart] = [{ cause, carried: null }]
  return { workflowId: alertWorkflowId(cause), taskQueue: CONTROL_QUEUE, args, staticSummary: `Alerts of ${cause}` }
}

/**
 * Begins to wait for the always-firing alert, also when none has ever come. Safe to repeat: a watch that runs is left
 * alone. Call it when the door begins to listen.
 */
export async function armWatchdog(client: Client): Promise<void> {
  await client.workflow.start<AlertWorkflow>('alert', {
    ...startOf(WATCHDOG_CAUSE),
    workflowIdConflictPolicy: 'USE_EXISTING',
  })
}

/**
 * Opens and posts nothing of a cause until a time, or no longer. Settles when Temporal has written it down. False when nothing
 * was heard of the cause: one that is to be quiet before it fires first, or one that is spelt wrongly.
 */
export async function silenceCause(client: Client, cause: string, order: SilenceOrder): Promise<boolean> {
  const isKnown = await isHeardOf(client, cause)
  await client.workflow.signalWithStart<AlertWorkflow, [SilenceOrder]>('alert', {
    ...startOf(cause),
    signal: silenceSignal,
    signalArgs: [order],
  })
  return isKnown
}

/** What to say of a cause that was silenced, or is heard again, and that nobody has heard of. */
export function unheardOf(cause: string): string {
  return `Nothing was heard of ${cause} so far: is it spelt right? "silence list" shows the causes that are known.`
}

async function isHeardOf(client: Client, cause: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(alertWorkflowId(cause)).describe()
    return true
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw error
  }
}

/**
 * All causes that are in these phases, the one that was heard of last first, and the runs that did not say. Throws when none
 * of them answers. The index may be some hundred milliseconds behind.
 */
export async function readCauses(client: Client, phases: readonly AlertView['phase'][]): Promise<Read<AlertView>> {
  const words = phases.map(phase => `'${phase}'`).join(', ')
  const query = `WorkflowType = 'alert' AND ExecutionStatus = 'Running' AND OpsPhase IN (${words})`
  const ids: string[] = []
  for await (const run of client.workflow.list({ query })) ids.push(run.workflowId)
  const { answers, unread } = await readEach(client, ids, id => client.workflow.getHandle(id).query(causeQuery))
  return { answers: answers.toSorted((a, b) => b.heardAt.localeCompare(a.heardAt)), unread }
}
