/** `ops approve|deny|withdraw|approve-alone|breakglass`: signs with the person's own key, passes it on, and tells what became of it. */
import { signStatement } from '../../activities/adapters/signing.ts'
import type { Statement } from '../../domain/approvals/approval.ts'
import { MOST_ROWS, type Past } from '../../domain/approvals/past.ts'
import { OpsError } from '../../domain/failures.ts'
import type { DecisionRow } from '../../domain/ledger.ts'
import type { DecideCommand } from '../../domain/response-commands.ts'
import { actingPerson } from '../acting-person.ts'
import type { Context } from '../context.ts'
import { type ExitCode, ExitError } from '../exit-codes.ts'
import { type Judgement, judgementOf, passDecision, seekGate } from '../gate-door.ts'
import { withLedger } from '../ledger-access.ts'
import type { Settings } from '../settings.ts'
import { judgementLine, notCounted } from '../show-gate.ts'

const ANSWER_MS = 10_000

export async function decide(command: DecideCommand, context: Context): Promise<ExitCode> {
  const settings = await context.settings()
  const person = await actingPerson(settings, command.as)
  const { client } = await context.temporal()
  const { approvalId } = command
  const sought = await seekGate(client, { approvalId, workflowId: null }, id => decisionsOf(settings, id))
  if (sought.kind === 'unknown') {
    const hint = '`ops approvals` lists what waits for somebody; what is decided is in `ops ledger list`.'
    throw new OpsError({ owner: 'operator', message: `nothing waits under ${approvalId}`, hint })
  }
  const { digest } = sought.kind === 'gate' ? sought.gate : sought.past
  const statement: Statement = {
    v: 1,
    approvalId,
    digest,
    person: person.id,
    door: 'cli',
    verdict: command.verb,
    reason: command.reason,
    at: new Date().toISOString(),
  }
  const { kid, privateKeyPem } = person
  const passed = await passDecision(client, sought, signStatement(statement, { kid, privateKeyPem }))
  if (passed.kind === 'past') return tellPast(context, passed.past)
  const judgement = await judgementOf(client, passed.gate, statement, ANSWER_MS)
  if (judgement === null) {
    const hint = `It is written down and will be looked at when a worker is back: ops approvals.`
    throw new ExitError(69, { owner: 'tool', message: 'recorded, but not looked at yet', hint })
  }
  return tell(context, judgement)
}

/** That nothing waits is the better answer than that the ledger is away. */
async function decisionsOf(settings: Settings, approvalId: string): Promise<readonly DecisionRow[]> {
  if (settings.ledgerUrlFile === null) return []
  return await withLedger(settings, ledger => ledger.listDecisions({ limit: MOST_ROWS, approvalId })).catch(() => [])
}

function tell({ terminal, json }: Context, judgement: Judgement): ExitCode {
  const { counted, refusal } = judgement.attempt
  const { approvalId, state } = judgement.gate
  if (json) terminal.json({ approvalId, state, counted, refusal })
  else terminal.say(judgementLine(judgement))
  return counted ? 0 : 77
}

function tellPast({ terminal, json }: Context, { approvalId, state, words }: Past): ExitCode {
  if (json) terminal.json({ approvalId, state, counted: false, refusal: words })
  else terminal.say(notCounted(words))
  return 77
}
