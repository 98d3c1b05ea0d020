/** `ops approvals`: what waits for a decision, with everything that a person needs for it; `ops review` closes the review of a break-glass. */
import { signReview } from '../../activities/adapters/signing.ts'
import { type ReviewStatement, refuseReview, reviewRow } from '../../domain/approvals/review.ts'
import { approvalName } from '../../domain/approvals/rows.ts'
import { OpsError } from '../../domain/failures.ts'
import { redact } from '../../domain/redact.ts'
import type { ResponseCommand } from '../../domain/response-commands.ts'
import { actingPerson } from '../acting-person.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { readGates } from '../gate-door.ts'
import { withLedger } from '../ledger-access.ts'
import { unreadLines } from '../read-each.ts'
import { gateLines } from '../show-gate.ts'

export async function approvals(
  _command: Extract<ResponseCommand, { verb: 'approvals' }>,
  context: Context,
): Promise<ExitCode> {
  const { client } = await context.temporal()
  const { answers: gates, unread } = await readGates(client)
  if (context.json) context.terminal.json({ approvals: gates, unread })
  else {
    const lines = [...gates.flatMap(gate => gateLines(gate, context.terminal)), ...unreadLines(unread)]
    for (const line of lines.length === 0 ? ['nothing waits for a decision'] : lines) context.terminal.say(line)
  }
  return 0
}

/** The row that closes an emergency decision. It is signed, and counts as long as the control plane can verify that. */
export async function review(
  { approvalId, reason, as }: Extract<ResponseCommand, { verb: 'review' }>,
  context: Context,
): Promise<ExitCode> {
  const settings = await context.settings()
  const person = await actingPerson(settings, as)
  return await withLedger<ExitCode>(settings, async ledger => {
    const [use] = await ledger.emergencyUses({ approvalId })
    if (use === undefined) {
      const hint = 'Only what was approved alone or by break-glass is reviewed; see `ops ledger list`.'
      throw new OpsError({ owner: 'operator', message: `nothing to review under ${approvalId}`, hint })
    }
    const statement: ReviewStatement = {
      v: 1,
      approvalId,
      digest: use.used.digest,
      person: person.id,
      door: 'cli',
      verdict: 'review',
      reason: redact(reason),
      at: new Date().toISOString(),
    }
    const refusal = refuseReview(use, statement, person.team)
    if (refusal !== null) throw new OpsError({ owner: 'permission', message: refusal.why, hint: refusal.hint })
    const written = reviewRow(use, signReview(statement, person))
    await ledger.append([written])
    const name = approvalName(approvalId, use.opened === null ? [] : [use.opened])
    if (context.json) context.terminal.json(written.row)
    else context.terminal.say(`${name} is reviewed by ${person.id}`)
    return 0
  })
}
