/** The app's home, drawn when somebody opens it. */
import { freezeOf } from '../../domain/approvals/freeze.ts'
import { decidingGroups } from '../../domain/approvals/gate.ts'
import type { Freeze } from '../../domain/chat/card-context.ts'
import { homeView } from '../../domain/chat/home.ts'
import { onCallNow } from '../../domain/team/roster.ts'
import { readGates } from '../gate-door.ts'
import type { Door, Speaker } from './door.ts'
import { openIncidents } from './incidents.ts'

/** What cannot be read is named: a home without a list is better than none, and better than one that says there is nothing. */
export async function showHome(door: Door, user: string, { id, team }: Speaker): Promise<void> {
  const now = new Date().toISOString()
  const unread = (what: string) => (error: unknown) => {
    door.log.warn({ err: error, what }, 'a part of the home could not be read')
    return null
  }
  const [gates, open, freeze] = await Promise.all([
    readGates(door.client).catch(unread('approvals')),
    openIncidents(door).catch(unread('incidents')),
    readFreeze(door).catch(error => unread('freeze')(error) ?? ('unread' as const)),
  ])
  const mine = gates?.answers.filter(
    gate =>
      gate.request.requestedBy !== id && decidingGroups(gate).some(group => team.groups[group]?.includes(id) === true),
  )
  const view = homeView({
    team,
    person: id,
    approvals: mine ?? null,
    open: open?.answers ?? null,
    unread: [...new Set([...(gates?.unread ?? []), ...(open?.unread ?? [])])],
    onCall: onCallNow(team, now),
    freeze,
    now,
  })
  await door.slack.publishHome(user, view)
}

/** Without a ledger nothing can be frozen from here. */
async function readFreeze({ ledger }: Pick<Door, 'ledger'>): Promise<Freeze | null> {
  return ledger === null ? null : freezeOf(await ledger.currentFreeze())
}
