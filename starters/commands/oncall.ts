/** `ops oncall`: who is on call now, tier by tier, until when, and how they are reached. `ops page`: rings one person as a test. */
import { randomUUID } from 'node:crypto'
import { readTeam } from '../../activities/adapters/estate-file.ts'
import { OpsError } from '../../domain/failures.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import type { ResponseCommand } from '../../domain/response-commands.ts'
import { nextHandover, onCallNow } from '../../domain/team/roster.ts'
import type { Person } from '../../domain/team/team.ts'
import { actingPerson } from '../acting-person.ts'
import type { Context } from '../context.ts'
import { type ExitCode, usageError } from '../exit-codes.ts'
import { required } from '../settings.ts'
import { table } from '../terminal.ts'

export async function oncall(
  { at }: Extract<ResponseCommand, { verb: 'oncall' }>,
  { terminal, json, settings }: Context,
): Promise<ExitCode> {
  const team = await readTeam(required((await settings()).estateFile, 'OPS_ESTATE'))
  const now = at ?? new Date().toISOString()
  if (Number.isNaN(Date.parse(now))) throw usageError(`"${now}" is no time`, 'Write --at 2026-12-24T20:00:00Z.')
  const until = nextHandover(team, now)
  const tiers = onCallNow(team, now).map(({ tier, person }) => {
    const known = team.people.find(({ id }) => id === person)
    return { tier, person, name: known?.name ?? person, phone: known?.phone ?? null }
  })
  if (json) terminal.json({ at: now, until, tiers })
  else {
    for (const line of table(tiers.map(({ tier, person, name, phone }) => [tier, person, name, phone ?? ''])))
      terminal.say(line)
    if (until !== null) terminal.say(terminal.paint('dim', `until ${until} (${team.timezone})`))
  }
  return 0
}

/** The test page takes the same way as a real one, through a short run of its own. */
export async function page(
  { person, as }: Extract<ResponseCommand, { verb: 'page' }>,
  context: Context,
): Promise<ExitCode> {
  const asking = await actingPerson(await context.settings(), as)
  const receiver = receiverOf(asking.team.people, person)
  const { client } = await context.temporal()
  const receipt = await client.workflow.execute('pageTest', {
    workflowId: `page-test:${receiver.id}`,
    workflowIdConflictPolicy: 'FAIL',
    taskQueue: CONTROL_QUEUE,
    args: [{ person: receiver.id, requestedBy: asking.id, id: randomUUID() }],
    staticSummary: `Test page to ${receiver.name}, asked for by ${asking.id}`,
  })
  const { delivered, failed, phone } = receipt as {
    delivered: string | null
    failed: readonly { channel: string; why: string }[]
    phone: string | null
  }
  if (context.json) context.terminal.json({ person: receiver.id, delivered, failed, phone })
  else {
    for (const { channel, why } of failed) context.terminal.say(`${channel}: ${why}`)
    context.terminal.say(
      delivered === null
        ? `nobody could deliver the page; call ${receiver.name}: ${phone ?? 'no phone number is known'}`
        : `delivered to ${receiver.name} by ${delivered}`,
    )
  }
  return delivered === null ? 2 : 0
}

function receiverOf(people: readonly Person[], id: string): Person {
  const person = people.find(candidate => candidate.id === id)
  if (person !== undefined) return person
  const hint = `People are ${people.map(candidate => candidate.id).join(', ')}.`
  throw new OpsError({ owner: 'operator', message: `nobody is called "${id}"`, hint })
}
