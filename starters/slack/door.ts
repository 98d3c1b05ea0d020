/** What every handler of the chat's door needs. */
import type { Client } from '@temporalio/client'
import type { Ledger } from '../../activities/adapters/ledger/ledger.ts'
import type { SigningIdentity } from '../../activities/adapters/signing.ts'
import type { Estate } from '../../domain/estate.ts'
import type { PersonId, SlackPlaces, Team } from '../../domain/team/team.ts'
import type { People } from './people.ts'
import type { SlackWeb } from './web.ts'

/** The log of a process, as far as the door uses it. */
export interface DoorLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface Door {
  readonly client: Client
  readonly slack: SlackWeb
  readonly people: People
  readonly estate: () => Promise<Estate>
  /** Null without a ledger: freeze, thaw and lists of what is over are not possible then. */
  readonly ledger: Pick<Ledger, 'note' | 'currentFreeze' | 'listDecisions' | 'timelineOf'> | null
  /** The key with which the door vouches for people. */
  readonly signer: SigningIdentity
  readonly environment: Readonly<Record<string, string | undefined>>
  /** How long a write is tried before its person is told that it is not recorded, ms. */
  readonly giveUpMs: number
  /** Aborted when the process is told to end: what is not confirmed then is given up. */
  readonly closing: AbortSignal
  readonly log: DoorLog
}

/** A person who was recognised, with the team as it was at that moment. */
export interface Speaker {
  readonly id: PersonId
  readonly team: Team
  readonly places: SlackPlaces
}

/** One thing that a person asked for: its id is made of Slack's own, so that a repeated delivery is the same thing. */
export interface Asked {
  readonly by: Speaker
  readonly id: string
  /** ISO. */
  readonly at: string
}
