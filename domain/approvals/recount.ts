/**
 * Approvals that came earlier, looked at again when a quorum would be reached: all of them count as of one moment. Whoever has
 * left the group by then, or whose key was retired, is taken out, on record.
 */
import type { Attempt, Gate, Proof } from './approval.ts'
import { decidingGroups } from './gate.ts'

/** Somebody whose approval counts so far, and what their signature is worth now. */
export interface Voice {
  readonly person: string
  readonly proof: Proof
}

/** `gone`: a withdrawal for each that counts no more, made by the run and not by the person. */
export function recount(
  gate: Gate,
  voices: readonly Voice[],
  now: string,
): { readonly gate: Gate; readonly gone: readonly Attempt[] } {
  const gone = voices.flatMap(({ person, proof }): readonly Attempt[] => {
    const why = whyNoMore(gate, proof)
    if (why === null) return []
    const reason = `counted no more when the quorum would have been reached: ${why}`
    return [{ at: now, person, door: 'ops', verdict: 'withdraw', reason, counted: true, refusal: '' }]
  })
  return { gate: gone.length === 0 ? gate : { ...gate, attempts: [...gate.attempts, ...gone] }, gone }
}

function whyNoMore(gate: Gate, proof: Proof): string | null {
  if (proof.kind === 'refused') return proof.why
  const deciding = decidingGroups(gate)
  if (deciding.some(group => proof.groups.includes(group))) return null
  return `not in the group ${deciding.join(' or ')} any more`
}
