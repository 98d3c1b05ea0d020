/** `ops approve|deny|withdraw|approve-alone|breakglass`: signs with the person's own key, passes it on, and tells what became of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { signStatement } from '../../activities/adapters/signing.ts'
import type { Attempt, Gate, Statement } from '../../domain/approvals/approval.ts'
import { OpsError } from '../../domain/failures.ts'
import type { DecideCommand } from '../../domain/response-commands.ts'
import { actingPerson } from '../acting-person.ts'
import type { Context } from '../context.ts'
import { type ExitCode, ExitError } from '../exit-codes.ts'
import { findGate, gatesOf, passDecision } from '../incident-door.ts'

const ANSWER_MS = 10_000

export async function decide(command: DecideCommand, context: Context): Promise<ExitCode> {
  const person = await actingPerson(await context.settings(), command.as)
  const { client } = await context.temporal()
  const gate = await findGate(client, command.approvalId)
  if (gate === null) {
    const hint = '`ops approvals` lists what waits for somebody; what is decided is in `ops ledger list`.'
    throw new OpsError({ owner: 'operator', message: `nothing waits under ${command.approvalId}`, hint })
  }
  const statement: Statement = {
    v: 1,
    approvalId: gate.approvalId,
    digest: gate.digest,
    person: person.id,
    door: 'cli',
    verdict: command.verb,
    reason: command.reason,
    at: new Date().toISOString(),
  }
  const { kid, privateKeyPem } = person
  await passDecision(client, gate.workflowId, signStatement(statement, { kid, privateKeyPem }))
  const answer = await outcome(client, gate, statement)
  if (answer === null) {
    const hint = `It is written down and will be looked at when a worker is back: ops approvals.`
    throw new ExitError(69, { owner: 'tool', message: 'recorded, but not looked at yet', hint })
  }
  return tell(context, answer.gate, answer.attempt)
}

/** The attempt that this statement became; null when nobody looked at it in time. */
async function outcome(client: Client, { workflowId, approvalId }: Gate, statement: Statement) {
  const deadline = performance.now() + ANSWER_MS
  for (;;) {
    const gate = (await gatesOf(client, workflowId)).find(candidate => candidate.approvalId === approvalId)
    const attempt = gate?.attempts.findLast(
      ({ person, verdict, saidAt }) =>
        person === statement.person && verdict === statement.verdict && saidAt === statement.at,
    )
    if (gate !== undefined && attempt !== undefined) return { gate, attempt }
    if (performance.now() > deadline) return null
    await sleep(100)
  }
}

function tell({ terminal, json }: Context, gate: Gate, attempt: Attempt): ExitCode {
  if (json)
    terminal.json({
      approvalId: gate.approvalId,
      state: gate.state,
      counted: attempt.counted,
      refusal: attempt.refusal,
    })
  else if (attempt.counted) {
    const counted = gate.attempts.filter(({ counted, verdict }) => counted && verdict === 'approve').length
    terminal.say(
      gate.state === 'open'
        ? `counted: ${counted} of ${gate.request.policy.quorum}; ${gate.approvalId} is open until ${gate.expiresAt}`
        : `${gate.approvalId} is ${gate.state}: ${gate.request.title}`,
    )
  } else terminal.say(`not counted: ${attempt.refusal}`)
  return attempt.counted ? 0 : 77
}
