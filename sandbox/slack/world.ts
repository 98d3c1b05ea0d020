/** What exists in the stand-in's workspace, and the sandbox team with which it begins. */
import type { Fields } from './json.ts'

export type Block = Fields

export const TEAM = { id: 'T0SANDBOX', domain: 'sandbox', name: 'Sandbox' } as const
export const APP = { id: 'A0OPS', bot: 'B0OPS', user: 'U0OPSBOT', name: 'ops' } as const

export interface Person {
  /** U… */
  readonly id: string
  /** The short name, also in the address of the person's page. */
  readonly name: string
  readonly realName: string
  readonly email: string
  /** Another one than TEAM for somebody who is only connected to a shared channel. */
  readonly teamId: string
  readonly isBot: boolean
  /** A guest. */
  readonly isRestricted: boolean
  readonly deleted: boolean
}

export interface Group {
  /** S… */
  readonly id: string
  readonly handle: string
  readonly users: readonly string[]
}

export interface Channel {
  /** C…, or D… for the conversation of one person with the app. */
  readonly id: string
  readonly name: string
  readonly isIm: boolean
  readonly isPrivate: boolean
  readonly isArchived: boolean
  /** Unix seconds. */
  readonly created: number
  readonly creator: string
  readonly topic: string
  readonly purpose: string
  readonly members: readonly string[]
}

export interface Message {
  readonly channel: string
  readonly ts: string
  readonly threadTs?: string
  readonly broadcast?: boolean
  readonly user: string
  readonly text: string
  readonly blocks: readonly Block[]
  readonly metadata?: Fields
  readonly clientMsgId?: string
  /** ts of the edit that is shown as "(edited)". */
  readonly edited?: string
  readonly reactions?: Readonly<Record<string, readonly string[]>>
}

/** Only one person sees it, and it is gone after a restart, as it is gone after a reload in Slack. */
export interface Ephemeral {
  readonly channel: string
  readonly ts: string
  readonly threadTs?: string
  readonly user: string
  readonly text: string
  readonly blocks: readonly Block[]
}

const person = (id: string, name: string, realName: string, more: Partial<Person> = {}): Person => ({
  id,
  name,
  realName,
  email: `${name}@example.test`,
  teamId: TEAM.id,
  isBot: false,
  isRestricted: false,
  deleted: false,
  ...more,
})

export const PEOPLE: readonly Person[] = [
  person(APP.user, APP.name, 'ops', { isBot: true, email: '' }),
  person('U0ANA', 'ana', 'Ana Alvarez'),
  person('U0ANA2', 'ana2', 'Ana Alvarez (second account)', { email: 'ana@example.test' }),
  person('U0BEN', 'ben', 'Ben Okafor'),
  person('U0CY', 'cy', 'Cy Nakamura'),
  person('U0DEE', 'dee', 'Dee Larsen'),
  person('U0GUEST', 'guest', 'Gil Guest', { isRestricted: true }),
  person('U0OTHERBOT', 'otherbot', 'Another app', { isBot: true, email: '' }),
  person('U0STRANGER', 'stranger', 'Sam Stranger', { teamId: 'T0ELSEWHERE', email: 'sam@elsewhere.test' }),
]

export const GROUPS: readonly Group[] = [
  { id: 'S0RESPONDERS', handle: 'responders', users: ['U0ANA', 'U0BEN', 'U0CY'] },
  { id: 'S0APPROVERS', handle: 'approvers', users: ['U0ANA', 'U0BEN', 'U0CY'] },
  { id: 'S0LEADS', handle: 'leads', users: ['U0DEE'] },
  { id: 'S0EMERGENCY', handle: 'emergency', users: ['U0BEN', 'U0DEE'] },
]

export function channelsOf(people: readonly Person[], created: number): readonly Channel[] {
  const ours = people.filter(({ teamId, isRestricted }) => teamId === TEAM.id && !isRestricted)
  const channel = (id: string, name: string, purpose: string, members: readonly Person[]): Channel => ({
    id,
    name,
    isIm: false,
    isPrivate: false,
    isArchived: false,
    created,
    creator: 'U0DEE',
    topic: '',
    purpose,
    members: members.map(member => member.id),
  })
  return [
    // Shared with another company: what its people press arrives here as well.
    channel('C0INCIDENTS', 'incidents', 'What is broken, and who is on it', people),
    channel('C0OPS', 'ops', 'Procedures, approvals, the morning health check', ours),
  ]
}
