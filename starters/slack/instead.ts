/** The line of the command line that does the same, for when Slack or its door cannot. */
import type { Statement } from '../../domain/approvals/approval.ts'
import type { IncidentCommand } from '../../domain/incident/commands.ts'
import type { IncidentRequest } from '../../domain/incident/words.table.ts'

type Sayable =
  | Extract<IncidentRequest, { kind: 'declare' }>
  | { readonly kind: 'tell'; readonly command: IncidentCommand }

/** @param name INC-7, where it is known. */
export function cliLine(request: Sayable, name = 'INC-n'): string {
  if (request.kind === 'declare') return `ops incident declare ${request.severity} ${quoted(request.title)}`
  return `ops incident ${words(request.command, /^INC-\d+$/.test(name) ? name : 'INC-n')}`
}

export function decisionLine({
  verdict,
  approvalId,
  reason,
}: Pick<Statement, 'verdict' | 'approvalId' | 'reason'>): string {
  return `ops ${verdict} ${approvalId} --reason ${quoted(reason === '' ? 'R' : reason)}`
}

function words(command: IncidentCommand, name: string): string {
  switch (command.kind) {
    case 'acknowledge':
      return `ack ${name}`
    case 'still-on-it':
    case 'no-change':
    case 'subscribe':
    case 'unsubscribe':
    case 'close':
      return `${command.kind} ${name}`
    case 'snooze':
      return `snooze ${name} ${command.minutes}m`
    case 'note':
      return `note ${name} ${quoted(command.text)}`
    case 'status': {
      const { status, findings, actions, expectedResolution } = command
      return `status ${name} ${status === null ? '' : `${status} `}--findings ${quoted(findings)} --actions ${quoted(actions)} --expected ${quoted(expectedResolution)}`
    }
    case 'role':
      return `role ${name} ${command.role} ${command.person}`
    case 'hand-off':
      return `handoff ${name} ${command.what === 'acknowledgement' ? 'ack' : command.what} ${command.to}`
    case 'accept':
      return `accept ${name} ${command.offer}`
    case 'page':
      return `page ${name} ${command.person} ${quoted(command.message)}`
    case 'workaround': {
      const parameters = Object.entries(command.parameters).map(([key, value]) => ` ${key}=${quoted(value)}`)
      return `workaround ${name} ${command.name} ${command.host}${parameters.join('')}`
    }
    case 'fix':
      return `fix ${name} ${command.host} ${quoted(command.fix)}`
    case 'resolve':
      return `resolve ${name} ${quoted(command.resolution)}`
    case 'false-alarm':
    case 'reopen':
      return `${command.kind} ${name} ${quoted(command.reason)}`
    case 'merge':
      return `merge ${name} into ${command.into}`
    case 'root-cause': {
      const { trigger, propagation, contributingFactors, findings } = command.rootCause
      return `rootcause ${name} --trigger ${quoted(trigger)} --propagation ${quoted(propagation)} --factors ${quoted(contributingFactors)} --findings ${quoted(findings)}`
    }
    case 'follow-up':
      return `followup ${name} ${command.about} --owner ${command.owner} --due ${command.due} ${quoted(command.title)}`
    case 'follow-up-done':
      return `followup ${name} done ${command.number}`
    case 'classify':
      return `classify ${name}${command.severity === null ? ' …' : ` ${command.severity}`}`
    case 'review':
      return `review ${name} …`
    case 'alerts':
    case 'declared-again':
      return `show ${name}`
  }
}

/** For a shell; what people typed is shown to them again in full. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
