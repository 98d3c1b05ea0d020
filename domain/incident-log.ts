/** What a failed check leaves in the ledger for whoever looks into incidents (D1.5c): one event for each target that failed. */
import { countedVerdict } from './findings.ts'
import type { EventRow } from './ledger.ts'
import type { RunRecord } from './run-record.ts'

/** Sentences that an event quotes; the run has all of them. */
const QUOTED = 3

export function incidentLog({ runId, workflowId, startedAt, closedAt, findings }: RunRecord): readonly EventRow[] {
  const failed = findings.filter(finding => countedVerdict(finding) === 'fail')
  return [...new Set(failed.map(({ target }) => target))].map(target => {
    const sentences = failed.filter(finding => finding.target === target).map(({ summary }) => summary)
    const more = sentences.length > QUOTED ? ` (and ${sentences.length - QUOTED} more)` : ''
    return {
      id: `${runId}/${target}/failed`,
      kind: 'failed-check',
      target,
      at: closedAt ?? startedAt,
      reason: `${sentences.slice(0, QUOTED).join('; ')}${more}`,
      by: workflowId,
    }
  })
}
