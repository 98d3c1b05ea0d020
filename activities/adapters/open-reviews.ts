/** Emergency decisions that nobody has reviewed. A row that says "reviewed" and proves it counts, and no other. */
import { type EmergencyUse, refuseReview } from '../../domain/approvals/review.ts'
import { readReview } from '../../domain/approvals/statement.ts'
import type { Team } from '../../domain/team/team.ts'
import { checkSignature } from './signing.ts'

export function unreviewed(uses: readonly EmergencyUse[], team: Team): readonly EmergencyUse[] {
  return uses.filter(use => !use.reviews.some(({ proof }) => isReview(proof, use, team)))
}

/** A key that was retired after the signature was made speaks for it still. */
function isReview(proof: unknown, use: EmergencyUse, team: Team): boolean {
  const signed = readReview(proof)
  if (signed === null || refuseReview(use, signed.statement, team) !== null) return false
  return checkSignature(signed, team.keys, signed.statement.at).kind === 'genuine'
}
