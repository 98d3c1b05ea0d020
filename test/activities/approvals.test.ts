/** The gate's activities: run twice they do the same, and what cannot be found out is a refusal. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { UseFilter } from '../../activities/adapters/ledger/incidents.ts'
import { digestOfPlan, signReview, signStatement } from '../../activities/adapters/signing.ts'
import { createApprovalActivities } from '../../activities/approvals.ts'
import type { EmergencyUse, SignedReview } from '../../domain/approvals/review.ts'
import { OpsError } from '../../domain/failures.ts'
import { canonicalText, type DecisionRow, type LedgerRow, rowKey } from '../../domain/ledger.ts'
import type { PersonId, Team } from '../../domain/team/team.ts'
import { at, OPENED, requestOf, said } from '../domain/approvals/samples.ts'
import { criticalHeldBy, doorKey, emergencyUsesIn, personKey, reviewBy, sandboxTeam } from '../support/gate-rig.ts'

/** Keeps the first row of a key, as the real one does. */
function paperLedger() {
  const rows = new Map<string, LedgerRow>()
  const ledger = {
    append: async (added: readonly LedgerRow[]) => {
      const conflicting = added.filter(row => {
        const known = rows.get(rowKey(row))
        return known !== undefined && canonicalText(known) !== canonicalText(row)
      })
      for (const row of added) if (!rows.has(rowKey(row))) rows.set(rowKey(row), row)
      return { sequence: 1, hash: '', added: 1, repeated: 0, conflicting: conflicting.map(rowKey) }
    },
    emergencyUses: async (filter: UseFilter) =>
      emergencyUsesIn(
        [...rows.values()].flatMap(({ table, row }) => (table === 'decisions' ? [row] : [])),
        filter,
      ),
  }
  return { ledger, rows }
}

const clock = () => Date.parse(OPENED)
const { ledger } = paperLedger()
const readIncident = async () => null
const activitiesWith = (readTeam: () => Promise<Team>) =>
  createApprovalActivities({ readTeam, ledger, clock, readIncident })
const activities = activitiesWith(async () => sandboxTeam())

describe('opening an approval', () => {
  const question = { approvalId: 'APR-1', workflowId: 'change:alpha', request: requestOf(), openedAt: OPENED }

  test('twice gives one digest and one row', async () => {
    const paper = paperLedger()
    const { openApproval } = createApprovalActivities({
      readTeam: async () => sandboxTeam(),
      ledger: paper.ledger,
      readIncident,
    })
    const first = await openApproval(question)
    assert.deepEqual(first, { digest: digestOfPlan(question.request.plan) })
    assert.deepEqual(await openApproval(question), first)
    assert.deepEqual([...paper.rows.keys()], ['APR-1/opened'])
    const row = paper.rows.get('APR-1/opened')?.row
    assert.match(JSON.stringify(row), /"person":"ana".*restart opencode-acp on alpha: it answers nobody/)
  })

  test('under the id of another question fails', async () => {
    const { openApproval } = createApprovalActivities({
      readTeam: async () => sandboxTeam(),
      ledger: paperLedger().ledger,
      readIncident,
    })
    await openApproval(question)
    await assert.rejects(openApproval({ ...question, openedAt: at(1) }), /another question under APR-1/)
  })
})

