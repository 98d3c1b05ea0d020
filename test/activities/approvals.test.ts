/** The gate's activities: run twice they do the same, and what cannot be found out is a refusal. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digestOfPlan, signStatement } from '../../activities/adapters/signing.ts'
import { createApprovalActivities } from '../../activities/approvals.ts'
import { OpsError } from '../../domain/failures.ts'
import { canonicalText, type LedgerRow, rowKey } from '../../domain/ledger.ts'
import type { PersonId, Team } from '../../domain/team/team.ts'
import { at, OPENED, requestOf, said } from '../domain/approvals/samples.ts'
import { criticalHeldBy, doorKey, personKey, sandboxTeam } from '../support/gate-rig.ts'

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
    openReviewsOf: async (person: string) => (person === 'dee' ? ['APR-OLD'] : []),
    openReviewsIn: async (incident: string) => (incident === 'INC-7' ? [{ approvalId: 'APR-OLD', person: 'dee' }] : []),
    listDecisions: async ({ approvalId }: { readonly approvalId?: string }) =>
      [...rows.values()].flatMap(({ table, row }) =>
        table === 'decisions' && row.approvalId === approvalId ? [row] : [],
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

test('an open review says to which incident it belongs, when there is one', async () => {
  const { ledger: asked } = paperLedger()
  const own = createApprovalActivities({ readTeam: async () => team(), ledger: asked, readIncident })
  const question = { approvalId: 'APR-OLD', workflowId: 'change:alpha', openedAt: OPENED }
  await own.openApproval({ ...question, request: requestOf({ incident: 'INC-7' }) })
  assert.deepEqual(await own.openReviews('dee' as PersonId), ['APR-OLD (INC-7)'])

  const { ledger: alone } = paperLedger()
  const other = createApprovalActivities({ readTeam: async () => team(), ledger: alone, readIncident })
  await other.openApproval({ ...question, request: requestOf({ incident: null }) })
  assert.deepEqual(await other.openReviews('dee' as PersonId), ['APR-OLD'])
})

test('open reviews are those of the ledger, and a ledger that is away is no answer', async () => {
  assert.deepEqual(await activities.openReviews('dee' as PersonId), ['APR-OLD'])
  assert.deepEqual(await activities.openReviews('ben' as PersonId), [])
  const away = createApprovalActivities({
    readTeam: async () => team(),
    readIncident,
    ledger: {
      ...ledger,
      openReviewsOf: () => Promise.reject(new OpsError({ owner: 'host', message: 'away', hint: 'Wait.' })),
    },
  })
  await assert.rejects(away.openReviews('dee' as PersonId), /away/)
})

test('the reviews of an incident are asked for by its name', async () => {
  assert.deepEqual(await activities.openReviewsIn('INC-7'), [{ approvalId: 'APR-OLD', person: 'dee' }])
  assert.deepEqual(await activities.openReviewsIn('INC-8'), [])
})

describe('the holder of a Critical incident', () => {
  const held = criticalHeldBy('ana')
  const CASES: readonly (readonly [what: string, incident: typeof held | null, holder: string | null])[] = [
    ['is who has acknowledged it', held, 'ana'],
    ['is nobody once it is less than Critical', { ...held, severity: 'high' }, null],
    ['is nobody while nobody has acknowledged it', { ...held, acknowledged: null }, null],
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
