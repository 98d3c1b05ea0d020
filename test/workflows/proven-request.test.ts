/** Who asks for a change is proven before anything is planned: whatever else is started, or signed by somebody else, changes nothing. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createKey, signRequest } from '../../activities/adapters/signing.ts'
import { askedForChange } from '../../domain/approvals/change-gate.ts'
import type { SignedRequest } from '../../domain/approvals/request-statement.ts'
import type { ChangeRequest, ChangeResult } from '../../domain/changes.ts'
import { askedForFix, type FixRequest } from '../../domain/fixes/request.ts'
import { CONTROL_QUEUE, changeWorkflowId, monitoringWorkflowId } from '../../domain/ids.ts'
import type { DecisionRow } from '../../domain/ledger.ts'
import { askedForRules, type MonitoringRequest } from '../../domain/monitoring/update.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { estate } from '../support/facts.ts'
import {
  deciderOf,
  decisionsIn,
  doorKey,
  gateHands,
  newWorld,
  replay,
  type World,
  withGateWorkers,
} from '../support/gate-rig.ts'
import { requestBy } from '../support/proven-request.ts'
import { restartPlan, restartRequest } from '../support/restart-plan.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

/** What ana wants: to be the one who approves. */
const asBen: ChangeRequest = { ...restartRequest, requestedBy: 'ben' }
const byBen = askedForChange(asBen)
const ben = 'ben' as PersonId

describe('a change that somebody is said to ask for', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig('127.81.0.51')
  })
  after(() => rig?.close())

  interface Told {
    readonly result: ChangeResult
    readonly plans: number
    readonly rows: readonly DecisionRow[]
  }

  /** Whoever reaches the server starts it, with whatever they like. */
  async function started(
    type: 'change' | 'fix' | 'monitoringUpdate',
    request: ChangeRequest | FixRequest | MonitoringRequest,
    { world = newWorld(), isAsked = false }: { readonly world?: World; readonly isAsked?: boolean } = {},
  ): Promise<Told> {
    let plans = 0
    const planned = async () => {
      plans += 1
      return restartPlan
    }
    const { control, chat } = gateHands(world)
    const hands = {
      control: { ...control, readEstate: async () => estate },
      ...(chat === undefined ? {} : { chat }),
      hosts: { alpha: { planChange: planned, applyChange: async () => 'restarted', checkChange: async () => GOOD } },
    }
    return await withGateWorkers(rig, hands, async () => {
      const handle = await rig.client.workflow.start<(asked: typeof request) => Promise<ChangeResult>>(type, {
        workflowId: type === 'monitoringUpdate' ? monitoringWorkflowId() : changeWorkflowId('alpha'),
        taskQueue: CONTROL_QUEUE,
        args: [request],
      })
      if (isAsked) {
        await deciderOf(handle).open()
        await deciderOf(handle).say('cy', 'approve')
      }
      const result = await handle.result()
      await replay(handle)
      return { result, plans, rows: decisionsIn(world) }
    })
  }
  const GOOD = { state: 'done', healthy: true, summary: 'it answers' } as const

  const withProof = (proof: unknown): ChangeRequest => ({ ...asBen, proof: proof as SignedRequest })
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
  const real = requestBy(byBen)

  const FORGED: readonly (readonly [what: string, request: () => ChangeRequest, says: RegExp])[] = [
    ['without a proof', () => asBen, /nobody has signed that they ask for this\. Ask through ops or Slack/],
    ['with what is no proof', () => withProof({ ...real, statement: 7 }), /nobody has signed/],
    [
      "with another person's key",
      () => withProof(requestBy(byBen, { key: 'ana' })),
      /this key is ana's and speaks for nobody/,
    ],
    [
      'with a key of an estate file of their own',
      () => withProof(signRequest(real.statement, createKey())),
      /is not known/,
    ],
    [
      'with a signature that was moved',
      () => withProof({ ...real, statement: { ...real.statement, what: '{}' } }),
      /does not belong/,
    ],
    [
      "with a proof of one's own",
      () => withProof(requestBy({ ...byBen, person: 'ana' })),
      /the proof is ana's and the request ben's/,
    ],
    [
      'with a proof for another host',
      () => withProof(requestBy(askedForChange({ ...asBen, change: { ...asBen.change, host: 'beta' } }))),
      /what was signed is not what is asked/,
    ],
    [
      'with a proof for another incident',
      () => withProof(requestBy(askedForChange({ ...asBen, incidentWorkflowId: 'incident:other' }))),
      /what was signed is not what is asked/,
    ],
    ['with a proof of days ago', () => withProof(requestBy(byBen, { at: hoursAgo(25) })), /counts for a day/],
    ['with a proof of tomorrow', () => withProof(requestBy(byBen, { at: hoursAgo(-1) })), /counts for a day/],
  ]
  for (const [what, request, says] of FORGED) {
    test(`${what} is refused before it is planned, and that is on record`, async () => {
      const { result, plans, rows } = await started('change', request())
      assert.equal(result.state, 'refused')
      assert.match(result.outcome, /^It is not proven that ben asks for this: /)
      assert.match(result.outcome, says)
      assert.equal(plans, 0)
      assert.deepEqual(
        rows.map(({ kind, person, counted, workflowId }) => [kind, person, counted, workflowId]),
        [['request', 'ben', false, 'change:alpha']],
      )
      assert.match(rows[0]?.text ?? '', says)
    })
  }

  test('by their own key is planned and asked, and the same proof counts once', async () => {
    const world = newWorld()
    const first = await started('change', withProof(real), { world, isAsked: true })
    assert.equal(first.result.state, 'done')
    const again = await started('change', withProof(real), { world })
    assert.match(again.result.outcome, /carried out once already/)
    assert.equal(again.plans, 0)
    const requests = again.rows.filter(({ kind }) => kind === 'request')
    assert.deepEqual(
      requests.map(({ counted, door }) => [counted, door]),
      [
        [true, 'cli'],
        [false, 'cli'],
      ],
    )
  })

  test('by the door that recognised them is planned and asked', async () => {
    const at = new Date().toISOString()
    const proof = signRequest({ v: 1, ...byBen, person: ben, door: 'slack', at }, doorKey)
    assert.equal((await started('change', withProof(proof), { isAsked: true })).result.state, 'done')
  })

  test('by somebody who left the team meanwhile is refused', async () => {
    const world = newWorld()
    world.team = { ...world.team, people: world.team.people.filter(({ id }) => id !== 'ben') }
    assert.match(
      (await started('change', withProof(real), { world })).result.outcome,
      /nobody in the estate file is called ben/,
    )
  })

  test('a fix and rules for the monitoring are no other way in', async () => {
    const { change: _, ...common } = asBen
    const fix: FixRequest = { ...common, host: 'alpha', fix: 'FIX-1', cause: null }
    const proof = requestBy({ ...askedForFix(fix), what: byBen.what })
    for (const request of [fix, { ...fix, proof }]) {
      assert.match((await started('fix', request)).result.outcome, /^It is not proven that ben asks for this/)
    }
    const rules: MonitoringRequest = { rules: 'ab', tests: ['cd'], why: 'noise', requestedBy: 'ben', incident: null }
    const other = requestBy(askedForRules({ ...rules, rules: 'ef' }))
    for (const request of [rules, { ...rules, proof: other }]) {
      assert.match((await started('monitoringUpdate', request)).result.outcome, /^It is not proven that ben asks/)
    }
  })
})