describe('verifying', () => {
  const bySlack = signStatement(said('ben', 'approve').statement, doorKey)
  const byHand = signStatement(said('ben', 'approve', { door: 'cli' }).statement, personKey('ben'))

  for (const [door, signed] of [
    ['Slack', bySlack],
    ['the command line', byHand],
  ] as const) {
    test(`a decision through ${door} is genuine, with the groups as of now`, async () => {
      const proof = await activities.verifyStatement(signed)
      assert.deepEqual(proof, { kind: 'genuine', person: 'ben', groups: ['responders', 'approvers', 'emergency'] })
      assert.deepEqual(await activities.verifyStatement(signed), proof)
    })
  }

  test('reads the people anew every time', async () => {
    let team = sandboxTeam()
    const { verifyStatement } = activitiesWith(async () => team)
    await verifyStatement(bySlack)
    team = { ...team, groups: { ...team.groups, approvers: [] } }
    const proof = await verifyStatement(bySlack)
    assert.ok(proof.kind === 'genuine')
    assert.ok(!proof.groups.includes('approvers'))
  })

  test('people that cannot be read decide nothing', async () => {
    const broken = async (): Promise<Team> => {
      throw new OpsError({ owner: 'configuration', message: 'line 3 is no YAML', hint: 'Correct it.' })
    }
    const proof = await activitiesWith(broken).verifyStatement(bySlack)
    assert.ok(proof.kind === 'refused')
    assert.match(proof.why, /line 3 is no YAML/)
    const unexpected = await activitiesWith(() => Promise.reject(new Error('secret path'))).verifyStatement(bySlack)
    assert.ok(unexpected.kind === 'refused')
    assert.doesNotMatch(unexpected.why, /secret/)
  })

  const team = sandboxTeam()
  const REFUSED: readonly (readonly [what: string, team: Team, signed: typeof bySlack, why: RegExp])[] = [
    ['a bare signal', team, { ...bySlack, signature: 'x' }, /does not belong/],
    ['a retired key', { ...team, keys: team.keys.map(key => ({ ...key, retiredAt: OPENED })) }, byHand, /retired/],
    [
      'somebody who left',
      { ...team, people: team.people.filter(({ id }) => id !== 'ben') },
      bySlack,
      /nobody .* is called ben/,
    ],
    [
      'somebody whom the door did not hear, with its reason',
      team,
      signStatement(said('slack:U0GUEST', 'approve', { unheard: 'guest' }).statement, doorKey),
      /the door did not hear this: the account is a guest/,
    ],
    [
      'somebody of the team whom the door did not hear',
      team,
      signStatement(said('ben', 'approve', { unheard: 'deleted' }).statement, doorKey),
      /no longer in use/,
    ],
    [
      'a reason that no door has signed',
      team,
      { ...bySlack, statement: { ...bySlack.statement, unheard: 'guest' } },
      /does not belong to this statement/,
    ],
    [
      'a decision from which the reason was taken away',
      team,
      {
        ...signStatement(said('ben', 'approve', { unheard: 'guest' }).statement, doorKey),
        statement: said('ben', 'approve').statement,
      },
      /does not belong to this statement/,
    ],
    ['a name that the door made up', team, signStatement(said('mallory', 'approve').statement, doorKey), /mallory/],
  ]
  for (const [what, now, signed, why] of REFUSED) {
    test(`${what} is refused`, async () => {
      const proof = await activitiesWith(async () => now).verifyStatement(signed)
      assert.ok(proof.kind === 'refused')
      assert.match(proof.why, why)
    })
  }
})

