/** What becomes of a command: who may give it, when, and which rule it goes to. Nothing in here throws for what a door lets through. */
import { readRequest } from '../approvals/request-statement.ts'
import { isActor, isCommand } from './command-shape.ts'
import type { IncidentAnswer, IncidentCommand, IncidentMessage } from './commands.ts'
import { close, falseAlarm, resolve, setReview, setRootCause } from './decide-ending.ts'
import {
  accept,
  acknowledge,
  giveRole,
  handOff,
  pageResponder,
  stillOnIt,
  subscribe,
  unsubscribe,
} from './decide-holding.ts'
import { alertsChanged, declaredAgain } from './decide-machines.ts'
import { merge } from './decide-merging.ts'
import { declaredAnew, isFinal, reopen } from './decide-reopening.ts'
import { classify, noChange, note, snooze, statusUpdate } from './decide-reporting.ts'
import { addFollowUp, finishFollowUp, requestChange } from './decide-work.ts'
import type { Step } from './effects.ts'
import { type Incident, incidentName } from './incident.ts'
import { goesBy } from './later-rules.ts'
import type { AlertReading } from './looked-up.ts'
import { isKnown } from './people.ts'
import { type Case, type PersonalCase, type Ruling, refused } from './ruling.ts'
import type { Standing } from './start.ts'
import { changed, nameOf, type RuleContext } from './step.ts'
import { clean } from './text.ts'
import { isOpen } from './transitions.ts'

export interface DecideContext extends RuleContext {
  /** What else keeps it from being closed, one phrase each, such as a break-glass review that is still open. */
  readonly missing?: readonly string[]
  /** How its alerts stand; absent when nobody has looked. */
  readonly readings?: readonly AlertReading[]
  /** How the incident stands that a merge names; absent when nobody has looked. */
  readonly survivor?: Standing
}

/** While people work on it, while it is not closed, or always. */
type When = 'open' | 'not closed' | 'always'

const WHEN: Readonly<Record<IncidentCommand['kind'], When>> = {
  acknowledge: 'open',
  'still-on-it': 'open',
  classify: 'not closed',
  note: 'always',
  status: 'open',
  'no-change': 'open',
  snooze: 'open',
  role: 'not closed',
  'hand-off': 'not closed',
  accept: 'not closed',
  page: 'open',
  subscribe: 'always',
  unsubscribe: 'always',
  workaround: 'open',
  fix: 'open',
  'root-cause': 'not closed',
  'follow-up': 'not closed',
  'follow-up-done': 'always',
  review: 'not closed',
  merge: 'not closed',
  resolve: 'open',
  'false-alarm': 'not closed',
  reopen: 'always',
  close: 'always',
  alerts: 'always',
  'declared-again': 'always',
}

const ANSWER = 600

/** One message, one answer. Whether its id was seen before is the workflow's business. */
export function decide(
  incident: Incident,
  message: IncidentMessage,
  context: DecideContext,
): Step & { readonly answer: IncidentAnswer } {
  const { id, by, command } = message
  const ruling =
    isActor(by) && isCommand(command)
      ? (misdirected(incident, message) ?? judged(incident, message, context))
      : refused('this is no command', 'Use ops incident, or the buttons of the card.')
  if (ruling.kind === 'refused') {
    const { text, hint } = ruling
    return {
      incident,
      effects: [],
      answer: { id, outcome: 'refused', text: clean(text, ANSWER), hint: clean(hint, ANSWER) },
    }
  }
  const { step, text } = ruling
  return {
    ...(isSignOfActivity(message, context) ? active(step, context.now) : step),
    answer: { id, outcome: 'done', text: clean(text, ANSWER) },
  }
}

