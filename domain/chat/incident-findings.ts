/** What is known about an incident, what is being changed and what it waits for, in lines for its card. */
import type { ChangeState, Incident } from '../incident/incident.ts'
import { needsReview } from '../incident/severity.ts'
import { type CardContext, nameOf } from './card-context.ts'
import { code, type Markup, markup, moment, piece } from './text.ts'

const ALERTS = 5
const EVIDENCE = 10
const HYPOTHESES = 3
const CHANGES = 6

/** The likeliest causes first: they are what people act on. */
export function findingLines({ hypotheses, evidence, alerts }: Incident): readonly Markup[] {
  const likely = hypotheses
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, HYPOTHESES)
    .map(({ weight, title, evidence: reasons, workaround }) => {
      const reason = reasons.length === 0 ? markup`` : markup` — ${reasons.join('; ')}`
      const help = workaround === null ? markup`` : markup` → would help: ${code(workaround, 60)}`
      return markup`• *${Math.round(weight)} %* ${title}${reason}${help}`
    })
  const seen = evidence.slice(0, EVIDENCE).map(({ host, collector, state, summary }) => {
    const found = state === 'collected' ? piece(summary) : markup`no evidence: ${summary}`
    return markup`• ${host} ${collector}: ${found}`
  })
  const firing = alerts
    .filter(({ state }) => state === 'firing')
    .map(({ name, instance, summary, since }) => {
      const where = instance === null ? markup`` : markup` on ${instance}`
      return markup`• ${name}${where} since ${moment(since)}: ${summary}`
    })
  return [
    ...titled('Likely causes', likely),
    ...titled('Evidence', [...seen, ...rest(evidence.length, EVIDENCE)]),
    ...titled('Firing alerts', [...firing.slice(0, ALERTS), ...rest(firing.length, ALERTS)]),
  ]
}

const CHANGE_WORDS: Readonly<Record<ChangeState, string>> = {
  planning: '… planning',
  'awaiting-approval': '⏳ awaiting approval',
  running: '▶ running',
  done: '✅ done',
  refused: '⛔ refused',
  failed: '❌ failed',
  reverted: '↩ reverted',
  cancelled: '✖ cancelled',
}

/** The newest ones; the numbers tell that there were others. */
export function changeLines({ changes }: Incident, { team }: CardContext): readonly Markup[] {
  const lines = changes.slice(-CHANGES).map(({ number, title, state, outcome, requestedBy }) => {
    const end = outcome === null ? markup`` : markup`: ${outcome}`
    return markup`• #${number} ${title} (${nameOf(team, requestedBy)}) — ${CHANGE_WORDS[state]}${end}`
  })
  return titled('Changes', lines)
}

/** Everything that somebody has to do before this can go on or be closed. */
export function waitingLines(incident: Incident, { team }: CardContext): readonly Markup[] {
  const { status, changes, offers, rootCause, review, followUps } = incident
  const lines = offers.map(({ what, from, to, at }) => {
    return markup`• ${nameOf(team, to)} to accept ${what} from ${nameOf(team, from)}, offered ${moment(at)}`
  })
  const gates = changes.filter(({ state }) => state === 'awaiting-approval')
  if (gates.length > 0) lines.push(markup`• approval of ${gates.map(({ number }) => `#${number}`).join(', ')}`)
  if (status === 'identified' || status === 'resolving') {
    if (rootCause === null) lines.push(markup`• the root cause, before it can be resolved`)
  }
  if (status === 'resolved') {
    const isDue = needsReview(incident)
    if (isDue && review.at === null) lines.push(markup`• a date for the post-mortem`)
    if (isDue && review.notes === null) lines.push(markup`• notes of the post-mortem`)
    for (const { title, owner, due, doneAt } of followUps) {
      if (doneAt === null) lines.push(markup`• ${nameOf(team, owner)}: ${title}, due ${due}`)
    }
  }
  return titled('Waits for', lines)
}

function titled(title: string, lines: readonly Markup[]): readonly Markup[] {
  return lines.length === 0 ? [] : [markup`*${title}*`, ...lines]
}

function rest(all: number, shown: number): readonly Markup[] {
  return all > shown ? [markup`• … and ${all - shown} more`] : []
}
