/** The app's home: what waits for this person, what they lead, what is open, who is on call. */
import type { Gate } from '../approvals/approval.ts'
import { type Incident, incidentName } from '../incident/incident.ts'
import { SEVERITY_RULES } from '../incident/severity.ts'
import type { PersonId, Team } from '../team/team.ts'
import { button, buttons, context, header, section } from './blocks.ts'
import { type Freeze, freezeBanner, nameOf } from './card-context.ts'
import { ACTIONS, type Block } from './chat.ts'
import { code, type Markup, markup, moment } from './text.ts'

/** Longest list of a kind, so that all of them fit. */
const SHOWN = 8

export interface HomeState {
  readonly team: Team
  readonly person: PersonId
  /** That this person may decide, oldest first; null when nobody could look. */
  readonly approvals: readonly Gate[] | null
  /** Null when nobody could look. */
  readonly open: readonly Incident[] | null
  /** Runs that did not say what waits in them, and so are missing above. */
  readonly unread: readonly string[]
  /** Tier by tier. */
  readonly onCall: readonly { readonly tier: string; readonly person: PersonId }[]
  /** Null when nothing is frozen. */
  readonly freeze: Freeze | 'unread' | null
  readonly now: string
}

export interface HomeView {
  readonly type: 'home'
  readonly blocks: readonly Block[]
}

export function homeView({ team, person, approvals, open, unread, onCall, freeze, now }: HomeState): HomeView {
  const mine =
    open?.filter(({ roles, acknowledged }) => roles.commander === person || acknowledged?.by === person) ?? null
  const declare = button({
    action: ACTIONS.declare,
    label: 'Declare an incident',
    style: 'danger',
    value: { v: 1, w: '' },
  })
  return {
    type: 'home',
    blocks: [
      ...(freeze === 'unread'
        ? section([markup`⚠️ Whether changes are frozen ${notNow('ops incident list')}`])
        : freezeBanner(freeze)),
      ...buttons('home:declare', [declare]),
      ...list('Waits for your decision', approvals, 'ops approvals', gate => approvalBlocks(gate, team)),
      ...list('You have', mine, LIST, incident => section([incidentLine(incident, team)])),
      ...list('Open incidents', open, LIST, incident => section([incidentLine(incident, team)])),
      ...section(unread.slice(0, SHOWN).map(id => markup`⚠️ ${code(id)} ${notNow(`ops show ${id}`)}`)),
      header('On call now'),
      ...section(
        onCall.length === 0
          ? [markup`Nobody: incidents page the group "responders".`]
          : onCall.map(({ tier, person: one }) => markup`• ${tier}: ${nameOf(team, one)}`),
      ),
      ...context([markup`Updated ${moment(now)} · ${team.slack?.command ?? '/ops'} help`]),
    ],
  }
}

const LIST = 'ops incident list'

/** @param instead the line of the command line that lists the same. */
function list<Item>(
  title: string,
  items: readonly Item[] | null,
  instead: string,
  draw: (item: Item) => readonly Block[],
): readonly Block[] {
  if (items === null) return [header(title), ...section([markup`⚠️ This ${notNow(instead)}`])]
  const shown = items.length === 0 ? section([markup`None.`]) : items.slice(0, SHOWN).flatMap(draw)
  const rest = items.length > SHOWN ? context([markup`… and ${items.length - SHOWN} more`]) : []
  return [header(title), ...shown, ...rest]
}

function notNow(instead: string): Markup {
  return markup`could not be read now; ${code(instead)}`
}

function approvalBlocks(gate: Gate, team: Team): readonly Block[] {
  const { approvalId, digest, workflowId, expiresAt, request } = gate
  const asker = request.requestedBy === null ? markup`ops` : nameOf(team, request.requestedBy)
  const value = { v: 1, w: workflowId, a: approvalId, d: digest.slice(0, 12) } as const
  return [
    ...section([
      markup`*${request.title}* (${code(approvalId, 120)}) asked by ${asker}, expires ${moment(expiresAt)}`,
      markup`Plan ${code(digest.slice(0, 12))}; see its card for what it does.`,
    ]),
    ...buttons(`home:${approvalId}`.slice(0, 255), [
      button({ action: ACTIONS.approvalDetails, label: 'Details', value }),
    ]),
  ]
}

function incidentLine({ number, title, severity, status, acknowledged, startedAt }: Incident, team: Team): Markup {
  const holder = acknowledged === null ? markup`🔔 nobody has it` : markup`${nameOf(team, acknowledged.by)} has it`
  return markup`*${incidentName(number)}* ${title} · ${SEVERITY_RULES[severity].title} · ${status} · ${holder} · since ${moment(startedAt)}`
}
