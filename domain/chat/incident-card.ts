/** The card of an incident: posted once, edited for life, drawn from the state. At most twelve blocks. */
import { type Incident, incidentName } from '../incident/incident.ts'
import { SEVERITY_RULES } from '../incident/severity.ts'
import { undelivered } from '../incident/undelivered.ts'
import { formatSpan } from '../report/format.ts'
import { onCall, RESPONDERS } from '../team/roster.ts'
import type { Team } from '../team/team.ts'
import { buttons, context, header, section } from './blocks.ts'
import { type CardContext, freezeBanner, nameOf } from './card-context.ts'
import type { ChatMessage } from './chat.ts'
import { incidentButtons, offerRows } from './incident-buttons.ts'
import { changeLines, findingLines, waitingLines } from './incident-findings.ts'
import { LIMITS } from './limits.ts'
import { code, cut, escaped, type Markup, markup, moment, oneLine, piece } from './text.ts'

export function incidentCard(incident: Incident, card: CardContext): ChatMessage {
  const headline = headlineOf(incident)
  const blocks = [
    ...freezeBanner(card.freeze),
    header(headline),
    ...section(factLines(incident, card)),
    ...section([...holderLines(incident, card), ...unreachedLines(incident, card), ...undeliveredLines(incident)]),
    ...section(findingLines(incident)),
    ...section(changeLines(incident, card)),
    ...section(waitingLines(incident, card)),
    ...buttons(`incident:${incident.number}`, incidentButtons(incident, card)),
    ...offerRows(incident, card),
    ...context([footer(incident, card)]),
  ]
  return { text: `${escaped(headline)}. ${firstWords(holderLines(incident, card))}`, blocks }
}

/** `CRITICAL INC-42 acp down — INVESTIGATING`. A long title gives way, never the status. */
function headlineOf({ severity, number, title, status, ending }: Incident): string {
  const before = `${SEVERITY_RULES[severity].title.toUpperCase()} ${incidentName(number)} `
  const after = ` — ${(ending === null || ending === 'completed' ? status : `${status}, ${ending}`).toUpperCase()}`
  return before + cut(oneLine(title), LIMITS.header - before.length - after.length) + after
}

function firstWords(lines: readonly Markup[]): string {
  return (lines[0]?.mrkdwn ?? '').replaceAll('*', '').replaceAll(/<!date[^|>]*\|([^>]*)>/g, '$1')
}

function factLines(incident: Incident, { team, now }: CardContext): readonly Markup[] {
  const { roles, severity, systems, impact, expectedResolution, mergedInto, nextUpdateAt } = incident
  const lead = roles.commander === undefined ? markup`nobody` : nameOf(team, roles.commander)
  const end = incident.resolvedAt ?? incident.closedAt ?? now
  const lines = [
    markup`*Lead* ${lead} · *Started* ${moment(incident.startedAt)} · *Elapsed* ${formatSpan(incident.startedAt, end)}`,
    markup`*Category* ${incident.category} · *Systems* ${systems.length === 0 ? 'not named yet' : systems.join(', ')} · ${SEVERITY_RULES[severity].words}`,
  ]
  if (impact !== null) lines.push(markup`*Impact* ${impact}`)
  if (expectedResolution !== null) lines.push(markup`*Expected resolution* ${expectedResolution}`)
  if (nextUpdateAt !== null) {
    const word = nextUpdateAt <= now ? 'Update overdue since' : 'Next update'
    lines.push(markup`*${{ mrkdwn: word }}* ${moment(nextUpdateAt)}`)
  }
  if (mergedInto !== null) lines.push(markup`*Goes on as* ${mergedInto}`)
  return lines
}

function holderLines(incident: Incident, card: CardContext): readonly Markup[] {
  const { acknowledged, resolution, resolvedAt, startedAt } = incident
  if (resolvedAt !== null) {
    const lines = [markup`✅ *Resolved* ${moment(resolvedAt)} after ${formatSpan(startedAt, resolvedAt)}`]
    return resolution === null ? lines : [...lines, piece(resolution, 1_000)]
  }
  if (incident.status === 'closed') return [markup`*Closed* ${moment(incident.closedAt ?? card.now)}`]
  if (acknowledged === null) return [markup`🔔 *Nobody has it*${pagingWords(incident, card)}`]
  const lines = [markup`✋ *${nameOf(card.team, acknowledged.by)} has it* since ${moment(acknowledged.at)}`]
  if (acknowledged.askedAt !== null) {
    const why = acknowledged.shiftOver === true ? 'Their shift is over' : 'No sign of activity'
    lines.push(markup`${why}; asked ${moment(acknowledged.askedAt)} whether somebody is still on it.`)
  }
  return lines
}

function pagingWords({ paging }: Incident, { team }: CardContext): Markup {
  const { tier, round, pagedAt, nextAt } = paging
  const next =
    nextAt === null ? markup`` : markup`; next ${tierWords(team, (tier ?? -1) + 1, nextAt)} at ${moment(nextAt)}`
  if (tier === null || pagedAt === null) return next
  const again = round > 1 ? markup` (round ${round})` : markup``
  return markup`, paging ${tierWords(team, tier, pagedAt)} since ${moment(pagedAt)}${again}${next}`
}

/** After the last tier it begins again. Without a roster all responders are rung as one. */
function tierWords(team: Team, tier: number, at: string): Markup {
  const { roster, groups } = team
  const count = roster === null ? (groups[RESPONDERS]?.length ?? 0) : roster.tiers.length
  if (count === 0) return markup`nobody, because nobody is on call`
  if (roster === null) return markup`all ${RESPONDERS}`
  const index = tier % count
  const person = onCall(team, index, at)
  const name = roster.tiers[index]?.name ?? ''
  return person === null ? markup`nobody of "${name}"` : markup`${nameOf(team, person)} (${name})`
}

/** Whoever reads the card can still call them. */
function unreachedLines({ paging }: Incident, { team }: CardContext): readonly Markup[] {
  if (paging.unreached.length === 0) return []
  const people = paging.unreached.map(({ person, phone, why }) => {
    const number = phone === null ? markup`no phone number known` : code(phone, 60)
    return markup`• ${nameOf(team, person)}: ${number} (${why})`
  })
  return [markup`📞 *Not reached, call them:*`, ...people]
}

/** Mail may be away for long; those who wait for it have a phone. */
function undeliveredLines(incident: Incident): readonly Markup[] {
  const entries = undelivered(incident)
  if (entries.length === 0) return []
  const mails = entries.map(({ subject, audiences, why }) => markup`• ${audiences.join(', ')}: ${subject} (${why})`)
  return [markup`📪 *Not delivered yet, tell them by other means:*`, ...mails]
}

function footer({ number, workflowId, reopened, entries }: Incident, { now }: CardContext): Markup {
  const again = reopened === 0 ? markup`` : markup` · reopened ${reopened} times`
  return markup`${incidentName(number)} · ${code(workflowId, 600)} · ${entries} entries${again} · updated ${moment(now)}`
}
