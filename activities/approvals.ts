/** What a gate needs from the world: the digest of its plan, proof of a signature as of now, and which reviews are still open. */
import type { Proof, SignedStatement } from '../domain/approvals/approval.ts'
import {
  judgeRequest,
  type RequestProof,
  readRequest,
  refusedRow,
  type SignedRequest,
  UNSIGNED,
  USED,
  usedRow,
} from '../domain/approvals/request-statement.ts'
import type { EmergencyUse } from '../domain/approvals/review.ts'
import { approvalName, openedRow } from '../domain/approvals/rows.ts'
import { UNHEARD } from '../domain/approvals/unheard.ts'
import { OpsError } from '../domain/failures.ts'
import type { Incident } from '../domain/incident/incident.ts'
import { isOpen } from '../domain/incident/transitions.ts'
import type { Team } from '../domain/team/team.ts'
import type { UseFilter } from './adapters/ledger/incidents.ts'
import type { Ledger } from './adapters/ledger/ledger.ts'
import { unreviewed } from './adapters/open-reviews.ts'
import { checkRequest, checkSignature, digestOfPlan, digestOfRequest } from './adapters/signing.ts'
import type { ApprovalActivities } from './incident-response.ts'

export interface ApprovalPorts {
  /** Reads the estate file anew at every call: who was removed a second ago decides nothing any more. */
  readonly readTeam: () => Promise<Team>
  readonly ledger: Pick<Ledger, 'append' | 'emergencyUses'>
  /** State of the incident with this run, which may have ended; null before it has its number. */
  readonly readIncident: (workflowId: string) => Promise<Pick<Incident, 'severity' | 'status' | 'acknowledged'> | null>
  /** Milliseconds. */
  readonly clock?: () => number
}

export function createApprovalActivities({
  readTeam,
  ledger,
  readIncident,
  clock = Date.now,
}: ApprovalPorts): ApprovalActivities {
  const openUses = async (filter: UseFilter): Promise<readonly EmergencyUse[]> => {
    const uses = await ledger.emergencyUses(filter)
    if (uses.length === 0) return []
    return unreviewed(uses, await readTeam())
  }

  return {
    /** Idempotent: the row stands under the approval id, and the digest follows from the plan. */
    async openApproval({ approvalId, workflowId, request, openedAt }) {
      const digest = digestOfPlan(request.plan)
      const { conflicting } = await ledger.append([openedRow({ approvalId, workflowId, digest, openedAt, request })])
      if (conflicting.length === 0) return { digest }
      throw new OpsError({
        owner: 'operator',
        message: `the ledger already holds another question under ${approvalId}`,
        hint: 'The first one stands. Ask again: a new question gets a new id.',
      })
    },

    /** Idempotent: a second try finds its own row, another run finds that of the first one. */
    async proveRequest({ proof, use }) {
      const signed = readRequest(proof)
      const digest = signed === null ? '' : digestOfRequest(signed)
      const refuse = async (why: Extract<RequestProof, { kind: 'refused' }>): Promise<RequestProof> => {
        await ledger.append([refusedRow(signed, use, digest, why)])
        return why
      }
      if (signed === null) return await refuse(UNSIGNED)
      const now = new Date(clock()).toISOString()
      const found = genuineRequest(signed, await readTeam(), now)
      const judged = found.kind === 'refused' ? found : judgeRequest(signed, use.asked, now)
      if (judged.kind === 'refused') return await refuse(judged)
      const { conflicting } = await ledger.append([usedRow(signed, use, digest)])
      return conflicting.length === 0 ? judged : await refuse(USED)
    },

    /** A read. Whatever cannot be found out is a refusal: nobody decides on the strength of what is not known. */
    async verifyStatement(signed): Promise<Proof> {
      let team: Team
      try {
        team = await readTeam()
      } catch (error) {
        const why = error instanceof OpsError ? error.message : 'the estate file is not readable'
        return refused(
          `who may decide cannot be read now (${why})`,
          'Correct the estate file (ops estate check), then decide again.',
        )
      }
      return proofOf(signed, team, new Date(clock()).toISOString())
    },

    /** A read. What cannot be read takes nobody's approval away: the caller decides on nothing then. */
    async verifyAgain(all) {
      const team = await readTeam()
      const now = new Date(clock()).toISOString()
      return all.map(signed => proofOf(signed, team, now))
    },

    /** A read. Each with its incident, where there is one: APR-0123456789 (INC-7). */
    async openReviews(person) {
      return (await openUses({ person })).map(nameOf)
    },

    /** A read. Throws when the ledger does not hold this use: then nobody can say what comes before it. */
    async openReviewsBefore({ person, approvalId }) {
      const uses = await openUses({ person })
      const own = uses.findIndex(({ used }) => used.approvalId === approvalId)
      if (own >= 0) return uses.slice(0, own).map(nameOf)
      throw new OpsError({
        owner: 'operator',
        message: `the ledger holds no open emergency decision of ${person} under ${approvalId}`,
        hint: 'Decide again; ops ledger verify shows whether rows are missing.',
      })
    },

    /** A read. */
    async openReviewsIn(incident) {
      return (await openUses({ incident })).map(({ used: { approvalId, person } }) => ({ approvalId, person }))
    },

    /** A read. Who is not Critical's holder at this moment, or of an incident that is over, decides nothing alone. */
    async readHolder({ workflowId }) {
      const incident = await readIncident(workflowId)
      if (incident === null || incident.severity !== 'critical' || !isOpen(incident.status)) return null
      return incident.acknowledged?.by ?? null
    },
  }
}

function nameOf({ used, opened }: EmergencyUse): string {
  return approvalName(used.approvalId, opened === null ? [] : [opened])
}

function proofOf(signed: SignedStatement, team: Team, now: string): Proof {
  const check = checkSignature(signed, team.keys, now)
  if (check.kind === 'refused') return check
  const { person, unheard } = signed.statement
  if (unheard !== undefined) return { kind: 'refused', ...UNHEARD[unheard] }
  if (!isKnown({ person }, team)) return unknownPerson({ person })
  const groups = Object.entries(team.groups)
    .filter(([, members]) => members.includes(person))
    .map(([group]) => group)
  return { kind: 'genuine', person, groups }
}

function genuineRequest(signed: SignedRequest, team: Team, now: string): RequestProof {
  const check = checkRequest(signed, team.keys, now)
  if (check.kind === 'refused') return check
  return isKnown(signed.statement, team) ? { kind: 'genuine' } : unknownPerson(signed.statement)
}

function isKnown({ person }: { readonly person: string }, { people }: Team): boolean {
  return people.some(({ id }) => id === person)
}

function unknownPerson({ person }: { readonly person: string }) {
  return refused(`nobody in the estate file is called ${person}`, 'Ask for an entry under team.people.')
}

function refused(why: string, hint: string): Extract<Proof, { kind: 'refused' }> {
  return { kind: 'refused', why, hint }
}
