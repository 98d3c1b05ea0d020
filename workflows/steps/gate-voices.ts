/** What those have signed whose approvals a run has heard, so that all of them can be looked at again when a quorum is reached. */
import { ActivityFailure } from '@temporalio/workflow'
import type { Gate, SignedStatement } from '../../domain/approvals/approval.ts'
import { approvalsOf } from '../../domain/approvals/gate.ts'
import { recount } from '../../domain/approvals/recount.ts'
import { attemptRow } from '../../domain/approvals/rows.ts'
import { onControlPlane } from '../proxies.ts'
import type { GateRecord } from './gate-record.ts'

export interface Voices {
  /** An approval that counts. */
  keep(signed: SignedStatement): void
  /** Those whose approvals count so far. */
  of(gate: Gate): readonly SignedStatement[]
}

export function keepVoices(): Voices {
  const said = new Map<string, SignedStatement>()
  const key = (approvalId: string, person: string): string => `${approvalId}/${person}`
  return {
    keep: signed => void said.set(key(signed.statement.approvalId, signed.statement.person), signed),
    of: gate => approvalsOf(gate).flatMap(person => said.get(key(gate.approvalId, person)) ?? []),
  }
}

/** The gate with those taken out whose approval counts no more at this moment; null when nobody can say. */
export async function recounted(
  gate: Gate,
  voices: readonly SignedStatement[],
  number: number,
  record: GateRecord,
): Promise<Gate | null> {
  try {
    const proofs = await onControlPlane('briefly', 'Look again at those who have approved').verifyAgain(voices)
    const known = voices.flatMap(({ statement: { person } }, index) => {
      const proof = proofs[index]
      return proof === undefined ? [] : [{ person, proof }]
    })
    const { gate: left, gone } = recount(gate, known, new Date().toISOString())
    await record.write(gone.map(one => attemptRow(gate, gate.digest, one, `lapsed-${number}-${one.person}`)))
    return left
  } catch (error) {
    if (error instanceof ActivityFailure) return null
    throw error
  }
}
