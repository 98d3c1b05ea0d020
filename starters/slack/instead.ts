/** The line of the command line that does the same, for when Slack or its door cannot. It can be run as it stands. */
import type { Statement } from '../../domain/approvals/approval.ts'
import type { Command } from '../../domain/commands.ts'
import type { IncidentCommand } from '../../domain/incident/commands.ts'
import { type IncidentRequest, incidentVerb } from '../../domain/incident/words.table.ts'
import { free, quoted, shellWord } from '../../domain/shell-words.ts'

type Sayable =
  | Extract<IncidentRequest, { kind: 'declare' }>
  | { readonly kind: 'tell'; readonly command: IncidentCommand }

/** @param name INC-7, where it is known; without it the line means the only open one where that is enough. */
export function cliLine(request: Sayable, name: string | null = null): string {
  if (request.kind === 'declare') {
    const { severity, title, category, hosts, impact } = request
    const options = { category, hosts: hosts.length === 0 ? null : hosts.join(','), impact }
    return line('ops incident declare', severity, free(title), keyed(options))
  }
  const [verb, ...rest] = words(request.command)
  const unnamed = incidentVerb(verb)?.incident === 'any' ? '' : 'INC-n'
  return line('ops incident', verb, name ?? unnamed, ...rest)
}

export function decisionLine({
  verdict,
  approvalId,
  reason,
}: Pick<Statement, 'verdict' | 'approvalId' | 'reason'>): string {
  return line('ops', verdict, approvalId, keyed({ reason: reason === '' ? 'R' : reason }))
}

/** The words of a command as they were parsed. */
export function argvLine(argv: readonly string[]): string {
  return line('ops', ...argv.map(shellWord))
}

export function switchLine(kind: 'freeze' | 'thaw', reason: string): string {
  return line('ops', kind, keyed({ reason }))
}

export function runLine({ procedure, target, only }: Extract<Command, { verb: 'run' }>): string {
  return line('ops run', procedure, keyed({ target }), only === null ? '' : `only=${only}`)
}

export function silenceLine(command: Exclude<Extract<Command, { verb: 'silence' }>, { action: 'list' }>): string {
  const { action, cause } = command
  if (action === 'end') return line('ops silence end', cause)
  return line('ops silence add', cause, keyed({ for: `${Math.ceil(command.forMs / 60_000)}m`, reason: command.reason }))
}

/** The verb and what comes after the name of the incident. */
function words(command: IncidentCommand): readonly [string, ...string[]] {
  switch (command.kind) {
    case 'acknowledge':
      return ['ack']
    case 'still-on-it':
    case 'no-change':
    case 'subscribe':
    case 'unsubscribe':
    case 'close':
      return [command.kind]
    case 'snooze':
      return ['snooze', `${command.minutes}m`]
    case 'note':
      return ['note', free(command.text)]
    case 'status': {
      const { status, findings, actions, expectedResolution: expected } = command
      return ['status', status ?? '', keyed({ findings, actions, expected })]
    }
    case 'role':
      return ['role', command.role, command.person]
    case 'hand-off':
      return ['handoff', command.what === 'acknowledgement' ? 'ack' : command.what, command.to]
    case 'accept':
      return ['accept', command.offer]
    case 'page':
      return ['page', command.person, command.message === '' ? '' : free(command.message)]
    case 'workaround': {
      const parameters = Object.entries(command.parameters).map(([key, value]) => `${key}=${quoted(value)}`)
      return ['workaround', command.name, command.host, ...parameters]
    }
    case 'fix':
      return ['fix', command.host, free(command.fix)]
    case 'resolve':
      return ['resolve', free(command.resolution)]
    case 'false-alarm':
    case 'reopen':
      return [command.kind, free(command.reason)]
    case 'merge':
      return ['merge', 'into', command.into]
    case 'root-cause': {
      const { trigger, propagation, contributingFactors: factors, findings } = command.rootCause
      return ['rootcause', keyed({ trigger, propagation, factors, findings })]
    }
    case 'follow-up': {
      const { about, owner, due, title } = command
      return ['followup', about, keyed({ owner, due }), free(title)]
    }
    case 'follow-up-done':
      return ['followup', 'done', String(command.number)]
    case 'classify': {
      const { severity, category, impact, systems, expectedResolution: expected } = command
      return ['classify', severity ?? '', keyed({ category, impact, systems: systems?.join(',') ?? null, expected })]
    }
    case 'review':
      return ['review', keyed({ at: command.at, notes: command.notes })]
    case 'alerts':
    case 'declared-again':
      return ['show']
  }
}

function line(...parts: readonly string[]): string {
  return parts.filter(part => part !== '').join(' ')
}

function keyed(values: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null)
  return given.map(([key, value]) => `--${key}=${shellWord(value ?? '')}`).join(' ')
}
