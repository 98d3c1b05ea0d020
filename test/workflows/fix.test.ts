/** A fix on the real server: tested on staging first, deployed only then, watched, and taken back when it does not hold. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { Context } from '@temporalio/activity'
import type { ChangeResult, WorkaroundCheck } from '../../domain/changes.ts'
import { OpsError } from '../../domain/failures.ts'
import type { FixRequest } from '../../domain/fixes/request.ts'
import { CONTROL_QUEUE, changeWorkflowId } from '../../domain/ids.ts'
import type { LinkedAlert } from '../../domain/incident/incident.ts'
import { estate, greeting } from '../support/facts.ts'
import { fixAsked as asked, fixHost, gamma, type HostHands, registered } from '../support/fix-host.ts'
import { deciderOf, eventsIn, gateHands, newWorld, type World } from '../support/gate-rig.ts'
import { approvedByBen, type GatedRun, tellGated } from '../support/gated-run.ts'
import { provenFix } from '../support/proven-request.ts'
import { type Hands, openRig, type Rig } from '../support/workflow-rig.ts'

const alert = (name: string): LinkedAlert => ({
  fingerprint: name,
  name,
  instance: null,
  state: 'firing',
  since: '2026-11-23T03:00:00.000Z',
  severity: 'critical',
  summary: name,
})

const away = () =>
  Promise.reject(new OpsError({ owner: 'configuration', message: 'the host went away', hint: 'Look.' }))

describe('a fix', () => {
  let rig: Rig
  let world: World
  let calls: string[]
  before(async () => {
    rig = await openRig('127.81.0.27')
  })
  after(() => rig?.close())
  beforeEach(() => {
    world = newWorld()
    calls = []
  })
  afterEach(async () => {
    // Only a failed test leaves one behind, and the next one needs the locks.
    for (const host of ['alpha', 'gamma']) {
      const left = rig.client.workflow.getHandle(changeWorkflowId(host))
      await left.terminate('the test is over').catch(() => undefined)
    }
  })

  interface Options {
    readonly alpha?: HostHands
    readonly gamma?: HostHands | null
    readonly control?: Hands['control']
    readonly request?: Partial<FixRequest>
  }

  function start(changes: Partial<FixRequest> = {}) {
    return rig.client.workflow.start<(request: FixRequest) => Promise<ChangeResult>>('fix', {
      workflowId: changeWorkflowId('alpha'),
      taskQueue: CONTROL_QUEUE,
      args: [provenFix({ ...asked, ...changes })],
    })
  }

  async function tell<T>(options: Options, story: (told: GatedRun<FixRequest>) => Promise<T>): Promise<T> {
    const { control, chat } = gateHands(world)
    const hands: Hands = {
      control: {
        ...control,
        readEstate: async () => ({ ...estate, hosts: [...estate.hosts, gamma] }),
        readFix: async () => registered,
        switchPower: async ({ host, power }) => {
          calls.push(`${host} ${power}`)
          return true
        },
        readAlerts: async () => [],
        ...options.control,
      },
      ...(chat === undefined ? {} : { chat }),
      hosts: {
        alpha: fixHost('alpha', calls, options.alpha),
        ...(options.gamma === null ? {} : { gamma: fixHost('gamma', calls, options.gamma) }),
      },
    }
    return await tellGated(rig, hands, () => start(options.request), story)
  }

  const approved = (options: Options) => tell(options, approvedByBen)

  const TESTED = [
    'gamma on',
    'gamma reproduce before',
    'gamma plan',
    'gamma apply abab',
    'gamma reproduce after',
    'gamma revert',
    'gamma off',
  ]
  const DEPLOYED = ['alpha plan', 'alpha plan', 'alpha apply abab', 'alpha reproduce after']

  test('is tested on staging, approved with that evidence, deployed by the tested digest and watched', async () => {
    await tell({}, async ({ handle, decider, result }) => {
      const gate = await decider.open()
      assert.deepEqual(calls, [...TESTED, 'alpha plan'], 'nothing but a dry run on the host before people are asked')
      const { plan, evidence } = gate.request
      assert.deepEqual([plan.targets, plan.parameters.sha256], [['alpha'], registered.sha256])
      assert.match(evidence.join('\n'), /CI https:\/\/ci.*test of FIX-ababababab on gamma passed/s)
      assert.match(
        evidence.join('\n'),
        /Before, on gamma, it fails that .*it is on\..*With it, .*it is off\..*suite passes/s,
      )
      assert.equal((await decider.say('ben', 'approve')).refusal, '')
      const { state, outcome } = await result()
      assert.equal(state, 'done')
      assert.match(outcome, /FIX-ababababab: deploy the patch on alpha: done; .*Verified after 2 min: .*alert is gone/)
      assert.deepEqual(calls, [...TESTED, ...DEPLOYED])
      assert.deepEqual(
        eventsIn(world).map(({ kind, target }) => [kind, target]),
        [
          ['planned-restart', 'gamma'],
          ['planned-restart', 'gamma'],
          ['planned-restart', 'alpha'],
        ],
      )
      const { typedSearchAttributes } = await handle.describe()
      const found = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]))
      assert.deepEqual([found.OpsProcedure, found.OpsTarget, found.OpsVerdict], ['fix', ['alpha'], 'ok'])
    })
  })

  test('leaves a staging host awake that was awake before', async () => {
    await tell({ gamma: { greet: async () => greeting } }, async ({ decider }) => {
      await decider.open()
      assert.deepEqual(calls, [...TESTED.filter(call => call !== 'gamma off'), 'alpha plan'])
    })
  })

  describe('goes nowhere', () => {
    const refusing = async () => {
      throw new OpsError({ owner: 'operator', message: 'it was registered with CI failed', hint: 'Register it again.' })
    }
    const CASES: readonly (readonly [
      what: string,
      options: Options,
      state: ChangeResult['state'],
      words: RegExp,
      seen: readonly string[],
    ])[] = [
      ['without green CI', { control: { readFix: refusing } }, 'failed', /CI failed.*Nothing was changed/, []],
      [
        'without a staging host',
        { control: { readEstate: async () => estate } },
        'refused',
        /no host of role staging.*not tested on staging is not deployed/,
        [],
      ],
      ['to the staging host itself', { request: { host: 'gamma' } }, 'refused', /where fixes are tested/, []],
      [
        'when nothing wakes staging',
        { gamma: null, control: { switchPower: async () => false } },
        'refused',
        /gamma sleeps, and no hook/,
        [],
      ],
      [
        'when staging does not wake',
        {
          gamma: {
            greet: async () => Promise.reject(new OpsError({ owner: 'operator', message: 'asleep', hint: '' })),
          },
        },
        'refused',
        /does not greet within 3 minutes/,
        ['gamma on', 'gamma off'],
      ],
      [
        'when the fault is not on staging',
        { gamma: { reproduce: async () => ({ state: 'passed', summary: 'off' }) } },
        'refused',
        /holds on gamma without the fix/,
        ['gamma on', 'gamma off'],
      ],
      [
        'when staging cannot be asked',
        { gamma: { reproduce: async () => ({ state: 'unknown', summary: 'no handshake' }) } },
        'refused',
        /cannot be asked: no handshake/,
        ['gamma on', 'gamma off'],
      ],
      [
        'when it does not help on staging',
        { gamma: { reproduce: async () => ({ state: 'failed', summary: 'still on' }) } },
        'refused',
        /with the fix it still fails.*still on/,
        ['gamma on', 'gamma plan', 'gamma apply abab', 'gamma revert', 'gamma off'],
      ],
      [
        'when the suite fails on staging',
        { gamma: { runSuite: async () => ({ passed: false, lines: ['no session'] }) } },
        'refused',
        /the suite fails: no session/,
        TESTED,
      ],
      [
        'when staging cannot be brought back',
        {
          gamma: {
            revertChange: async () =>
              Promise.reject(new OpsError({ owner: 'operator', message: 'stuck', hint: 'Look.' })),
          },
        },
        'refused',
        /the way back does not work.*could NOT be taken back: stuck/,
        TESTED.filter(call => call !== 'gamma revert'),
      ],
    ]
    for (const [what, options, state, words, seen] of CASES) {
      test(what, async () => {
        const ended = await tell(options, ({ result }) => result())
        assert.match(ended.outcome, words)
        assert.equal(ended.state, state)
        assert.deepEqual(calls, seen)
      })
    }

    test('when its CI is registered as failed while people decide', async () => {
      const readFix = async () => (calls.length > TESTED.length ? await refusing() : registered)
      const { state, outcome } = await approved({ control: { readFix } })
      assert.match(outcome, /^FIX-ababababab is not deployed: it was registered with CI failed\. Register it again\.$/)
      assert.deepEqual([state, calls], ['refused', [...TESTED, 'alpha plan', 'alpha plan']])
    })

    test('when people deny it', async () => {
      await tell({}, async ({ decider, result }) => {
        await decider.open()
        await decider.say('cy', 'deny', { reason: 'not at night' })
        assert.deepEqual(await result(), { state: 'refused', outcome: 'Denied by cy: not at night' })
        assert.deepEqual(calls, [...TESTED, 'alpha plan'])
      })
    })
  })

  describe('while changes are frozen', () => {
    const frozen = { by: 'dee', reason: 'audit', since: '2026-11-23T00:00:00.000Z' }
    /** The run of an earlier test has the same id. */
    const onStaging = async () => {
      const run = rig.client.workflow.getHandle(changeWorkflowId('gamma'))
      const isThere = () =>
        run.describe().then(
          ({ status }) => status.name === 'RUNNING',
          () => false,
        )
      while (!(await isThere())) await new Promise(resolve => setTimeout(resolve, 50))
      return deciderOf(run)
    }

    test('its test on staging begins when the emergency group lets it pass, and then its deploy is asked for', async () => {
      await tell({ control: { readFreeze: async () => frozen } }, async ({ decider, result }) => {
        const staging = await onStaging()
        const { request } = await staging.open()
        assert.deepEqual([request.plan.targets, request.policy.group], [['gamma'], 'emergency'])
        assert.deepEqual(calls, [], 'nothing is woken or deployed before')
        assert.match((await staging.say('cy', 'approve')).refusal, /group emergency/)
        assert.equal((await staging.say('ben', 'approve')).counted, true)
        assert.deepEqual((await decider.open()).request.plan.targets, ['alpha'])
        assert.equal((await decider.say('dee', 'approve')).counted, true)
        assert.equal((await result()).state, 'done')
        assert.deepEqual(calls, [...TESTED, ...DEPLOYED])
      })
    })

    test('its test is not begun when they deny it, nor its deploy', async () => {
      await tell({ control: { readFreeze: async () => frozen } }, async ({ result }) => {
        const staging = await onStaging()
        await staging.open()
        await staging.say('dee', 'deny', { reason: 'wait for the audit' })
        const { state, outcome } = await result()
        assert.match(outcome, /changes are frozen, and it was not let pass: Denied by dee: wait for the audit/)
        assert.deepEqual([state, calls], ['refused', []])
      })
    })

    test('since the waking of staging, nothing is deployed there', async () => {
      const readFreeze = async () => (calls.includes('gamma plan') ? frozen : null)
      const { state, outcome } = await tell({ control: { readFreeze } }, ({ result }) => result())
      assert.match(outcome, /did not pass: changes were frozen by dee \(audit\): ask for it again/)
      assert.equal(state, 'refused')
      assert.deepEqual(calls, ['gamma on', 'gamma reproduce before', 'gamma plan', 'gamma off'])
    })

    test('since the last look at how it was before, nothing is deployed', async () => {
      let isFrozen = false
      const lookAtService = async () => {
        isFrozen = true
        return { healthy: true, summary: 'it answers', errors: {} }
      }
      const control = { readFreeze: async () => (isFrozen ? frozen : null) }
      const { state, outcome } = await approved({ control, alpha: { lookAtService } })
      assert.match(outcome, /frozen by dee \(audit\).*ask again/)
      assert.deepEqual([state, calls.at(-1)], ['refused', 'alpha plan'])
    })
  })

  test('staging is put back also when nobody knows how far the deploy got', async () => {
    const checkChange = async (): Promise<WorkaroundCheck> => ({ state: 'unknown', healthy: false, summary: 'busy' })
    const applyChange = async () =>
      Promise.reject(new OpsError({ owner: 'operator', message: 'killed', hint: 'Look.' }))
    const gammaHands = { applyChange, checkChange }
    const { state, outcome } = await tell({ gamma: gammaHands }, ({ result }) => result())
    assert.match(outcome, /whether it was done is not known.*gamma: Taken back: as before\./)
    assert.equal(state, 'refused')
    assert.deepEqual(calls.slice(-2), ['gamma revert', 'gamma off'])
  })

  describe('on staging, once it is taken back', () => {
    /** Without the fix it answers nobody, as it does where the fault is. */
    const checkChange = async (): Promise<WorkaroundCheck> => {
      const isDeployed = calls.includes('gamma apply abab') && !calls.includes('gamma revert')
      return { state: isDeployed ? 'done' : 'not-done', healthy: isDeployed, summary: isDeployed ? 'up' : 'down' }
    }

    test('a service that answered before has to answer again', async () => {
      const { state, outcome } = await tell({ gamma: { checkChange } }, ({ result }) => result())
      assert.match(
        outcome,
        /the way back does not work.*gamma: Taken back: .*NOT well \(it may not have been before either\): down/,
      )
      assert.equal(state, 'refused')
    })

    test('one whose fault is that it answers nobody need not', async () => {
      const readFix = async () => ({ ...registered, reproduction: { kind: 'handshake' } as const })
      const { state } = await approved({ gamma: { checkChange }, control: { readFix } })
      assert.equal(state, 'done')
    })
  })

  describe('is taken back', () => {
    let looks = 0
    beforeEach(() => {
      looks = 0
    })
    const CASES: readonly (readonly [what: string, options: Options, words: RegExp])[] = [
      [
        'when it does not help on the host',
        { alpha: { reproduce: async () => ({ state: 'failed', summary: 'still on' }) } },
        /does not hold that .*still on.*Taken back: as before\./,
      ],
      [
        'when the host does not say whether it helps',
        { alpha: { reproduce: away } },
        /could not be verified: the host went away\. Look\. Taken back: as before\./,
      ],
      [
        'when the service is not well within the watch',
        {
          alpha: {
            lookAtService: async () => {
              looks += 1
              return { healthy: looks < 3, summary: looks < 3 ? 'it answers' : 'it answers nobody', errors: {} }
            },
          },
        },
        /within the watch the service is not well: it answers nobody\. Taken back/,
      ],
      [
        'when a new critical alert fires within the watch',
        {
          control: {
            readAlerts: async ({ cause }) => {
              if (cause !== null) return []
              looks += 1
              return looks < 2 ? [alert('Known')] : [alert('Known'), alert('Fresh')]
            },
          },
        },
        /a new critical alert fires: Fresh\. Taken back/,
      ],
    ]
    for (const [what, options, words] of CASES) {
      test(what, async () => {
        const { state, outcome } = await approved(options)
        assert.match(outcome, words)
        assert.equal(state, 'reverted')
        assert.equal(calls.at(-1), 'alpha revert')
      })
    }

    test('and told as failed when the service does not answer after that', async () => {
      const isHealthy = () => !calls.includes('alpha revert')
      const { state, outcome } = await approved({
        alpha: {
          reproduce: away,
          checkChange: async () => ({
            state: isHealthy() ? 'done' : 'not-done',
            healthy: isHealthy(),
            summary: 'down',
          }),
        },
      })
      assert.match(
        outcome,
        /Taken back: as before\. The service is NOT well \(it may not have been before either\): down\. Look at alpha now\.$/,
      )
      assert.equal(state, 'failed')
    })

    test('when it is cancelled within the watch', async () => {
      await tell({}, async ({ handle, decider, result }) => {
        await decider.open()
        await decider.say('ben', 'approve')
        while (!calls.includes('alpha reproduce after')) await new Promise(resolve => setTimeout(resolve, 50))
        await handle.cancel()
        const { state, outcome } = await result()
        assert.match(outcome, /cancelled before the end of the watch\. Taken back/)
        assert.equal(state, 'reverted')
      })
    })
  })

  test('on a host that went away after the deploy, it is told as deployed, with the way back', async () => {
    const { state, outcome } = await approved({ alpha: { reproduce: away, revertChange: away } })
    assert.doesNotMatch(outcome, /nothing was changed/i)
    assert.match(outcome, /could not be verified.*could NOT be taken back: the host went away.*Look at alpha now/)
    assert.match(outcome, /FIX-ababababab IS deployed on alpha.*To take it back by hand: put it back\./)
    assert.equal(state, 'failed')
  })

  describe('at the end of the watch', () => {
    const still = async ({ cause }: { readonly cause: string | null }) => (cause === null ? [] : [alert('Known')])
    const mute = async () => ({ healthy: true, summary: 'it answers', errors: null })
    const CASES: readonly (readonly [what: string, options: Options, verdict: string, words: RegExp])[] = [
      ['what still fires confirms nothing', { control: { readAlerts: still } }, 'warn', /alert still fires: Known/],
      [
        'what is not known confirms nothing and takes nothing back',
        { control: { readAlerts: async () => null }, alpha: { lookAtService: mute } },
        'unknown',
        /alert is gone is not known.*log could not be compared/,
      ],
    ]
    for (const [what, options, verdict, words] of CASES) {
      test(what, async () => {
        await tell(options, async ({ handle, decider, result }) => {
          await decider.open()
          await decider.say('ben', 'approve')
          const { state, outcome } = await result()
          assert.match(outcome, /not confirmed in every respect/)
          assert.match(outcome, words)
          const { typedSearchAttributes } = await handle.describe()
          const shown = typedSearchAttributes.getAll().find(({ key }) => key.name === 'OpsVerdict')
          assert.deepEqual([state, shown?.value], ['done', verdict])
        })
      })
    }
  })

  test('cancelled while it is tested, staging is left as it was', async () => {
    const runSuite = async () => await Context.current().cancelled
    await tell({ gamma: { runSuite } }, async ({ handle, result }) => {
      while (!calls.includes('gamma reproduce after')) await new Promise(resolve => setTimeout(resolve, 50))
      await handle.cancel()
      assert.equal((await result()).state, 'cancelled')
      assert.deepEqual(calls, TESTED)
    })
  })
})
