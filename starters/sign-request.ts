/** What a door adds to a command that asks for a change: the proof of who asks. Everything else needs none. */
import { type SigningIdentity, signRequest } from '../activities/adapters/signing.ts'
import { changeText } from '../domain/approvals/request-statement.ts'
import type { IncidentMessage } from '../domain/incident/commands.ts'
import type { PersonId } from '../domain/team/team.ts'

export interface Asking {
  readonly person: PersonId
  readonly door: 'slack' | 'cli'
  /** Of the person, or of the door that recognised them. */
  readonly signer: SigningIdentity
}

/** @param about run of the incident. */
export function withProof(message: IncidentMessage, about: string, { person, door, signer }: Asking): IncidentMessage {
  const { command, at } = message
  if (command.kind !== 'workaround' && command.kind !== 'fix') return message
  const proof = signRequest({ v: 1, about, what: changeText(command), person, door, at }, signer)
  return { ...message, proof }
}
