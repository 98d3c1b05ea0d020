/** A change of a host on the real server: asked, carried out once, verified or taken back, and never without people. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { Context } from '@temporalio/activity'
import type { ResponseHands } from '../../activities/response-hands.ts'
import type { ChangeRequest, ChangeResult, WorkaroundCheck } from '../../domain/changes.ts'
import { OpsError } from '../../domain/failures.ts'
import { CONTROL_QUEUE, changeWorkflowId } from '../../domain/ids.ts'
import { estate } from '../support/facts.ts'
import {
  criticalHeldBy,
  type Decider,
  decisionsIn,
  eventsIn,
  gateHands,
  newWorld,
  type World,
} from '../support/gate-rig.ts'
import { approvedByBen, type GatedRun, tellGated } from '../support/gated-run.ts'
import { provenChange } from '../support/proven-request.ts'
import { restartPlan as plan, restartRequest } from '../support/restart-plan.ts'
import { type Hands, openRig, type Rig } from '../support/workflow-rig.ts'

const GOOD: WorkaroundCheck = { state: 'done', healthy: true, summary: 'answers in 4 ms' }
const SICK: WorkaroundCheck = { state: 'done', healthy: false, summary: 'answers nobody' }
/** After the way back. */
const BACK: WorkaroundCheck = { state: 'not-done', healthy: true, summary: 'answers in 5 ms' }

