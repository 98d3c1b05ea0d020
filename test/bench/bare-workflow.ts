/**
 * The health check as somebody would write it who needs no product: the same activities, with the same options, the same
 * order and parallelism, and payloads of the same size. Nothing else: no checklist, no phases, no sentences on activities,
 * no silent hosts, no unknown facts, no judgement, no record of a broken end. Options come from workflows/proxies.ts, so
 * that they stay the same.
 */
import { workflowInfo } from '@temporalio/workflow'
import type { Estate, Host } from '../../domain/estate.ts'
import type { RunDocument } from '../../domain/report/document.ts'
import { onControlPlane, onHost } from '../../workflows/proxies.ts'

const NO_SENTENCE = ''

/** Bytes of what the procedure writes and returns: here filled with letters. */
export interface BareRequest {
  readonly documentBytes: number
  readonly resultBytes: number
}

export async function bareHealthCheck(request: BareRequest): Promise<string> {
  const { readEstate, recallBackground, documentRun } = onControlPlane('idempotent', NO_SENTENCE)
  const estate = await readEstate()
  const [background, answers] = await Promise.all([
    recallBackground({
      procedure: 'health-check',
      targets: estate.hosts.map(({ name }) => name),
      before: workflowInfo().startTime.toISOString(),
      days: 7,
      timezone: estate.timezone,
    }),
    Promise.all(estate.hosts.map(host => visit(estate, host))),
  ])
  await documentRun(filled({ background, answers }, request.documentBytes))
  return 'r'.repeat(request.resultBytes - 2)
}

async function visit(estate: Estate, { name }: Host) {
  const { service, database, zed, certificates } = estate
  const { unit, acp, log } = service
  const host = onHost(name, 'read', NO_SENTENCE)
  const now = workflowInfo().startTime
  const greeting = await host.greet()
  const facts = await Promise.all([
    host.inspectSystem({ unit, certificates, zed }),
    onHost(name, 'longRead', NO_SENTENCE).reviewLog({
      source: log,
      unit,
      since: new Date(now.getTime() - 24 * 3_600_000).toISOString(),
      until: now.toISOString(),
    }),
    database === null ? null : host.inspectDatabase({ database }),
    (async () => [
      await host.measureUsage({ unit, windowSeconds: 10 }),
      await host.countSessions({ acp }),
      await host.probeAcp({ acp, samples: 20, deadlineMs: 5_000 }),
    ])(),
  ])
  return { greeting, facts }
}

/** The fake hands do not look into it; only its size travels. */
function filled(content: object, bytes: number): RunDocument {
  const missing = bytes - JSON.stringify({ ...content, rest: '' }).length
  return { ...content, rest: 'd'.repeat(Math.max(0, missing)) } as unknown as RunDocument
}
