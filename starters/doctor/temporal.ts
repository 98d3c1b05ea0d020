/** Is Temporal there, does the namespace have what runs need, and do both clocks agree. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type { Finding } from '../../domain/findings.ts'
import { MANUAL_THRESHOLDS } from '../../domain/thresholds.ts'
import type { TemporalClient } from '../client.ts'
import { grpcCode } from '../client.ts'
import { missingSearchAttributes, registrationCommand } from '../namespace.ts'
import { examine, judged } from './check.ts'

const WORKFLOW_QUEUE = 1
const STICKY = 2

/** The server answers a poll some seconds before its deadline; a shorter one is not taken up at all. */
const POLL_MS = 10_000
const LOOK_MS = 300

export async function examineTemporal({ client, address }: TemporalClient): Promise<readonly Finding[]> {
  const namespace = client.options.namespace
  const info = await client.workflowService.getSystemInfo({})
  return [
    judged('temporal.server', 'ok', `Temporal ${info.serverVersion} answers at ${address}`),
    ...(await examine('temporal.namespace', () => examineNamespace(client, namespace))),
    ...(await examine('temporal.search-attributes', () => examineAttributes(client, namespace))),
    ...(await examine('temporal.clock', () => examineClock(client, namespace))),
  ]
}

async function examineNamespace(client: Client, namespace: string): Promise<readonly Finding[]> {
  try {
    const { config } = await client.workflowService.describeNamespace({ namespace })
    const days = Math.round(Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400)
    return [judged('temporal.namespace', 'ok', `namespace ${namespace} keeps closed runs for ${days} days`)]
  } catch (error) {
    if (grpcCode(error) !== 5) throw error
    const hint = `Create it: temporal operator namespace create --namespace ${namespace} --retention 90d`
    return [judged('temporal.namespace', 'fail', `there is no namespace ${namespace}`, { hint })]
  }
}

async function examineAttributes(client: Client, namespace: string): Promise<readonly Finding[]> {
  const missing = await missingSearchAttributes(client.connection, namespace)
  if (missing.length === 0) return [judged('temporal.search-attributes', 'ok', 'all search attributes are registered')]
  const hint = `Register them: ${registrationCommand(namespace)}`
  return [
    judged('temporal.search-attributes', 'fail', `search attributes are missing: ${missing.join(', ')}`, { hint }),
  ]
}

/** The server tells its time only in passing: as the moment at which it saw somebody poll a queue. So we poll one of our own. */
async function examineClock(client: Client, namespace: string): Promise<readonly Finding[]> {
  const id = 'temporal.clock'
  // A sticky queue has one partition, so whoever asks about it meets the poller.
  const taskQueue = { name: `doctor-${randomUUID()}`, kind: STICKY, normalName: 'doctor' }
  const leaving = new AbortController()
  const before = Date.now()
  const polling = client
    .withDeadline(before + POLL_MS, () =>
      client.withAbortSignal(leaving.signal, () =>
        client.workflowService.pollWorkflowTaskQueue({ namespace, taskQueue, identity: 'ops doctor' }),
      ),
    )
    .catch(() => undefined)
  await sleep(LOOK_MS)
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue,
    taskQueueType: WORKFLOW_QUEUE,
  })
  leaving.abort()
  await polling
  const seen = milliseconds(pollers?.[0]?.lastAccessTime)
  if (seen === null) return [judged(id, 'skipped', 'the server does not tell its time')]
  // It saw us between sending and the next look at it; what lies outside of that is difference.
  const offset = seen < before ? seen - before : Math.max(0, seen - before - LOOK_MS)
  const { warn, fail } = MANUAL_THRESHOLDS.clockSkewMs
  const verdict = Math.abs(offset) > fail ? 'fail' : Math.abs(offset) > warn ? 'warn' : 'ok'
  const hint =
    verdict === 'ok' ? '' : 'Correct the time of this machine or of the server (timedatectl, chronyc tracking).'
  return [
    judged(id, verdict, `the clocks of this machine and of the server differ by ${Math.round(Math.abs(offset))} ms`, {
      hint,
    }),
  ]
}

type Timestamp = { readonly seconds?: unknown; readonly nanos?: unknown } | null | undefined

export function milliseconds(time: Timestamp): number | null {
  return time === null || time === undefined ? null : Number(time.seconds ?? 0) * 1_000 + Number(time.nanos ?? 0) / 1e6
}