describe('a change', () => {
  let rig: Rig
  let world: World
  let calls: string[]
  before(async () => {
    rig = await openRig('127.81.0.22')
  })
  after(() => rig?.close())
  beforeEach(() => {
    world = newWorld()
    calls = []
  })
  afterEach(async () => {
    // Only a failed test leaves one behind, and the next one needs the lock.
    await rig.client.workflow
      .getHandle(changeWorkflowId('alpha'))
      .terminate('the test is over')
      .catch(() => undefined)
  })

  /** What a look says, until it was taken back. */
  const seen = (check: WorkaroundCheck, back = BACK) => ({
    checkChange: async () => (calls.includes('revert') ? back : check),
  })

  interface Options {
    readonly host?: Partial<ResponseHands> | null
    readonly control?: Hands['control']
    readonly request?: Partial<ChangeRequest>
  }

  function start(changes: Partial<ChangeRequest> = {}) {
    return rig.client.workflow.start<(request: ChangeRequest) => Promise<ChangeResult>>('change', {
      workflowId: changeWorkflowId('alpha'),
      taskQueue: CONTROL_QUEUE,
      args: [provenChange({ ...restartRequest, ...changes })],
    })
  }

  async function tell<T>(options: Options, story: (told: GatedRun<ChangeRequest>) => Promise<T>): Promise<T> {
    const noted = <A extends unknown[], R>(name: string, hand: (...args: A) => Promise<R>) => {
      return (...args: A) => {
        calls.push(name)
        return hand(...args)
      }
    }
    const wanted = {
      planChange: async () => plan,
      applyChange: async () => 'restarted',
      ...seen(GOOD),
      revertChange: async () => 'as before',
      ...options.host,
    }
    const host = {
      planChange: noted('plan', wanted.planChange),
      applyChange: noted('apply', wanted.applyChange),
      checkChange: noted('check', wanted.checkChange),
      revertChange: noted('revert', wanted.revertChange),
    }
    const { control, chat } = gateHands(world)
    const hands: Hands = {
      control: { ...control, readEstate: async () => estate, ...options.control },
      ...(chat === undefined ? {} : { chat }),
      hosts: options.host === null ? {} : { alpha: host },
    }
    return await tellGated(rig, hands, () => start(options.request), story)
  }

  const approved = (options: Options) => tell(options, approvedByBen)

  const failing = (message: string) => async () => {
    throw new OpsError({ owner: 'operator', message, hint: 'Look at it.' })
  }
  const states = async (decider: Decider) => (await decider.gates()).map(({ state }) => state)

  test('is approved by another person, noted as planned, carried out once and verified', async () => {
    await tell({}, async ({ handle, decider, result }) => {
      const { request: asked } = await decider.open()
      assert.deepEqual(calls, ['plan'])
      assert.deepEqual(asked.plan.steps, plan.steps)
      assert.equal(asked.plan.undo, plan.undo)
      await assert.rejects(start(), /already started/i, 'the id is the lock of the host')
      assert.match((await decider.say('ana', 'approve')).refusal, /asked for this yourself/)
      const gate = await decider.open()
      const clicks = [
        decider.signed(gate, 'ben', 'approve'),
        decider.signed(gate, 'ben', 'approve', { reason: 'again' }),
      ]
      for (const click of clicks) await decider.send(click)
      assert.deepEqual(await result(), {
        state: 'done',
        outcome: 'restart opencode-acp on alpha: done; answers in 4 ms.',
      })
      assert.deepEqual(calls, ['plan', 'plan', 'apply', 'check'])
      const [event] = eventsIn(world)
      assert.deepEqual(
        [event?.kind, event?.target, event?.by, event?.reason],
        ['planned-restart', 'alpha', 'ana', 'INC-7: restart opencode-acp on alpha'],
      )
      const { typedSearchAttributes } = await handle.describe()
      const found = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]))
      assert.deepEqual(
        [found.OpsProcedure, found.OpsIncident, found.OpsTarget, found.OpsPhase, found.OpsVerdict],
        ['change', 'INC-7', ['alpha'], 'closed', 'ok'],
      )
    })
  })

  test('tells its incident what it waits for and when it begins', async () => {
    const listening = { workflowId: 'incident:listens', taskQueue: CONTROL_QUEUE, args: [2] as [number] }
    await tell({ request: { incidentWorkflowId: listening.workflowId } }, async ({ decider, result }) => {
      const incident = await rig.client.workflow.start<(moves: number) => Promise<readonly string[]>>(
        'listen',
        listening,
      )
      const { approvalId } = await decider.open()
      await decider.say('ben', 'approve')
      await result()
      const [waits, begins] = await incident.result()
      assert.equal(waits, `1 awaiting-approval: ${approvalId}`)
      assert.match(begins ?? '', /^1 running: Approved by ben/)
    }).catch(async error => {
      await rig.client.workflow.getHandle(listening.workflowId).terminate('the test is over')
      throw error
    })
  })

  test('denied, nothing is done', async () => {
    await tell({}, async ({ decider, result }) => {
      await decider.open()
      await decider.say('cy', 'deny', { reason: 'people are working' })
      assert.deepEqual(await result(), { state: 'refused', outcome: 'Denied by cy: people are working' })
      assert.deepEqual(calls, ['plan'])
    })
  })

  test('when nobody decides, nothing is done', async () => {
    await tell({}, async ({ decider, result }) => {
      await decider.open()
      assert.deepEqual(await result(), { state: 'refused', outcome: 'Nobody decided in time, so it is not approved.' })
      assert.deepEqual(calls, ['plan'])
    })
  })

  test('the holder of a Critical acknowledgement approves alone, which is told and has to be reviewed', async () => {
    await tell({ request: { alone: 'cy' } }, async ({ decider, result }) => {
      // Cy has handed it over since Ana asked.
      world.incident = criticalHeldBy('ana')
      await decider.open()
      assert.match((await decider.say('cy', 'approve-alone')).refusal, /that is ana/)
      assert.match((await decider.say('ana', 'approve-alone', { reason: '' })).refusal, /needs a reason/)
      assert.equal((await decider.say('ana', 'approve-alone', { reason: 'nobody else is up' })).counted, true)
      assert.equal((await result()).state, 'done')
      assert.deepEqual(world.mails[0]?.to, ['ben@sandbox.test', 'cy@sandbox.test'])
    })
  })

  test('where two are needed, who withdraws does not count, and two others do', async () => {
    world.team = { ...world.team, approvals: { ...world.team.approvals, quorum: 2 } }
    await tell({}, async ({ decider, result }) => {
      const { request: asked } = await decider.open()
      assert.equal(asked.policy.quorum, 2)
      assert.equal((await decider.say('ben', 'approve')).counted, true)
      assert.match((await decider.say('ben', 'approve')).refusal, /counts already \(1 of 2\)/)
      assert.equal((await decider.say('ben', 'withdraw')).counted, true)
      assert.equal((await decider.say('cy', 'approve')).counted, true)
      assert.deepEqual([await states(decider), calls], [['open'], ['plan']])
      assert.equal((await decider.say('ben', 'approve')).counted, true)
      assert.equal((await result()).state, 'done')
      assert.equal(calls.filter(call => call === 'apply').length, 1)
    })
  })

  test('the host is told what was approved, and says whether it still holds', async () => {
    const told: unknown[] = []
    const planChange: ResponseHands['planChange'] = async ({ approved }) => {
      told.push(approved)
      return plan
    }
    assert.equal((await approved({ host: { planChange } })).state, 'done')
    assert.deepEqual(told, [undefined, plan])
  })

  test('a button of an earlier run decides nothing in this one', async () => {
    const earlier = await tell({}, async ({ decider, result }) => {
      const gate = await decider.open()
      await decider.say('cy', 'deny', { reason: 'not now' })
      await result()
      return gate
    })
    await tell({}, async ({ decider }) => {
      const gate = await decider.open()
      assert.notEqual(gate.approvalId, earlier.approvalId)
      await decider.send(decider.signed(earlier, 'ben', 'approve'))
      await decider.say('ana', 'approve')
      assert.deepEqual(await states(decider), ['open'])
      const stray = decisionsIn(world).find(({ entry }) => entry.startsWith('stray-'))
      assert.deepEqual([stray?.approvalId, stray?.counted], [earlier.approvalId, false])
    })
  })

  test('a plan that moved makes the approval void, and the new one is asked', async () => {
    const steps = [['a'], ['b'], ['b']]
    const planChange = async () => ({ ...plan, steps: steps.shift() ?? ['c'], before: { pid: String(steps.length) } })
    await tell({ host: { planChange } }, async ({ decider, result }) => {
      const first = await decider.open()
      await decider.say('ben', 'approve')
      const second = await decider.open()
      assert.deepEqual(await states(decider), ['void', 'open'])
      assert.notEqual(second.digest, first.digest)
      await decider.say('ben', 'approve')
      assert.equal((await result()).state, 'done')
      assert.deepEqual(calls, ['plan', 'plan', 'plan', 'apply', 'check'])
      const ends = decisionsIn(world).filter(
        ({ approvalId, kind }) => approvalId === first.approvalId && kind === 'closed',
      )
      assert.deepEqual(
        ends.map(({ verdict }) => verdict),
        ['approved', 'void'],
      )
    })
  })

  test('a host that never stays the same is left alone', async () => {
    let n = 0
    const planChange = async () => {
      n += 1
      return { ...plan, steps: [`step ${n}`] }
    }
    await tell({ host: { planChange } }, async ({ decider, result }) => {
      const first = await decider.open()
      await decider.say('ben', 'approve')
      for (let gate = first; gate.approvalId === first.approvalId; ) gate = await decider.open()
      await decider.say('ben', 'approve')
      const { state, outcome } = await result()
      assert.equal(state, 'refused')
      assert.match(outcome, /keeps changing/)
      assert.ok(!calls.includes('apply'))
    })
  })

  describe('while changes are frozen', () => {
    const frozen = { by: 'dee', reason: 'audit', since: '2026-11-23T00:00:00.000Z' }

    test('only the emergency group lets it pass', async () => {
      await tell(
        { control: { readFreeze: async () => frozen }, request: { alone: 'ana' } },
        async ({ decider, result }) => {
          const gate = await decider.open()
          assert.match(gate.request.evidence[0] ?? '', /frozen since .* by dee: audit/)
          assert.match((await decider.say('cy', 'approve')).refusal, /group emergency, and you are not in it/)
          assert.match((await decider.say('ana', 'approve-alone')).refusal, /nobody may/)
          assert.equal((await decider.say('ben', 'approve')).counted, true)
          assert.equal((await result()).state, 'done')
        },
      )
    })

    test('since the asking, it does not begin', async () => {
      let looks = 0
      const readFreeze = async () => {
        looks += 1
        return looks === 1 ? null : frozen
      }
      const { state, outcome } = await approved({ control: { readFreeze } })
      assert.equal(state, 'refused')
      assert.match(outcome, /frozen by dee \(audit\).*ask again/)
      assert.ok(!calls.includes('apply'))
      assert.ok(decisionsIn(world).some(({ entry, verdict }) => entry === 'void' && verdict === 'void'))
    })

    test('a switch that cannot be read is no permission', async () => {
      const { state, outcome } = await tell(
        { control: { readFreeze: failing('the ledger is closed') } },
        ({ result }) => result(),
      )
      assert.equal(state, 'failed')
      assert.match(outcome, /could not begin: the ledger is closed\. Look at it\. Nothing was changed/)
    })
  })

  describe('a try whose end nobody saw', () => {
    const lost = { applyChange: failing('the worker was killed') }
    const CASES: readonly (readonly [
      what: string,
      check: WorkaroundCheck,
      state: ChangeResult['state'],
      words: RegExp,
      last: string,
    ])[] = [
      ['was done, as a look shows', GOOD, 'done', /: done/, 'apply'],
      [
        'was not done, as a look shows',
        { ...SICK, state: 'not-done' },
        'failed',
        /not carried out.*killed.*Taken back/,
        'revert',
      ],
      [
        'stays unknown, and people are told',
        { ...SICK, state: 'unknown' },
        'failed',
        /not known.*not tried again.*yourself/,
        'apply',
      ],
      ['was done and does not help', SICK, 'reverted', /did not help.*Taken back: as before\./, 'revert'],
    ]
    for (const [what, check, state, words, last] of CASES) {
      test(what, async () => {
        const result = await approved({ host: { ...lost, ...seen(check) } })
        assert.equal(result.state, state)
        assert.match(result.outcome, words)
        assert.equal(calls.filter(call => call === 'apply').length, 1, 'never tried again')
        assert.equal(calls.filter(call => call !== 'check').at(-1), last)
      })
    }

    test('and a host that cannot be looked at: people are told', async () => {
      const { state, outcome } = await approved({ host: { ...lost, checkChange: failing('no answer') } })
      assert.equal(state, 'failed')
      assert.match(outcome, /alpha cannot be looked at.*look at alpha yourself/)
    })
  })

  describe('a service that does not come back', () => {
    const host = seen(SICK)

    test('has two minutes, then it is taken back', async () => {
      const { state, outcome } = await approved({ host })
      assert.equal(state, 'reverted')
      assert.match(outcome, /did not help: answers nobody\. Taken back: as before\.$/)
      assert.deepEqual(calls.slice(-2), ['revert', 'check'], 'the way back is looked at as the change was')
      assert.equal(eventsIn(world).length, 2, 'the way back restarts as well')
      assert.ok(calls.filter(call => call === 'check').length > 8)
    })

    describe('and is no better once it is taken back', () => {
      const CASES: readonly (readonly [what: string, back: WorkaroundCheck | null, words: RegExp])[] = [
        ['answers nobody', { ...BACK, healthy: false, summary: 'answers nobody still' }, /: answers nobody still\./],
        ['is not as before', { ...BACK, state: 'done', summary: 'is the patched one' }, /: is the patched one\./],
        ['cannot be looked at', null, /: alpha cannot be looked at\./],
      ]
      for (const [what, back, words] of CASES) {
        test(`it ${what}: failed, and people are told`, async () => {
          const checkChange = async () => {
            if (!calls.includes('revert')) return SICK
            return back ?? (await failing('no answer')())
          }
          const { state, outcome } = await approved({ host: { checkChange } })
          assert.equal(state, 'failed')
          assert.match(outcome, words)
          assert.match(
            outcome,
            /Taken back: as before\. The service is NOT well \(it may not have been before either\): .* Look at alpha now\.$/,
          )
        })
      }
    })

    for (const name of ['free-disk', 'block-client'] as const) {
      test(`is no matter of ${name}: it is done by its own effect, and how the service is is told`, async () => {
        const change = { ...restartRequest.change, name }
        const { state, outcome } = await approved({ host, request: { change } })
        assert.deepEqual([state, calls], ['done', ['plan', 'plan', 'apply', 'check']])
        assert.match(outcome, /: done; answers nobody\.$/)
      })

      test(`${name} is noted, as is its way back: the evidence of the next day recalls it`, async () => {
        const cannot = { ...seen(BACK), applyChange: failing('the host says no') }
        const change = { ...restartRequest.change, name }
        await approved({ host: cannot, request: { change } })
        assert.deepEqual(
          eventsIn(world).map(({ kind, target, by, reason }) => [kind, target, by, reason]),
          ['', ', taken back'].map(end => ['change', 'alpha', 'ana', `INC-7: ${plan.title}${end}`]),
        )
      })
    }

    test('where there is no way back, people are told', async () => {
      const { state, outcome } = await approved({
        host: { ...host, planChange: async () => ({ ...plan, undo: null }) },
      })
      assert.equal(state, 'failed')
      assert.match(outcome, /did not help.*cannot be taken back/)
      assert.ok(!calls.includes('revert'))
    })

    test('where the way back fails, people are told loudly', async () => {
      const { state, outcome } = await approved({ host: { ...host, revertChange: failing('the disk is full') } })
      assert.equal(state, 'failed')
      assert.match(outcome, /could NOT be taken back: the disk is full\. Look at it\. Look at alpha now/)
    })
  })

  describe('cancelled', () => {
    test('before the decision, nothing was changed and the question is taken back', async () => {
      await tell({}, async ({ handle, decider, result }) => {
        await decider.open()
        await handle.cancel()
        const { state, outcome } = await result()
        assert.equal(state, 'cancelled')
        assert.match(outcome, /before it began; nothing was changed/)
        assert.deepEqual(await states(decider), ['cancelled'])
        assert.deepEqual(calls, ['plan'])
      })
    })

    /** Cancelled while the host is at work. */
    const cancelledAtWork = async (host: Partial<ResponseHands> = {}) => {
      let begun: () => void = () => undefined
      const inTheMiddle = new Promise<void>(resolve => {
        begun = resolve
      })
      const applyChange = () => {
        begun()
        return Context.current().cancelled
      }
      return await tell({ host: { ...host, applyChange } }, async ({ handle, decider, result }) => {
        await decider.open()
        await decider.say('ben', 'approve')
        await inTheMiddle
        await handle.cancel()
        return await result()
      })
    }
    const reverted = { state: 'reverted', outcome: `${plan.title}: cancelled. Taken back: as before.` }
    const down = { ...BACK, healthy: false, summary: 'answers nobody' }

    test('while it is carried out, it is taken back', async () => {
      assert.deepEqual(await cancelledAtWork(), reverted)
    })

    test('before anything was done to a service that was down already, it is taken back all the same', async () => {
      assert.deepEqual(await cancelledAtWork(seen(down, down)), reverted)
      assert.deepEqual(calls.slice(-3), ['apply', 'check', 'revert'])
    })

    test('while it was in force, the service has to answer once it is taken back', async () => {
      const { state, outcome } = await cancelledAtWork(seen(SICK, down))
      assert.equal(state, 'failed')
      assert.match(outcome, /cancelled in the middle\. Taken back: as before\. The service is NOT well/)
    })
  })

  test('a host without a worker, or that says no, ends in words before anybody is asked', async () => {
    const silent = await tell({ host: null }, async ({ result }) => {
      return await result()
    })
    assert.equal(silent.state, 'failed')
    const unable = await tell({ host: { planChange: failing('nothing to free') } }, ({ result }) => result())
    assert.deepEqual(unable, {
      state: 'failed',
      outcome: 'It could not begin: nothing to free. Look at it. Nothing was changed.',
    })
    const unknown = await tell({ request: { change: { ...restartRequest.change, host: 'gamma' } } }, ({ result }) =>
      result(),
    )
    assert.deepEqual(unknown, { state: 'refused', outcome: 'The estate has no host gamma.' })
    assert.deepEqual([...new Set(decisionsIn(world).map(({ kind }) => kind))], ['request'])
  })
})
