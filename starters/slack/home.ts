/** The app's home, drawn when somebody opens it. */
import { decidingGroups } from '../../domain/approvals/gate.ts'
import { homeView } from '../../domain/chat/home.ts'
import { onCallNow } from '../../domain/team/roster.ts'
import { openGates } from '../incident-door.ts'
import type { Door, Speaker } from './door.ts'
import { openIncidents } from './incidents.ts'

/** What cannot be read is left out: a home without a list is better than none. */
export async function showHome(door: Door, user: string, { id, team }: Speaker): Promise<void> {
  const now = new Date().toISOString()
  const unread = (what: string) => (error: unknown) => {
    door.log.warn({ err: error, what }, 'a part of the home could not be read')
    return null
  }
  const [gates, open, freeze] = await Promise.all([
    openGates(door.client).catch(unread('approvals')),
    openIncidents(door).catch(unread('incidents')),
    door.ledger?.currentFreeze().catch(unread('freeze')) ?? null,
  ])
  const mine = (gates ?? []).filter(
    gate =>
      gate.request.requestedBy !== id && decidingGroups(gate).some(group => team.groups[group]?.includes(id) === true),
  )
  const view = homeView({
    team,
    person: id,
    approvals: mine,
    open: open ?? [],
    onCall: onCallNow(team, now),
    freeze: freeze === null ? null : { by: freeze.by, reason: freeze.reason, since: freeze.at },
    now,
  })
  await door.slack.publishHome(user, view)
}
