/** Requests for changes as the command line signs them, for tests that start the run themselves. */
import { signRequest } from '../../activities/adapters/signing.ts'
import { askedForChange } from '../../domain/approvals/change-gate.ts'
import type { AskedFor, SignedRequest } from '../../domain/approvals/request-statement.ts'
import type { ChangeRequest } from '../../domain/changes.ts'
import { askedForFix, type FixRequest } from '../../domain/fixes/request.ts'
import { askedForRules, type MonitoringRequest } from '../../domain/monitoring/update.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { personKey } from './gate-rig.ts'

/** By the key of this person, or of another one. */
export function requestBy(
  asked: AskedFor,
  changes: { readonly at?: string; readonly key?: string } = {},
): SignedRequest {
  const { at = new Date().toISOString(), key = asked.person } = changes
  const person = asked.person as PersonId
  return signRequest({ v: 1, ...asked, person, door: 'cli', at }, personKey(key))
}

export function provenChange(request: ChangeRequest): ChangeRequest {
  return { proof: requestBy(askedForChange(request)), ...request }
}

export function provenFix(request: FixRequest): FixRequest {
  return { proof: requestBy(askedForFix(request)), ...request }
}

export function provenRules(request: MonitoringRequest): MonitoringRequest {
  return { proof: requestBy(askedForRules(request)), ...request }
}