function judged(incident: Incident, { by, command, proof }: IncidentMessage, context: DecideContext): Ruling {
  const { team, missing = [], readings = [], survivor = 'unknown' } = context
  const situation: Case = { ...context, incident, actor: by, missing, readings, survivor, proof: readRequest(proof) }
  const { person } = by
  if (person !== null && !isKnown(team, person)) {
    return refused(`"${clean(person, 40)}" is not one of the team`, 'People are added to the estate file.')
  }
  if (command.kind === 'alerts') return alertsChanged(command, situation)
  if (command.kind === 'declared-again') return declaredAgain(command, situation)
  if (person === null) return refused('only people may do this', 'Sign in as yourself.')
  return untimely(incident, command) ?? ruled(command, { ...situation, by: person })
}

/** An old card, or an old number, says nothing about the incident that came after it. */
function misdirected(incident: Incident, { incident: meant }: IncidentMessage): Ruling | null {
  if (meant === undefined || meant === incident.number) return null
  const name = incidentName(meant)
  if (incident.number === 0) {
    return refused(`this is about ${name}, and another incident goes on in its place`, 'See ops incident list.')
  }
  const here = incidentName(incident.number)
  return refused(
    `this is about ${name}, which is over; ${here} is ${incident.status} in its place`,
    `If you mean ${here}, use its card, or see ops incident show ${here}.`,
  )
}

function untimely(incident: Incident, { kind }: IncidentCommand): Ruling | null {
  const when = WHEN[kind]
  const { status, mergedInto } = incident
  if (when === 'always' || isOpen(status) || (when === 'not closed' && status !== 'closed')) return null
  if (mergedInto !== null) return refused(`${nameOf(incident)} goes on as ${mergedInto}`, `Tell ${mergedInto} instead.`)
  const again = isFinal(incident) ? declaredAnew(incident) : 'If it happens again, reopen it: ops incident reopen.'
  return refused(`${nameOf(incident)} is ${status}`, again)
}

function ruled(
  command: Exclude<IncidentCommand, { kind: 'alerts' | 'declared-again' }>,
  situation: PersonalCase,
): Ruling {
  switch (command.kind) {
    case 'acknowledge':
      return acknowledge(command, situation)
    case 'still-on-it':
      return stillOnIt(command, situation)
    case 'classify':
      return classify(command, situation)
    case 'note':
      return note(command, situation)
    case 'status':
      return statusUpdate(command, situation)
    case 'no-change':
      return noChange(command, situation)
    case 'snooze':
      return snooze(command, situation)
    case 'role':
      return giveRole(command, situation)
    case 'hand-off':
      return handOff(command, situation)
    case 'accept':
      return accept(command, situation)
    case 'page':
      return pageResponder(command, situation)
    case 'subscribe':
      return subscribe(command, situation)
    case 'unsubscribe':
      return unsubscribe(command, situation)
    case 'workaround':
    case 'fix':
      return requestChange(command, situation)
    case 'root-cause':
      return setRootCause(command, situation)
    case 'follow-up':
      return addFollowUp(command, situation)
    case 'follow-up-done':
      return finishFollowUp(command, situation)
    case 'review':
      return setReview(command, situation)
    case 'merge':
      return merge(command, situation)
    case 'resolve':
      return resolve(command, situation)
    case 'false-alarm':
      return falseAlarm(command, situation)
    case 'reopen':
      return reopen(command, situation)
    case 'close':
      return close(command, situation)
  }
}

/** Whatever anybody does shows that somebody is on it, except to follow it, and what a program does in their name. */
function isSignOfActivity({ by, command }: IncidentMessage, context: RuleContext): boolean {
  if (by.person === null) return false
  switch (command.kind) {
    case 'subscribe':
    case 'unsubscribe':
      return !goesBy('following-is-no-sign-of-activity', context)
    case 'note':
      return command.automatic !== true
    default:
      return true
  }
}

function active(step: Step, now: string): Step {
  const { acknowledged } = step.incident
  if (acknowledged === null) return step
  const askedAt = acknowledged.shiftOver === true ? acknowledged.askedAt : null
  return changed(step, { acknowledged: { ...acknowledged, activeAt: now, askedAt } })
}
