/**
 * Who is on call when. A day of duty begins at the hand-over hour in the estate's zone, so that clocks that are put forward
 * or back make a shift shorter or longer and never move its end. Without a roster the group `responders` takes its place.
 */
import type { PersonId, Roster, RosterTier, Team } from './team.ts'
import { addDays, daysBetween, localMoment, momentOf } from './zone.ts'

export interface OnCall {
  readonly tier: string
  readonly person: PersonId
}

/** Group that is paged when there is no roster, and whose members may change things in an incident. */
export const RESPONDERS = 'responders'

/** Rotations and overrides are looked at this many changes ahead before it is said that nothing changes any more. */
const CHANGES_AHEAD = 500

/** Who has this tier (0 is paged first) at an ISO time; null when its rotation has not begun, or there is no such tier. */
export function onCall(team: Team, tierIndex: number, at: string): PersonId | null {
  const { roster } = team
  if (roster === null) return team.groups[RESPONDERS]?.[tierIndex] ?? null
  const tier = roster.tiers[tierIndex]
  if (tier === undefined) return null
  return standIn(roster, tier, at) ?? ofRotation(team, roster, tier, at)
}

/** Everybody who is on call, in the order in which they are paged. */
export function onCallNow(team: Team, at: string): readonly OnCall[] {
  return tierNames(team).flatMap((tier, index) => {
    const person = onCall(team, index, at)
    return person === null ? [] : [{ tier, person }]
  })
}

/** The first moment after `at` at which somebody else is on call, ISO; null when nobody ever takes over. */
export function nextHandover(team: Team, at: string): string | null {
  const before = JSON.stringify(onCallNow(team, at))
  let moment = new Date(at).toISOString()
  for (let change = 0; change < CHANGES_AHEAD; change += 1) {
    const next = nextBoundary(team, moment)
    if (next === null || JSON.stringify(onCallNow(team, next)) !== before) return next
    moment = next
  }
  return null
}

/** When somebody else next takes over a tier from this person after `at`, ISO; null when they have none, or keep it. */
export function nextShiftEnd(team: Team, person: PersonId, at: string): string | null {
  const { roster } = team
  if (roster === null) return null
  const ends = roster.tiers.flatMap(tier => {
    const overrides = roster.overrides.filter(override => override.tier === tier.name)
    const isTheirs =
      tier.rotation.includes(person) ||
      overrides.some(override => override.person === person && Date.parse(override.until) > Date.parse(at))
    return isTheirs ? (endOfTurn({ ...team, roster: { ...roster, tiers: [tier], overrides } }, person, at) ?? []) : []
  })
  return ends.toSorted()[0] ?? null
}

/** On the only tier of this roster. */
function endOfTurn(team: Team, person: PersonId, at: string): string | null {
  let moment = new Date(at).toISOString()
  for (let change = 0; change < CHANGES_AHEAD; change += 1) {
    const next = nextHandover(team, moment)
    if (next === null || onCall(team, 0, moment) === person) return next
    moment = next
  }
  return null
}

/** Everybody of the roster, on call or not, first tier first: for all hands (I1.1). */
export function everybodyOnRoster(team: Team, at: string): readonly PersonId[] {
  const { roster } = team
  const rotations = roster === null ? (team.groups[RESPONDERS] ?? []) : roster.tiers.flatMap(tier => tier.rotation)
  return [...new Set([...onCallNow(team, at).map(({ person }) => person), ...rotations])]
}

/** Without a roster each responder is a tier of their own. */
function tierNames({ roster, groups }: Team): readonly string[] {
  return roster === null ? (groups[RESPONDERS] ?? []).map(() => RESPONDERS) : roster.tiers.map(({ name }) => name)
}

function standIn({ overrides }: Roster, { name }: RosterTier, at: string): PersonId | null {
  const time = Date.parse(at)
  const found = overrides.findLast(
    ({ tier, from, until }) => tier === name && Date.parse(from) <= time && time < Date.parse(until),
  )
  return found?.person ?? null
}

function ofRotation(team: Team, roster: Roster, tier: RosterTier, at: string): PersonId | null {
  const days = daysBetween(tier.start, dayOfDuty(team, roster, at))
  if (days < 0) return null
  return tier.rotation[Math.floor(days / tier.days) % tier.rotation.length] ?? null
}

/** The local day on which the duty of this moment began. */
function dayOfDuty({ timezone }: Team, { handoverHour }: Roster, at: string): string {
  const { day, hour } = localMoment(at, timezone)
  return hour < handoverHour ? addDays(day, -1) : day
}

/** The next moment after `at` at which a rotation moves on or an override begins or ends, whether or not it makes a difference. */
function nextBoundary(team: Team, at: string): string | null {
  const { roster } = team
  if (roster === null) return null
  const rotations = roster.tiers.flatMap(tier => nextTurn(team, roster, tier, at) ?? [])
  const overrides = roster.overrides
    .flatMap(({ from, until }) => [from, until])
    .map(time => new Date(time).toISOString())
    .filter(time => time > at)
  return [...rotations, ...overrides].toSorted()[0] ?? null
}

function nextTurn(team: Team, roster: Roster, { start, days, rotation }: RosterTier, at: string): string | null {
  const passed = daysBetween(start, dayOfDuty(team, roster, at))
  if (passed >= 0 && new Set(rotation).size < 2) return null
  const turn = passed < 0 ? start : addDays(start, (Math.floor(passed / days) + 1) * days)
  return momentOf({ day: turn, hour: roster.handoverHour, minute: 0 }, team.timezone)
}
