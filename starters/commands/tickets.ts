/** `ops tickets`: warnings that wait for their review. `ops silence`: keeps the alerts of one cause quiet for a while. */
import { randomUUID } from 'node:crypto'
import type { Client } from '@temporalio/client'
import type { AlertView } from '../../domain/alerts/view.ts'
import { redact } from '../../domain/redact.ts'
import type { ResponseCommand } from '../../domain/response-commands.ts'
import { actingPerson } from '../acting-person.ts'
import { readCauses, silenceCause, unheardOf } from '../alerts.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { unreadLines } from '../read-each.ts'
import { table } from '../terminal.ts'

const KNOWN: readonly AlertView['phase'][] = ['incident', 'ticket', 'silenced', 'expected', 'firing', 'quiet']

export async function tickets(
  _command: Extract<ResponseCommand, { verb: 'tickets' }>,
  { terminal, json, temporal }: Context,
): Promise<ExitCode> {
  const { client } = await temporal()
  const { answers: waiting, unread } = await readCauses(client, ['ticket'])
  if (json) terminal.json({ tickets: waiting, unread })
  else {
    const lines = table(
      waiting.map(({ cause, ticket, count, truncated }) => [
        cause,
        `review ${ticket?.reviewAt ?? ''}`,
        `${count} alerts${truncated > 0 ? `, ${truncated} of them cut off` : ''}`,
        ticket?.summary ?? '',
      ]),
    )
    sayList(terminal, [...lines, ...unreadLines(unread)], 'no tickets')
  }
  return 0
}

export async function silence(
  command: Extract<ResponseCommand, { verb: 'silence' }>,
  context: Context,
): Promise<ExitCode> {
  const { client } = await context.temporal()
  if (command.action === 'list') return list(client, context)
  const person = await actingPerson(await context.settings(), command.as)
  const until = command.action === 'add' ? new Date(Date.now() + command.forMs).toISOString() : null
  const reason = command.action === 'add' ? redact(command.reason) : 'ended before its time'
  const known = await silenceCause(client, command.cause, { id: randomUUID(), until, by: person.id, reason })
  if (context.json) context.terminal.json({ cause: command.cause, until, known })
  else {
    context.terminal.say(
      until === null ? `${command.cause} may be heard again` : `${command.cause} is silent until ${until}`,
    )
    if (!known) context.terminal.say(unheardOf(command.cause))
  }
  return 0
}

async function list(client: Client, { terminal, json }: Context): Promise<ExitCode> {
  const { answers: known, unread } = await readCauses(client, KNOWN)
  if (json) terminal.json({ causes: known, unread })
  else {
    const lines = table(
      known.map(({ cause, phase, silence: quiet }) => [
        cause,
        phase,
        quiet === null ? '' : `silent until ${quiet.until} by ${quiet.by}: ${quiet.reason}`,
      ]),
    )
    sayList(terminal, [...lines, ...unreadLines(unread)], 'no alerts have been heard of')
  }
  return 0
}

function sayList(terminal: Context['terminal'], lines: readonly string[], none: string): void {
  for (const line of lines.length === 0 ? [none] : lines) terminal.say(line)
}
