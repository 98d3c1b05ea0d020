/** How an incident comes back from its end. */
import { isFollowUps } from '../ids.ts'
import { free } from '../shell-words.ts'
import { REOPENED, updateDeadline } from './deadlines.ts'
import type { Effect, Step } from './effects.ts'
import type { Actor, Incident } from './incident.ts'
import { goesBy } from './later-rules.ts'
import { announceAgain, keepInformed } from './notices.ts'
import { callPeople } from './open.ts'
import { mentionFor } from './people.ts'
import { type CommandOf, done, type PersonalCase, type Ruling, refused } from './ruling.ts'
import { asked, begin, changed, type EntryKind, keyFor, logged, marked, nameOf, OPS, type RuleContext } from './step.ts'
import { clean, cutWords, LONGEST } from './text.ts'
import { moveBy } from './transitions.ts'

export function reopen({ reason }: CommandOf<'reopen'>, situation: PersonalCase): Ruling {
  const text = clean(reason, LONGEST.reason)
  if (text === '') return refused('the reason is missing', 'Say what happens again.')
  const { incident, actor } = situation
  if (moveBy(incident.status, 'reopen') === null) {
    return refused(`${nameOf(incident)} is ${incident.status}`, 'It is open: there is nothing to reopen.')
  }
  if (incident.ending === 'duplicate') {
    return refused(`it goes on as ${incident.mergedInto}`, `Tell ${incident.mergedInto} what happens.`)
  }
  if (isFinal(incident) && goesBy('closed-is-final', situation)) {
    return refused(`${nameOf(incident)} is closed, and its run has ended`, declaredAnew(incident))
  }
  const kept = cutWords(LONGEST.reason, reason)
  return done(reopened(begin(incident), actor, text, situation), `${nameOf(incident)} is open again${kept}`)
}

/** Its cause is free: what is told of that goes to a new incident, and one that came back beside it would not hear of it. */
export function isFinal({ status, workflowId }: Incident): boolean {
  return status === 'closed' && isFollowUps(workflowId)
}

/** What to do instead of opening it again. */
export function declaredAnew({ severity, title }: Incident): string {
  return `If it happens again, declare it anew: ops incident declare ${severity} ${free(title)}`
}

/**
 * Nobody has it until somebody acknowledges anew: whoever had it may have gone to bed. What was found out and agreed the last
 * time is asked for again. What is open stays as it is.
 */
export function reopened(step: Step, actor: Actor, reason: string, context: RuleContext): Step {
  const { incident } = step
  const { now } = context
  const move = moveBy(incident.status, 'reopen')
  if (move === null) return step
  const open = changed(withPastTold(step, now), {
    status: move.to,
    ending: move.ending,
    mergedInto: null,
    closedAt: null,
    rootCause: null,
    resolution: null,
    resolvedAt: null,
    review: { at: null, notes: null },
    postmortem: null,
    respondedAt: null,
    acknowledged: null,
    offers: [],
    reopened: incident.reopened + 1,
  })
  const counted = marked(open, REOPENED, now)
  const timed = changed(counted, { nextUpdateAt: updateDeadline(counted.incident) })
  const told = logged(timed, now, actor, 'reopened', `opened again: ${reason}`)
  const called = callPeople(told, 'it is open again', context)
  const text = `${nameOf(incident)} is open again: ${incident.title}: ${reason}`
  const mention = mentionFor(incident, context)
  const post: Effect = { kind: 'post', key: keyFor(called, 'reopened'), text, mention }
  const asking = asked(called, post, { kind: 'collect-evidence' })
  return announceAgain(keepInformed(asking, text, [actor.person], context), context)
}

/** The beginning of each text, and where all of it is. */
function withPastTold(step: Step, now: string): Step {
  const { rootCause, review, postmortem } = step.incident
  const past: readonly (readonly [EntryKind, string, string | null])[] = [
    ['root-cause', 'trigger', rootCause?.trigger ?? null],
    ['root-cause', 'propagation', rootCause?.propagation ?? null],
    ['root-cause', 'contributing factors', rootCause?.contributingFactors ?? null],
    ['root-cause', 'findings', rootCause?.findings ?? null],
    ['review', 'date of the post-mortem', review.at],
    ['review', 'notes of the post-mortem', review.notes],
    ['postmortem', 'draft of the post-mortem', postmortem?.ref ?? null],
  ]
  return past.reduce(
    (next, [kind, what, text]) => (text === null ? next : logged(next, now, OPS, kind, `until now, ${what}: ${text}`)),
    step,
  )
}