describe('an emergency decision of dee, asked for by ana', () => {
  const used: DecisionRow = {
    approvalId: 'APR-OLD',
    entry: 'attempt-1',
    kind: 'attempt',
    workflowId: 'change:alpha',
    at: OPENED,
    person: 'dee',
    door: 'slack',
    verdict: 'breakglass',
    digest: 'ab',
    counted: true,
    text: 'nobody was awake',
  }
  const opened: DecisionRow = {
    ...used,
    entry: 'opened',
    kind: 'opened',
    person: 'ana',
    counted: false,
    incident: 'INC-7',
  }
  const use: EmergencyUse = { used, opened, reviews: [] }
  const dee = 'dee' as PersonId

  async function openOnes(rows: readonly (DecisionRow | LedgerRow)[], now = team()) {
    const paper = paperLedger()
    await paper.ledger.append(rows.map(row => ('table' in row ? row : { table: 'decisions', row })))
    const own = createApprovalActivities({ readTeam: async () => now, ledger: paper.ledger, readIncident })
    const [mine, others] = [await own.openReviews(dee), await own.openReviews('ben' as PersonId)]
    assert.deepEqual(others, [])
    return { mine, ofIncident: await own.openReviewsIn('INC-7') }
  }

  test('is open until it is reviewed, and says to which incident it belongs', async () => {
    const { mine, ofIncident } = await openOnes([opened, used])
    assert.deepEqual(mine, ['APR-OLD (INC-7)'])
    assert.deepEqual(ofIncident, [{ approvalId: 'APR-OLD', person: 'dee' }])
    const { incident: _, ...alone } = opened
    assert.deepEqual((await openOnes([alone, used])).mine, ['APR-OLD'])
  })

  test('is closed by the signed review of somebody else, also with a key that was retired later', async () => {
    const closed = { mine: [], ofIncident: [] }
    assert.deepEqual(await openOnes([opened, used, reviewBy('ben', use)]), closed)
    const later = team().keys.map(key => ({ ...key, retiredAt: '2999-01-01T00:00:00.000Z' }))
    assert.deepEqual(await openOnes([opened, used, reviewBy('cy', use)], { ...team(), keys: later }), closed)
  })

  const bare: DecisionRow = { ...used, entry: 'review-ben', kind: 'review', person: 'ben' }
  const signedBy = (key: string, person: string) => {
    const { row } = reviewBy(person, use)
    assert.ok('proof' in row)
    const { statement } = row.proof as SignedReview
    return { ...row, proof: signReview(statement, personKey(key)) } as DecisionRow
  }
  const nobody = { ...team(), groups: { ...team().groups, approvers: [] } }
  const gone = team().keys.map(key => ({ ...key, retiredAt: OPENED }))
  const NONE: readonly (readonly [what: string, row: DecisionRow | LedgerRow, now?: Team])[] = [
    ['a row without a proof', bare],
    ['a row with what is no proof', { ...bare, proof: { statement: 7 } }],
    ['a review by who decided', reviewBy('dee', use)],
    ['a review by who asked', reviewBy('ana', use)],
    ["a review in ben's name with the key of dee", signedBy('dee', 'ben')],
    ['a review of another plan', reviewBy('ben', use, { digest: 'cd' })],
    [
      'a review of another decision',
      reviewBy('ben', { ...use, used: { ...used, approvalId: 'APR-OLD' } }, { approvalId: 'APR-NEW' }),
    ],
    ['a review that was signed before the decision', reviewBy('ben', use, { at: '2020-01-01T00:00:00.000Z' })],
    ['a review by somebody who is in no group', reviewBy('cy', use), nobody],
    ['a review with a key that was retired before', reviewBy('ben', use), { ...team(), keys: gone }],
  ]
  for (const [what, row, now] of NONE) {
    test(`stays open after ${what}`, async () => {
      const own = 'table' in row && row.table === 'decisions' ? row.row : (row as DecisionRow)
      const { mine } = await openOnes([opened, used, { ...own, approvalId: 'APR-OLD' }], now)
      assert.deepEqual(mine, ['APR-OLD (INC-7)'])
    })
  }

  test('stays open for everybody while ledger or people cannot be read', async () => {
    const away = () => Promise.reject(new OpsError({ owner: 'host', message: 'away', hint: 'Wait.' }))
    const noLedger = { ...ledger, emergencyUses: away }
    const own = createApprovalActivities({ readTeam: async () => team(), readIncident, ledger: noLedger })
    await assert.rejects(own.openReviews(dee), /away/)
    const paper = paperLedger()
    await paper.ledger.append([{ table: 'decisions', row: used }])
    const noPeople = createApprovalActivities({ readTeam: away, readIncident, ledger: paper.ledger })
    await assert.rejects(noPeople.openReviews(dee), /away/)
  })
})

describe('the holder of a Critical incident', () => {
  const held = criticalHeldBy('ana')
  const CASES: readonly (readonly [what: string, incident: typeof held | null, holder: string | null])[] = [
    ['is who has acknowledged it', held, 'ana'],
    ['is nobody once it is less than Critical', { ...held, severity: 'high' }, null],
    ['is nobody while nobody has acknowledged it', { ...held, acknowledged: null }, null],
    ['is nobody once it is resolved', { ...held, status: 'resolved' }, null],
    ['is nobody once it is over', { ...held, status: 'closed' }, null],
    ['is nobody before it has its number', null, null],
  ]
  for (const [what, incident, holder] of CASES) {
    test(what, async () => {
      const { readHolder } = createApprovalActivities({
        readTeam: async () => team(),
        ledger,
        readIncident: async () => incident,
      })
      assert.equal(await readHolder({ workflowId: 'incident:x' }), holder)
    })
  }

  test('is no answer when the incident gives none', async () => {
    const silent = () => Promise.reject(new Error('no worker'))
    const { readHolder } = createApprovalActivities({ readTeam: async () => team(), ledger, readIncident: silent })
    await assert.rejects(readHolder({ workflowId: 'incident:x' }), /no worker/)
  })
})

function team(): Team {
  return sandboxTeam()
}
