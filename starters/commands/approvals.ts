/** `ops approvals`: what waits for a decision, with everything that a person needs for it; `ops review` closes the review of a break-glass. */
import type { Gate } from '../../domain/approvals/approval.ts'
import { OpsError } from '../../domain/failures.ts'
import type { DecisionRow } from '../../domain/ledger.ts'
import { redact } from '../../domain/redact.ts'
import type { ResponseCommand } from '../../domain/response-commands.ts'
import { actingPerson } from '../acting-person.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { openGates } from '../incident-door.ts'
import { withLedger } from '../ledger-access.ts'
import type { Terminal } from '../terminal.ts'

export async function approvals(
  _command: Extract<ResponseCommand, { verb: 'approvals' }>,
  context: Context,
): Promise<ExitCode> {
  const { client } = await context.temporal()
  const gates = await openGates(client)
  if (context.json) context.terminal.json({ approvals: gates })
  else if (gates.length === 0) context.terminal.say('nothing waits for a decision')
  else for (const gate of gates) sayGate(context.terminal, gate)
  return 0
}

function sayGate({ say, paint }: Terminal, { approvalId, request, digest, expiresAt, attempts }: Gate): void {
  const { policy, plan } = request
  const counted = attempts.filter(attempt => attempt.counted && attempt.verdict === 'approve')
  say(`${paint('bold', approvalId)}  ${request.title}${request.incident === null ? '' : ` (${request.incident})`}`)
  say(`  why      ${request.why}`)
  for (const line of request.evidence) say(`  evidence ${line}`)
  for (const [index, step] of plan.steps.entries()) say(`  ${index === 0 ? 'does    ' : '        '} ${step}`)
  say(`  impact   ${plan.impact}`)
  say(`  undo     ${plan.undo ?? 'cannot be taken back'}`)
  say(
    `  needs    ${counted.length} of ${policy.quorum} of ${policy.group}, not ${request.requestedBy ?? 'ops'}, until ${expiresAt}`,
  )
  say(paint('dim', `  plan ${digest.slice(0, 12)}   ops approve ${approvalId} --reason R`))
}

/** The row that lets the person who broke glass do so again. Nobody reviews their own. */
export async function review(
  { approvalId, reason, as }: Extract<ResponseCommand, { verb: 'review' }>,
  context: Context,
): Promise<ExitCode> {
  const settings = await context.settings()
  const person = await actingPerson(settings, as)
  return await withLedger<ExitCode>(settings, async ledger => {
    const rows = await ledger.listDecisions({ limit: 100, approvalId })
    const used = rows.find(row => row.kind === 'attempt' && row.counted && isSpecial(row))
    if (used === undefined) {
      const hint = 'Only what was approved alone or by break-glass is reviewed; see `ops ledger list`.'
      throw new OpsError({ owner: 'operator', message: `nothing to review under ${approvalId}`, hint })
    }
    if (used.person === person.id) {
      const hint = 'Ask somebody else of the team to review it.'
      throw new OpsError({ owner: 'permission', message: 'nobody reviews their own decision', hint })
    }
    const row: DecisionRow = {
      ...used,
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
    else context.terminal.say(`${approvalId} is reviewed by ${person.id}`)
    return 0
  })
}

function isSpecial({ verdict }: DecisionRow): boolean {
  return verdict === 'breakglass' || verdict === 'approve-alone'
}
