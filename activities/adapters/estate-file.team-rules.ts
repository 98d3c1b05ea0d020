/** What the shape of the team cannot say: names that nobody has, one account or key of two people, groups that are missing. */
import { didYouMean } from '../../domain/did-you-mean.ts'
import { type Breach, type Place, valueAt } from './estate-file.problems.ts'

export function checkTeam(data: unknown): readonly Breach[] {
  if (valueAt(data, ['team']) === undefined) return []
  const people = keys(valueAt(data, ['team', 'people']))
  return [
    ...mentions(data).flatMap(({ place, name }) => unknownPerson(place, name, people)),
    ...unknownTiers(data),
    ...missingGroups(data),
    ...tooFewToDecide(data),
    ...doubles(data, people),
    ...hours(data),
  ]
}

interface Mention {
  readonly place: Place
  readonly name: unknown
}

/** Every place that names a person. */
function mentions(data: unknown): readonly Mention[] {
  const group = (place: Place) => list(valueAt(data, place)).map((name, index) => ({ place: [...place, index], name }))
  return [
    ...keys(valueAt(data, ['team', 'groups'])).flatMap(name => group(['team', 'groups', name])),
    ...list(valueAt(data, ['team', 'oncall', 'tiers'])).flatMap((_, index) =>
      group(['team', 'oncall', 'tiers', index, 'rotation']),
    ),
    ...list(valueAt(data, ['team', 'oncall', 'overrides'])).map((override, index) => ({
      place: ['team', 'oncall', 'overrides', index, 'person'],
      name: valueAt(override, ['person']),
    })),
  ]
}

function unknownPerson(place: Place, name: unknown, people: readonly string[]): readonly Breach[] {
  if (typeof name !== 'string' || people.includes(name)) return []
  return [{ place, message: `no such person as "${name}"${didYouMean(name, people)}; known are ${people.join(', ')}` }]
}

function unknownTiers(data: unknown): readonly Breach[] {
  const tiers = list(valueAt(data, ['team', 'oncall', 'tiers'])).map(tier => String(valueAt(tier, ['name'])))
  return list(valueAt(data, ['team', 'oncall', 'overrides'])).flatMap((override, index) => {
    const tier = valueAt(override, ['tier'])
    const from = valueAt(override, ['from'])
    const until = valueAt(override, ['until'])
    const place = ['team', 'oncall', 'overrides', index]
    return [
      ...(typeof tier !== 'string' || tiers.includes(tier)
        ? []
        : [{ place: [...place, 'tier'], message: `no such tier as "${tier}"; known are ${tiers.join(', ')}` }]),
      ...(typeof from === 'string' && typeof until === 'string' && Date.parse(from) >= Date.parse(until)
        ? [{ place: [...place, 'until'], message: 'must be later than from' }]
        : []),
    ]
  })
}

/** A decision that nobody may take is a trap at 3 a.m. */
function missingGroups(data: unknown): readonly Breach[] {
  const groups = keys(valueAt(data, ['team', 'groups']))
  const asked: readonly (readonly [string, string])[] = [
    ['approvers', 'approvers'],
    ['escalation', 'leads'],
    ['emergency', 'emergency'],
  ]
  return asked.flatMap(([setting, usual]) => {
    const place = ['team', 'approvals', setting]
    const name = valueAt(data, place) ?? usual
    if (typeof name !== 'string') return []
    const members = list(valueAt(data, ['team', 'groups', name]))
    if (members.length > 0) return []
    const known = groups.length === 0 ? 'there are none' : `known are ${groups.join(', ')}`
    return [{ place, message: `the group "${name}" of approvals.${setting} has no members; ${known}` }]
  })
}

/** Who asks does not count, so that a quorum of all can never be reached by a group whose members ask each other. */
function tooFewToDecide(data: unknown): readonly Breach[] {
  const place = ['team', 'approvals', 'quorum']
  const quorum = valueAt(data, place)
  if (typeof quorum !== 'number' || quorum < 2) return []
  const asked = ['approvers', 'emergency'] as const
  return asked.flatMap(setting => {
    const name = valueAt(data, ['team', 'approvals', setting]) ?? setting
    const members = new Set(list(valueAt(data, ['team', 'groups', String(name)])))
    // A group without members is a breach of its own.
    if (members.size === 0 || members.size > quorum) return []
    const message = `must be less than ${members.size}, the members of "${name}": whoever asks does not count`
    return [{ place, message }]
  })
}

/** An account or a key stands for one person only: otherwise two people could be one, or one two. */
function doubles(data: unknown, people: readonly string[]): readonly Breach[] {
  const owners = new Map<string, string>()
  return people.flatMap(person =>
    (['slack', 'keys'] as const).flatMap(kind =>
      list(valueAt(data, ['team', 'people', person, kind])).flatMap((value, index) => {
        const text = typeof value === 'string' ? value : String(valueAt(value, ['key']))
        const owner = owners.get(text)
        owners.set(text, person)
        const what = kind === 'slack' ? 'account' : 'key'
        return owner === undefined
          ? []
          : [{ place: ['team', 'people', person, kind, index], message: `this ${what} is already that of ${owner}` }]
      }),
    ),
  )
}

function hours(data: unknown): readonly Breach[] {
  const from = valueAt(data, ['team', 'officeHours', 'from'])
  const until = valueAt(data, ['team', 'officeHours', 'until'])
  if (typeof from !== 'number' || typeof until !== 'number' || from < until) return []
  return [{ place: ['team', 'officeHours', 'until'], message: `must be later than from (${from})` }]
}

function keys(value: unknown): readonly string[] {
  return value !== null && typeof value === 'object' ? Object.keys(value) : []
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
