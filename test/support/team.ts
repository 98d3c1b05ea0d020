/** The people of the sandbox and how they are reached: who is in the stories of all tests. A test spreads it and changes what it is about. */
import type { Person, PersonId, Team } from '../../domain/team/team.ts'

export const ana = 'ana' as PersonId
export const ben = 'ben' as PersonId
export const cy = 'cy' as PersonId
export const dee = 'dee' as PersonId

const person = (id: PersonId, slackUsers: readonly string[], phone: string): Person => ({
  id,
  name: id,
  email: `${id}@sandbox.test`,
  phone,
  slackUsers,
})

export const team: Team = {
  timezone: 'UTC',
  people: [
    person(ana, ['U0ANA', 'U0ANA2'], '+1 555 0101'),
    person(ben, ['U0BEN'], '+1 555 0102'),
    person(cy, ['U0CY'], '+1 555 0103'),
    person(dee, ['U0DEE'], '+1 555 0104'),
  ],
  groups: { responders: [ana, ben, cy], approvers: [ana, ben, cy], leads: [dee], emergency: [ben, dee] },
  keys: [],
  roster: {
    handoverHour: 9,
    tiers: [
      { name: 'first', rotation: [ana], days: 7, start: '2026-01-05' },
      { name: 'second', rotation: [cy], days: 7, start: '2026-01-05' },
      { name: 'manager', rotation: [dee], days: 7, start: '2026-01-05' },
    ],
    overrides: [],
  },
  pageBy: ['slack', 'mail'],
  holidays: [],
  officeHours: { from: 9, until: 18 },
  audiences: {
    ops: ['ops@sandbox.test'],
    management: ['management@sandbox.test'],
    stakeholders: ['stakeholders@sandbox.test'],
  },
  approvals: {
    approvers: 'approvers',
    escalation: 'leads',
    emergency: 'emergency',
    remindMinutes: 5,
    escalateMinutes: 10,
    expireMinutes: 60,
  },
  slack: { teamId: 'T0SANDBOX', appId: 'A0OPS', incidents: 'C0INCIDENTS', ops: 'C0OPS', command: '/ops' },
}
