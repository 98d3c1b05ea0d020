/** How a decision ended, and who tried what, in lines for its card. */
import type { Attempt, Gate } from '../approvals/approval.ts'
import { approvalsOf, decisiveAttempt } from '../approvals/gate.ts'
import { formatSpan } from '../report/format.ts'
import { type CardContext, nameOf } from './card-context.ts'
import { code, type Markup, markup, moment, piece } from './text.ts'

/** The approvals that stand, each with when and how it came. */
export function votesOf(gate: Gate): readonly Attempt[] {
  return approvalsOf(gate).flatMap(person => {
    const vote = gate.attempts.findLast(one => {
      return one.counted && one.person === person && one.verdict !== 'deny' && one.verdict !== 'withdraw'
    })
    return vote ?? []
  })
}

export function verdictLines(gate: Gate, card: CardContext): readonly Markup[] {
  const { request, openedAt, decidedAt, digest } = gate
  const end = decidedAt ?? card.now
  const votes = votesOf(gate)
  const quorum = request.policy.quorum
  const plan = markup`plan ${code(digest.slice(0, 12))} · after ${formatSpan(openedAt, end)}`
  switch (gate.state) {
    case 'open':
      return []
    case 'approved':
      return gate.special === null
        ? [markup`✅ *Approved ${votes.length}/${quorum}* · ${plan}`, ...voteLines(votes, card)]
        : [...specialLines(gate, gate.special, card), plan]
    case 'denied':
      return [markup`⛔ *Denied* · ${plan}`, ...deniedLines(gate, card)]
    case 'expired': {
      const said = votes.length === 0 ? markup`nobody of ${request.policy.group} answered` : markup`too few answered`
      return [markup`⌛ *Expired, not approved*: ${said} (${votes.length}/${quorum}) · ${plan}`]
    }
    case 'void':
      return [markup`↩ *Void*: what it would do has changed, so nobody's approval counts · ${plan}`]
    case 'cancelled':
      return [markup`✖ *Cancelled* with its run at ${moment(end)} · ${plan}`]
  }
}

function voteLines(votes: readonly Attempt[], { team }: CardContext): readonly Markup[] {
  return votes.map(({ person, at, door, reason }) => {
    const why = reason === '' ? markup`` : markup`: ${reason}`
    return markup`• ${nameOf(team, person)} ${moment(at)} via ${door}${why}`
  })
}

function specialLines(gate: Gate, special: 'approve-alone' | 'breakglass', { team }: CardContext): readonly Markup[] {
  const { policy } = gate.request
  const used = decisiveAttempt(gate)
  const who = used === null ? markup`somebody` : nameOf(team, used.person)
  const where = used === null ? markup`` : markup` ${moment(used.at)} via ${used.door}`
  const why = piece(used?.reason ?? '', 600)
  return special === 'breakglass'
    ? [
        markup`🚨 *BREAK-GLASS by ${who}*${where}. ${policy.quorum} of ${policy.group} were passed over; a review is open until it is closed.`,
        markup`Reason: ${why}`,
      ]
    : [markup`⚠️ *Approved ALONE by ${who}*${where}. A review is open until it is closed.`, markup`Reason: ${why}`]
}

function deniedLines(gate: Gate, { team }: CardContext): readonly Markup[] {
  const denial = decisiveAttempt(gate)
  if (denial === null) return []
  return [
    markup`by ${nameOf(team, denial.person)} ${moment(denial.at)} via ${denial.door}: “${piece(denial.reason, 600)}”`,
  ]
}

/** So many tries of a kind are told one by one, the last ones; the rest is counted. */
const TOLD = 3

/** Who took an approval back, or lost it: their vote is not there any more, and this says why. */
export function withdrawnLines({ attempts }: Gate, { team }: CardContext): readonly Markup[] {
  const withdrawn = attempts.filter(({ counted, verdict }) => counted && verdict === 'withdraw')
  return withdrawn.slice(-TOLD).map(({ person, at, door, reason }) => {
    const why = reason === '' ? markup`` : markup`: ${piece(reason, 200)}`
    return markup`↩ ${nameOf(team, person)} withdraws, ${moment(at)} via ${door}${why}`
  })
}

/** Tries that did not count are shown as well: whoever reads the card sees that somebody tried. */
export function refusedLines({ attempts, forgotten = 0 }: Gate, { team }: CardContext): readonly Markup[] {
  const refused = attempts.filter(({ counted }) => !counted)
  if (refused.length === 0) return []
  const all = refused.length + forgotten
  const count = all === 1 ? markup`1 try was refused` : markup`${all} tries were refused`
  const head = markup`🚫 ${count}${all > TOLD ? markup`; the last ${TOLD}` : markup``}:`
  const told = refused.slice(-TOLD).map(({ verdict, person, door, at, refusal }) => {
    return markup`• ${verdict} by ${nameOf(team, person)} via ${door} ${moment(at)} (${piece(refusal, 200)})`
  })
  return [head, ...told]
}
