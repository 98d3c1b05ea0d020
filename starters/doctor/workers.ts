/** Does somebody work: the control plane on its queue and over HTTP, and each host's worker on its own queue. */
import type { Client } from '@temporalio/client'
import { type Estate, operatedHosts } from '../../domain/estate.ts'
import type { Finding } from '../../domain/findings.ts'
import { CHAT_QUEUE, CONTROL_QUEUE, hostQueue } from '../../domain/ids.ts'
import { examine, judged } from './check.ts'
import { milliseconds } from './temporal.ts'

const WORKFLOW_QUEUE = 1
const ACTIVITY_QUEUE = 2

/** A poll lasts a minute at most, so whoever polls was seen within this. */
const FRESH_MS = 90_000

export async function examineWorkers(client: Client, estate: Estate | null): Promise<readonly Finding[]> {
  const control = examine('worker.control-plane', async () => {
    const hint = 'Start the control-plane worker; without it no run goes on.'
    return [
      await poller(client, 'worker.control-plane', CONTROL_QUEUE, WORKFLOW_QUEUE, { hint, name: 'the control plane' }),
    ]
  })
  const chat = examine('worker.chat', async () => {
    const hint = 'Start the control-plane worker; without it nobody is paged and no card is drawn.'
    return [await poller(client, 'worker.chat', CHAT_QUEUE, ACTIVITY_QUEUE, { hint, name: 'the control plane' })]
  })
  // A staging host sleeps, and is woken when a fix is tested.
  const hosts = (estate === null ? [] : operatedHosts(estate)).map(({ name }) =>
    examine('worker.host', async () => {
      const hint = `Start the host worker on ${name} (systemctl status ops-host-worker); until then it is reported as silent.`
      return [await poller(client, 'worker.host', hostQueue(name), ACTIVITY_QUEUE, { hint, name, target: name })]
    }),
  )
  return (await Promise.all([control, chat, ...hosts])).flat()
}

async function poller(
  client: Client,
  id: string,
  queue: string,
  taskQueueType: number,
  { hint, name, target }: { readonly hint: string; readonly name: string; readonly target?: string },
): Promise<Finding> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType,
  })
  const about = target === undefined ? {} : { target }
  const seen = pollers.map(({ lastAccessTime }) => milliseconds(lastAccessTime) ?? 0)
  const age = Date.now() - Math.max(0, ...seen)
  if (seen.length === 0) return judged(id, 'fail', `no worker of ${name} polls the queue ${queue}`, { ...about, hint })
  const evidence = { queue, workers: seen.length, lastSeenSeconds: Math.round(age / 1_000) }
  if (age <= FRESH_MS) return judged(id, 'ok', `the worker of ${name} polls ${queue}`, { ...about, evidence })
  const summary = `the worker of ${name} was last seen ${evidence.lastSeenSeconds} s ago`
  return judged(id, 'fail', summary, { ...about, evidence, hint })
}

/** @param usesSlack whether the estate file names a workspace. */
export async function examineControlPlane(http: string | null, usesSlack: boolean): Promise<readonly Finding[]> {
  const id = 'control-plane.http'
  if (http === null) return [judged(id, 'skipped', 'not configured: OPS_HTTP is not set')]
  const hint = 'Look at the log of the control-plane worker; it serves health, metrics and uploads there.'
  try {
    const response = await fetch(`${http}/healthz`, { signal: AbortSignal.timeout(3_000) })
    const { status } = response
    if (status === 200) {
      const ok = judged(id, 'ok', `the control plane answers at ${http}/healthz`)
      return usesSlack ? [ok, judgeToken(await response.json().catch(() => null))] : [ok]
    }
    return [judged(id, 'fail', `the control plane at ${http} says ${status}`, { hint })]
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    return [judged(id, 'fail', `the control plane does not answer at ${http}: ${why}`, { hint })]
  }
}

/** The ingress hears, and the control plane posts: each is given the token for itself. */
function judgeToken(health: unknown): Finding {
  const id = 'control-plane.slack'
  const given: unknown = typeof health === 'object' && health !== null ? Reflect.get(health, 'slack') : undefined
  if (given === true) return judged(id, 'ok', 'the control plane has a token of Slack')
  if (given !== false) return judged(id, 'skipped', 'the control plane does not say whether it has a token of Slack')
  const hint = 'Set OPS_SLACK_TOKEN_FILE where the control plane starts, and start it again (docs/slack.md).'
  const summary = 'the control plane has no token of Slack: no card, no page and no update is posted there'
  return judged(id, 'fail', summary, { hint })
}
