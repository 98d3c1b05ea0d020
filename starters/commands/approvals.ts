/** `ops approvals`: what waits for a decision, with everything that a person needs for it; `ops review` closes the review of a break-glass. */
import { MOST_ROWS } from '../../domain/approvals/past.ts'
import { approvalName, incidentOf } from '../../domain/approvals/rows.ts'
import { OpsError } from '../../domain/failures.ts'
import type { DecisionRow } from '../../domain/ledger.ts'
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

/** The row that lets the person who broke glass do so again. Nobody reviews their own. */
export async function review(
  { approvalId, reason, as }: Extract<ResponseCommand, { verb: 'review' }>,
  context: Context,
): Promise<ExitCode> {
  const settings = await context.settings()
  const person = await actingPerson(settings, as)
  return await withLedger<ExitCode>(settings, async ledger => {
    const rows = await ledger.listDecisions({ limit: MOST_ROWS, approvalId })
    const used = rows.find(row => row.kind === 'attempt' && row.counted && isSpecial(row))
    if (used === undefined) {
      const hint = 'Only what was approved alone or by break-glass is reviewed; see `ops ledger list`.'
      throw new OpsError({ owner: 'operator', message: `nothing to review under ${approvalId}`, hint })
    }
    if (used.person === person.id) {
      const hint = 'Ask somebody else of the team to review it.'
      throw new OpsError({ owner: 'permission', message: 'nobody reviews their own decision', hint })
    }
    const incident = incidentOf(rows)
    const row: DecisionRow = {
      ...used,
      ...(incident === null ? {} : { incident }),
      entry: `review-${person.id}`,
      kind: 'review',
      at: new Date().toISOString(),
      person: person.id,
      door: 'cli',
      counted: true,
      text: redact(reason),
    }
    await ledger.append([{ table: 'decisions', row }])
    if (context.json) context.terminal.json(row)
    else context.terminal.say(`${approvalName(approvalId, rows)} is reviewed by ${person.id}`)
    return 0
  })
}

function isSpecial({ verdict }: DecisionRow): boolean {
  return verdict === 'breakglass' || verdict === 'approve-alone'
}
