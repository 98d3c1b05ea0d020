/** What the ledger keeps of a gate: that it was asked, every try, and how it ended. */
import type { DecisionRow, LedgerRow } from '../ledger.ts'
import { redact } from '../redact.ts'
import type { Attempt, Gate, GateRequest, SignedStatement } from './approval.ts'
import { approvalsOf, decisiveAttempt } from './gate.ts'

type Asked = Pick<Gate, 'approvalId' | 'workflowId' | 'digest' | 'openedAt'> & { readonly request: GateRequest }

export function openedRow({ approvalId, workflowId, digest, openedAt, request }: Asked): LedgerRow {
  return decision({
    approvalId,
    entry: 'opened',
    kind: 'opened',
    workflowId,
    at: openedAt,
    person: request.requestedBy ?? 'ops',
    door: 'ops',
    verdict: 'ask',
    digest,
    counted: false,
    text: redact(`${request.title}: ${request.why}`),
    ...(request.incident === null ? {} : { incident: request.incident }),
  })
}

/** Behind the entry of a try for which the ledger gave no answer: it did not count, whatever the row of that entry says. */
export const UNWRITTEN = '-unwritten'

/** `entry` counts the tries of this approval: `attempt-1`. */
export function attemptRow(
  { approvalId, workflowId }: Pick<Gate, 'approvalId' | 'workflowId'>,
  digest: string,
  attempt: Attempt,
  entry: string,
): LedgerRow {
  const { at, person, door, verdict, counted, reason, refusal } = attempt
  return decision({
    approvalId,
    entry,
    kind: 'attempt',
    workflowId,
    at,
    person,
    door,
    verdict,
    digest,
    counted,
    text: counted ? reason : refusal,
  })
}

/** How it ended. A gate that was approved can still become void, which is an ending of its own. */
export function closedRow(gate: Gate, at: string, why: string | null): LedgerRow {
  const { approvalId, workflowId, digest, state } = gate
  return decision({
    approvalId,
    entry: state === 'void' ? 'void' : 'closed',
    kind: 'closed',
    workflowId,
    at,
    person: decisiveAttempt(gate)?.person ?? 'ops',
    door: decisiveAttempt(gate)?.door ?? 'ops',
    verdict: state,
    digest,
    counted: true,
    text: redact(why ?? endingWords(gate)),
  })
}

/** A decision for which this run has no gate: another run's, a made-up one, or nothing that can be read (null). */
export function strayRow(
  run: { workflowId: string; runId: string },
  signed: SignedStatement | null,
  at: string,
  number: number,
): LedgerRow {
  const statement = signed?.statement
  return decision({
    approvalId: statement?.approvalId ?? 'unreadable',
    entry: `stray-${run.runId}-${number}`,
    kind: 'attempt',
    workflowId: run.workflowId,
    at,
    person: statement?.person ?? 'unknown',
    door: statement?.door ?? 'unknown',
    verdict: statement?.verdict ?? 'unreadable',
    digest: statement?.digest ?? '',
    counted: false,
    text:
      statement === undefined
        ? 'This was no decision at all: decide through ops or the card.'
        : 'This run never asked that. Look for the current card, or ops approvals.',
  })
}

/** An approval as people read of it; `rows` are those of the ledger, and know the incident. */
export function approvalName(approvalId: string, rows: readonly DecisionRow[]): string {
  const incident = incidentOf(rows)
  return incident === null ? approvalId : `${approvalId} (${incident})`
}

/** The incident in which an approval was asked for; null without one, and for what was asked before the ledger kept it. */
export function incidentOf(rows: readonly DecisionRow[]): string | null {
  return rows.find(({ kind }) => kind === 'opened')?.incident ?? null
}

/** One sentence for card, timeline and ledger. */
export function endingWords(gate: Gate): string {
  const by = approvalsOf(gate).join(' and ')
  const decisive = decisiveAttempt(gate)
  const because = decisive === null || decisive.reason === '' ? '' : `: ${decisive.reason}`
  switch (gate.state) {
    case 'open':
      return `Waits for a decision until ${gate.expiresAt}.`
    case 'approved':
      if (gate.special === 'breakglass') return `Broken glass by ${decisive?.person ?? by}${because}`
      if (gate.special === 'approve-alone') return `Approved alone by ${decisive?.person ?? by}${because}`
      return `Approved by ${by}${because}`
    case 'denied':
      return `Denied by ${decisive?.person ?? 'somebody'}${because}`
    case 'expired':
      return 'Nobody decided in time, so it is not approved.'
    case 'void':
      return 'What would be done is no longer what was asked.'
    case 'cancelled':
      return 'Taken back before anybody decided.'
  }
}

function decision(row: DecisionRow): LedgerRow {
  return { table: 'decisions', row }
}
