/**
 * `ops freeze|thaw`: the switch that stops every changing step before it starts. A row in the ledger: nothing has to run for it
 * to hold. Where Temporal runs, open cards show it at once.
 */
import { randomUUID } from 'node:crypto'
import { redact } from '../../domain/redact.ts'
import type { ResponseCommand } from '../../domain/response-commands.ts'
import { actingPerson } from '../acting-person.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { withLedger } from '../ledger-access.ts'
import { type Switched, tellFreeze } from '../tell-freeze.ts'

export async function freeze(
  { verb, reason, as }: Extract<ResponseCommand, { verb: 'freeze' | 'thaw' }>,
  context: Context,
): Promise<ExitCode> {
  const settings = await context.settings()
  const person = await actingPerson(settings, as)
  const event: Switched = {
    id: randomUUID(),
    kind: verb,
    target: 'estate',
    at: new Date().toISOString(),
    reason: redact(reason),
    by: person.id,
  }
  const before = await withLedger(settings, async ledger => {
    const current = await ledger.currentFreeze()
    if ((verb === 'freeze') === (current === null)) await ledger.note(event)
    return current
  })
  if ((verb === 'freeze') === (before === null)) await showIt(event, context)
  if (context.json) context.terminal.json({ frozen: verb === 'freeze', event: before === null ? event : before })
  else if (verb === 'thaw') context.terminal.say(before === null ? 'nothing was frozen' : 'changes may start again')
  else if (before === null) context.terminal.say('frozen: no changing step starts until `ops thaw --reason R`')
  else context.terminal.say(`already frozen since ${before.at} by ${before.by}: ${before.reason}`)
  return 0
}

async function showIt(event: Switched, context: Context): Promise<void> {
  try {
    const { client } = await context.temporal()
    await tellFreeze(client, event, 'cli')
  } catch {
    context.terminal.note('Temporal does not answer: open cards show it when they change next')
  }
}
