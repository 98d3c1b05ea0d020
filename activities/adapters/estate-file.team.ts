/** The part of the estate file about people: its shape, and the team that it describes. */
import { z } from 'zod'
import { STALE_MINUTES } from '../../domain/incident/deadlines.ts'
import type { PersonId, SigningKey, Team } from '../../domain/team/team.ts'
import { keyId } from './key-id.ts'

const text = z.string().min(1, 'must not be empty')
const personId = text.regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be the id of a person: lower-case letters, digits, hyphens')
const day = z.iso.date('must be a day as YYYY-MM-DD')
const instant = z.iso.datetime({ offset: true, error: 'must be a time with its zone, such as 2026-11-23T09:00:00Z' })
const hour = z.int().min(0).max(24)
const minutes = z.int().positive()
const people = z.array(personId)
const addresses = z.array(z.email('must be a mail address')).default([])

const publicKey = text.regex(
  /^[\w-]{43}$/,
  'must be a raw Ed25519 public key in base64url, 43 characters (ops whoami --key)',
)
const Key = z.union([publicKey, z.strictObject({ key: publicKey, retiredAt: instant })], {
  error: 'must be a public key, or {key, retiredAt}',
})

const Person = z.strictObject({
  name: text,
  email: z.email('must be a mail address').optional(),
  phone: text.optional().describe('Printed when no page can be delivered'),
  slack: z
    .array(text.regex(/^[UW][A-Z0-9]{2,}$/, 'must be a Slack user id such as U012AB3CD'))
    .default([])
    .describe('Every Slack account of this person: all of them are one identity'),
  keys: z.array(Key).default([]).describe('Public keys with which this person signs at the command line'),
})

const Tier = z.strictObject({
  name: text,
  rotation: people.min(1, 'must name somebody').describe('One after the other'),
  days: z.int().positive().default(7).describe('How long each is on call'),
  start: day.default('2026-01-05').describe('Day on which the first of the rotation begins'),
})

const Override = z.strictObject({ tier: text, person: personId, from: instant, until: instant, reason: text })

const OnCall = z.strictObject({
  handoverHour: hour.max(23).default(9).describe('Local hour at which the next one takes over'),
  tiers: z.array(Tier).min(1, 'must have a tier').describe('The first is paged first'),
  overrides: z.array(Override).default([]).describe('Who stands in, and when; a swap is two of these'),
})

const Approvals = z.strictObject({
  approvers: text.default('approvers').describe('Group that decides'),
  escalation: text.default('leads').describe('Group that is asked when the first stays silent'),
  emergency: text.default('emergency').describe('Group that may break glass'),
  quorum: z.int().min(1).default(1).describe('So many different people have to approve; whoever asks is none of them'),
  remindMinutes: minutes.default(10),
  escalateMinutes: minutes.default(15),
  expireMinutes: minutes.default(60),
})

const Slack = z.strictObject({
  teamId: text.regex(/^[TE][A-Z0-9]+$/, 'must be a workspace id such as T012AB3CD'),
  appId: text.regex(/^A[A-Z0-9]+$/, 'must be an app id such as A012AB3CD'),
  incidents: text.regex(/^[CG][A-Z0-9]+$/, 'must be a channel id such as C012AB3CD'),
  ops: text.regex(/^[CG][A-Z0-9]+$/, 'must be a channel id such as C012AB3CD'),
  command: text.regex(/^\/[a-z0-9_-]{1,31}$/, 'must be a slash command such as /ops').default('/ops'),
})

export const TeamFile = z.strictObject({
  people: z.record(z.string(), Person).describe('By id, for example ana'),
  groups: z
    .record(z.string(), people)
    .default({})
    .describe('Who belongs to responders, approvers, leads, emergency, …'),
  oncall: OnCall.optional().describe('Without it the group responders is paged'),
  pageBy: z
    .array(z.enum(['slack', 'mail', 'webhook']))
    .min(1)
    .default(['slack', 'mail', 'webhook']),
  doorKeys: z
    .array(z.strictObject({ door: z.literal('slack'), key: publicKey, retiredAt: instant.optional() }))
    .default([])
    .describe('Public keys with which doors vouch for people'),
  holidays: z.array(day).default([]).describe('Local days without work'),
  officeHours: z
    .strictObject({ from: hour, until: hour })
    .default({ from: 9, until: 18 })
    .describe('When Low and Medium may make a noise'),
  staleMinutes: minutes
    .default(STALE_MINUTES)
    .describe('Without a sign of activity for so long, whoever has a Critical or High incident is asked'),
  audiences: z
    .strictObject({ ops: addresses, management: addresses, stakeholders: addresses })
    .default({ ops: [], management: [], stakeholders: [] }),
  approvals: Approvals.prefault({}),
  slack: Slack.optional(),
})
export type TeamFile = z.infer<typeof TeamFile>

/** `file` has been checked: every name in it is known. */
export function toTeam(file: TeamFile, timezone: string): Team {
  return {
    timezone,
    people: Object.entries(file.people).map(([id, person]) => ({
      id: id as PersonId,
      name: person.name,
      email: person.email ?? null,
      phone: person.phone ?? null,
      slackUsers: person.slack,
    })),
    groups: Object.fromEntries(Object.entries(file.groups).map(([name, members]) => [name, members as PersonId[]])),
    keys: keysOf(file),
    roster: file.oncall === undefined ? null : toRoster(file.oncall),
    pageBy: file.pageBy,
    holidays: file.holidays,
    officeHours: file.officeHours,
    staleMinutes: file.staleMinutes,
    audiences: file.audiences,
    approvals: file.approvals,
    slack: file.slack ?? null,
  }
}

function toRoster({ handoverHour, tiers, overrides }: z.infer<typeof OnCall>): Team['roster'] {
  return {
    handoverHour,
    tiers: tiers.map(tier => ({ ...tier, rotation: tier.rotation as PersonId[] })),
    overrides: overrides.map(override => ({ ...override, person: override.person as PersonId })),
  }
}

function keysOf(file: TeamFile): readonly SigningKey[] {
  const persons = Object.entries(file.people).flatMap(([id, { keys }]) =>
    keys.map((key): SigningKey => {
      const { key: publicKey, retiredAt } = typeof key === 'string' ? { key, retiredAt: null } : key
      return { kid: keyId(publicKey), publicKey, holder: { kind: 'person', person: id as PersonId }, retiredAt }
    }),
  )
  const doors = file.doorKeys.map(
    ({ door, key, retiredAt }): SigningKey => ({
      kid: keyId(key),
      publicKey: key,
      holder: { kind: 'door', door },
      retiredAt: retiredAt ?? null,
    }),
  )
  return [...persons, ...doors]
}
