/** Verbs that the chat has in common with the command line: the same words, carried out by the same files, said in the chat. */

import { fitLines, inBlocks } from '../../domain/chat/fit-lines.ts'
import { code, type Markup, markup, moment, paragraph } from '../../domain/chat/text.ts'
import type { Command } from '../../domain/commands.ts'
import { didYouMean } from '../../domain/did-you-mean.ts'
import { OpsError } from '../../domain/failures.ts'
import { findProcedure } from '../../domain/procedures.ts'
import { isPassing } from '../client.ts'
import type { Context } from '../context.ts'
import { parseCommand } from '../parse-command.ts'
import { readSettings } from '../settings.ts'
import { startProcedure } from '../start-procedure.ts'
import { createTerminal } from '../terminal.ts'
import { type Answer, NotRecorded, recorded, said } from './answer.ts'
import type { Asked, Door } from './door.ts'
import { durably } from './durable.ts'
import { argvLine, runLine, silenceLine } from './instead.ts'

/** Of a block's 3,000, with room for the signs around it. */
const LONGEST = 2_800
/** One message, and a screen or two of a phone. */
const MOST_BLOCKS = 3

/** Throws OpsError when the words are wrong, or of a verb that belongs to a terminal. */
export async function carryOut(door: Door, asked: Asked, argv: readonly string[]): Promise<Answer> {
  const { command } = parseCommand(argv)
  if (command.verb === 'run') return await run(door, asked, command)
  if (command.verb === 'silence' && command.action !== 'list') return await silence(door, asked, command)
  const spoken: string[] = []
  const context = chatContext(door, asked, text => void spoken.push(text))
  await look(command, context)
  return said(...asCode(spoken.join(''), argv))
}

async function look(command: Command, context: Context): Promise<unknown> {
  switch (command.verb) {
    case 'list':
      return (await import('../commands/list.ts')).list(command, context)
    case 'incident':
      return (await import('../commands/incident.ts')).incident(command, context)
    case 'approvals':
      return (await import('../commands/approvals.ts')).approvals(command, context)
    case 'tickets':
      return (await import('../commands/tickets.ts')).tickets(command, context)
    case 'silence':
      return (await import('../commands/tickets.ts')).silence(command, context)
    case 'oncall':
      return (await import('../commands/oncall.ts')).oncall(command, context)
    case 'doctor':
      return (await import('../commands/doctor.ts')).doctor(command, context)
    default: {
      const hint = `It is done at a terminal: ops ${command.verb}.`
      throw new OpsError({ owner: 'operator', message: `${command.verb} does not belong to the chat`, hint })
    }
  }
}

async function run(door: Door, { by, id }: Asked, command: Extract<Command, { verb: 'run' }>): Promise<Answer> {
  const procedure = findProcedure(command.procedure)
  if (procedure === null) throw new TypeError(`the parser knows ${command.procedure}, the table does not`)
  const hosts = (await door.estate()).hosts.map(({ name }) => name as string)
  const { target } = command
  if (target !== null && !hosts.includes(target)) {
    const message = `the estate has no host "${target}"${didYouMean(target, hosts)}`
    throw new OpsError({ owner: 'operator', message, hint: `It has ${hosts.join(', ')}.` })
  }
  const request = { host: target, only: command.only, requestedBy: `${by.id}@slack` }
  const order = { procedure, request, hosts: target === null ? hosts : [target], orderId: id }
  try {
    const { workflowId } = await durably(door, () => startProcedure(door.client, order))
    return recorded(markup`▶ *${workflowId}* is running; at the end: \`ops report ${workflowId}\`.`)
  } catch (error) {
    if (!isPassing(error)) throw error
    throw new NotRecorded(runLine(command), error)
  }
}

type Silence = Exclude<Extract<Command, { verb: 'silence' }>, { action: 'list' }>

/** A cause of which nothing was heard yet may be silenced as well, which is said. */
async function silence(door: Door, { by, id }: Asked, command: Silence): Promise<Answer> {
  const { cause } = command
  const until = command.action === 'add' ? new Date(Date.now() + command.forMs).toISOString() : null
  const reason = command.action === 'add' ? command.reason : 'ended before its time'
  const { silenceCause, unheardOf } = await import('../alerts.ts')
  let hint = ''
  try {
    const known = await durably(door, () => silenceCause(door.client, cause, { id, until, by: by.id, reason }))
    if (!known) hint = ` ${unheardOf(cause)}`
  } catch (error) {
    if (!isPassing(error)) throw error
    throw new NotRecorded(silenceLine(command), error)
  }
  return until === null
    ? recorded(markup`🔔 Recorded: *${cause}* may be heard again.${hint}`)
    : recorded(markup`🔕 Recorded: *${cause}* is silent until ${moment(until)}.${hint}`)
}

/** The context of a command line whose screen is the chat, also for what is said beside a result: that something is missing in it. */
function chatContext(door: Door, { by }: Asked, write: (text: string) => void): Context {
  const screen = { write }
  const environment = { NO_COLOR: '1' }
  return {
    terminal: createTerminal(screen, screen, environment),
    json: false,
    person: `${by.id}@slack`,
    environment,
    // OPS_HTTP is the ingress's own here, and not the control plane's that the doctor looks for.
    settings: async () => ({ ...readSettings(door.environment), http: null }),
    temporal: async () => ({ client: door.client, address: 'the ingress’s server', close: async () => undefined }),
    estate: door.estate,
    explain: async error => error,
    close: async () => undefined,
  }
}

/** In a block of code columns stay columns. What has no room is counted, with the line that shows all of it. */
function asCode(text: string, argv: readonly string[]): readonly Markup[] {
  const lines = text.trim() === '' ? ['nothing'] : text.trimEnd().split('\n')
  const shown = inBlocks(fitLines(lines, Number.POSITIVE_INFINITY, LONGEST), LONGEST).slice(0, MOST_BLOCKS)
  const left = lines.length - shown.join('\n').split('\n').length
  const blocks = shown.map(block => markup`\`\`\`${paragraph(block, LONGEST)}\`\`\``)
  if (left === 0) return blocks
  return [...blocks, markup`✂️ ${left} more lines; all of them at a terminal: ${code(argvLine(argv), 200)}`]
}
