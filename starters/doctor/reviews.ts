/** Which emergency decisions wait for a review: each keeps its incident open, and keeps who broke glass from doing so again. */
import type { Ledger } from '../../activities/adapters/ledger/ledger.ts'
import { unreviewed } from '../../activities/adapters/open-reviews.ts'
import { approvalName } from '../../domain/approvals/rows.ts'
import type { Finding } from '../../domain/findings.ts'
import type { Team } from '../../domain/team/team.ts'
import { judged } from './check.ts'

const MOST_NAMES = 10

export async function examineReviews(ledger: Pick<Ledger, 'emergencyUses'>, team: Team): Promise<readonly Finding[]> {
  const id = 'ledger.reviews'
  const open = unreviewed(await ledger.emergencyUses({ all: true }), team)
  if (open.length === 0) return [judged(id, 'ok', 'no emergency decision waits for its review')]
  const names = open.map(({ used: { approvalId, person }, opened }) => {
    return `${approvalName(approvalId, opened === null ? [] : [opened])} of ${person}`
  })
  const rest = names.length - MOST_NAMES
  const list = `${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  const hint = 'Somebody else closes each: ops review APR-… --reason R. A review that nobody has signed closes nothing.'
  return [
    judged(id, 'warn', `emergency decisions wait for their review: ${list}`, {
      hint,
      evidence: { open: names.length },
    }),
  ]
}
