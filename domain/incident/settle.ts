/** What comes back from the outside world: pages that got through or did not, evidence, mail, changes. */

import { isUnderWay } from './closing.ts'
import { notPassedOn } from './decide-merging.ts'
import type { Step } from './effects.ts'
import type { ChangeState, Incident, Paging } from './incident.ts'
import type { Outcome } from './outcomes.ts'
import { pageInsteadOf } from './paging.ts'
import { asked, begin, changed, keyFor, logged, OPS, type RuleContext } from './step.ts'
import { reopenedByWhatFires } from './still-firing.ts'
import { evidenceSoFar } from './systems.ts'
import { cleanLine, SHORT_TEXT } from './text.ts'
import { announced, delayed } from './undelivered.ts'

type Of<K extends Outcome['kind']> = Extract<Outcome, { kind: K }>

const EVIDENCE = 200
const HYPOTHESES = 20

/** Every outcome is told as it comes, also after the end: what was under way then still happened. */
export function settle(incident: Incident, outcome: Outcome, context: RuleContext): Step {
  const step = begin(incident)
  switch (outcome.kind) {
    case 'page-sent':
      return outcome.delivered === null ? notDelivered(step, outcome, context) : delivered(step, outcome, context)
    case 'evidence-collected':
      return evidence(step, outcome, context)
    case 'alerts-looked-up':
      return reopenedByWhatFires(step, outcome.readings, context)
    case 'announced':
      return announced(step, outcome, context)
    case 'announce-delayed':
      return delayed(step, outcome, context)
    case 'change-moved':
      return changeMoved(step, outcome, context)
    case 'postmortem-written': {
      const kept = changed(step, { postmortem: outcome.artefact })
      return logged(kept, context.now, OPS, 'postmortem', `the draft of the post-mortem is ${outcome.artefact.ref}`)
    }
    case 'card-placed':
      return changed(step, { card: outcome.place })
    case 'not-passed-on':
      return notPassedOn(step, outcome, context)
    case 'effect-failed':
      // A line and no message: what has failed may be the way to send one.
      return logged(step, context.now, OPS, 'failed', `could not ${outcome.what}: ${outcome.why}`)
  }
}

function delivered(step: Step, { person, delivered: channel, failed }: Of<'page-sent'>, { now }: RuleContext): Step {
  const { paging } = step.incident
  const reached: Paging = { ...paging, unreached: paging.unreached.filter(entry => entry.person !== person) }
  const before = failed.length === 0 ? '' : `, after ${failureWords(failed)}`
  const text = `the page to ${person} went out by ${channel}${before}`
  return logged(changed(step, { paging: reached }), now, OPS, 'page-delivered', text)
}

/** The phone number is for whoever reads the card; meanwhile the next person is rung. */
function notDelivered(step: Step, { person, failed, phone }: Of<'page-sent'>, context: RuleContext): Step {
  const { paging } = step.incident
  const why = failed.length === 0 ? 'no way to reach them is configured' : failureWords(failed)
  const others = paging.unreached.filter(entry => entry.person !== person)
  const unreached = [...others, { person, phone, why: cleanLine(why, SHORT_TEXT) }]
  const call = phone === null ? 'no phone number is known' : `call ${phone}`
  const text = `the page to ${person} could not be delivered (${why}): ${call}`
  const told = logged(changed(step, { paging: { ...paging, unreached } }), context.now, OPS, 'page-failed', text)
  const posted = asked(told, {
    kind: 'post',
    key: keyFor(told, 'unreached', person),
    text: cleanLine(text, 500),
    mention: 'none',
  })
  return pageInsteadOf(posted, person, context)
}

function failureWords(failed: Of<'page-sent'>['failed']): string {
  return failed.map(({ channel, why }) => `${channel}: ${why}`).join('; ')
}

/** A later look, at hosts that came to it, adds to what was found; the first one after it was opened replaces it. */
function evidence(step: Step, outcome: Of<'evidence-collected'>, { now }: RuleContext): Step {
  const { incident } = step
  const fresh = outcome.evidence.map(one => ({ ...one, summary: cleanLine(one.summary, 300) }))
  const before = evidenceSoFar(incident)
  const hosts = new Set(fresh.map(({ host }) => host))
  const kept = [...(before ?? []).filter(({ host }) => !hosts.has(host)), ...fresh].slice(0, EVIDENCE)
  const earlier = before === null ? [] : incident.hypotheses
  const guesses = new Map([...earlier, ...outcome.hypotheses].map(guess => [guess.id, guess]))
  const hypotheses = [...guesses.values()].toSorted((a, b) => b.weight - a.weight).slice(0, HYPOTHESES)
  const failed = fresh.filter(({ state }) => state === 'failed')
  const missing =
    failed.length === 0 ? '' : `; without ${failed.map(({ host, collector }) => `${collector} of ${host}`).join(', ')}`
  const [likely] = hypotheses
  const guess = likely === undefined ? '' : `; likeliest: ${likely.title} (${Math.round(likely.weight)} %)`
  const text = `${fresh.length - failed.length} of ${fresh.length} pieces of evidence collected${missing}${guess}`
  return logged(changed(step, { evidence: kept, evidenceAt: now, hypotheses }), now, OPS, 'evidence', text)
}

const STATE_WORDS: Readonly<Record<ChangeState, string>> = {
  planning: 'is being planned',
  'awaiting-approval': 'waits for approval',
  running: 'is being carried out',
  done: 'is done',
  // By people, by a failed test, or because there is no such host: which of them, the outcome says.
  refused: 'was not carried out',
  failed: 'has failed',
  reverted: 'was taken back',
  cancelled: 'was cancelled',
}

/** The same word twice is told once; a change that nobody asked for here is none of ours. */
function changeMoved(step: Step, { number, state, outcome }: Of<'change-moved'>, { now }: RuleContext): Step {
  const { changes } = step.incident
  const change = changes.find(candidate => candidate.number === number)
  const said = outcome === null ? null : cleanLine(outcome, 500)
  if (change === undefined || (change.state === state && change.outcome === said)) return step
  // A word that was overtaken: what has ended does not begin again.
  if (isUnderWay(state) && !isUnderWay(change.state)) return step
  const moved = changed(step, {
    changes: changes.map(one => (one.number === number ? { ...one, state, outcome: said } : one)),
  })
  const text = `change ${number} (${change.title}) ${STATE_WORDS[state]}${said === null ? '' : `: ${said}`}`
  const told = logged(moved, now, OPS, 'change-moved', text)
  if (state === 'planning' || state === 'running') return told
  return asked(told, { kind: 'post', key: keyFor(told, 'change'), text, mention: { people: [change.requestedBy] } })
}
