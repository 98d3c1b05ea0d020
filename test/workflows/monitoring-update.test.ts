/** An update of the rules on the real server, with the real activities over a file and a Prometheus on paper. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { defaultPayloadConverter } from '@temporalio/common'
import { digestOf, parseRules } from '../../activities/adapters/rules-file.ts'
import { createMonitoringActivities, type MonitoringPorts } from '../../activities/monitoring.ts'
import type { ChangeResult } from '../../domain/changes.ts'
import { OpsError } from '../../domain/failures.ts'
import { CONTROL_QUEUE, monitoringWorkflowId } from '../../domain/ids.ts'
import { rulesName, rulesOf } from '../../domain/monitoring/rules.ts'
import type { MonitoringRequest } from '../../domain/monitoring/update.ts'
import { type Decider, decisionsIn, eventsIn, gateHands, newWorld, type World } from '../support/gate-rig.ts'
import { approvedByBen, type GatedRun, tellGated } from '../support/gated-run.ts'
import { provenRules } from '../support/proven-request.ts'
import { type Hands, openRig, type Rig } from '../support/workflow-rig.ts'

const FORMER = 'groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]\n'
const PROPOSED = 'groups: [{name: g, rules: [{alert: Down, expr: up < 1}, {alert: Full, expr: disk > 0.9}]}]\n'
const TESTS = 'rule_files: [rules.yml]\n'
const TITLE = `new rules for Prometheus, ${rulesName(digestOf(PROPOSED))}: 1 added, 1 changed`

const request: MonitoringRequest = {
  rules: digestOf(PROPOSED),
  tests: [digestOf(TESTS)],
  why: 'it fired at night',
  requestedBy: 'ana',
  incident: null,
}

/** What is on the monitoring machine; a story changes it. */
interface Paper {
  file: string
  inForce: string
  writes: number
  reloads: number
}

describe('an update of the rules', () => {
  let rig: Rig
  let world: World
  let paper: Paper
  before(async () => {
    rig = await openRig('127.81.0.45')
  })
  after(() => rig?.close())
  beforeEach(() => {
    world = newWorld()
    paper = { file: FORMER, inForce: FORMER, writes: 0, reloads: 0 }
  })
  afterEach(async () => {
    // Only a failed test leaves one behind, and the next one needs the lock.
    await rig.client.workflow
      .getHandle(monitoringWorkflowId())
      .terminate('the test is over')
      .catch(() => undefined)
  })

  const texts = new Map([FORMER, PROPOSED, TESTS].map(text => [`sha256:${digestOf(text)}`, text]))
  const asked: unknown[] = []

  function portsOf(): MonitoringPorts {
    return {
      store: {
        get: async ref => new TextEncoder().encode(texts.get(ref)),
        put: async (kind, bytes) => ({ kind, ref: '', bytes: bytes.length, sha256: '' }),
      },
      tryRules: async (rules, tests) => {
        asked.push([rules, ...tests])
        return ['promtool is content']
      },
      prometheus: {
        rules: async () =>
          rulesOf(parseRules(paper.inForce)).map(({ group, name, query }) => {
            return { group, name, kind: 'alerting', query, health: 'ok' }
          }),
        reload: async () => {
          paper.reloads += 1
          paper.inForce = paper.file
        },
        format: async query => query,
      },
      file: '/etc/prometheus/a.rules.yml',
      readRules: async path => ({
        path,
        text: paper.file,
        sha256: digestOf(paper.file),
        uid: 0,
        gid: 0,
        mode: 0o644,
      }),
      writeRules: async (_now, text) => {
        paper.writes += 1
        paper.file = text
      },
    }
  }

  interface Options {
    readonly ports?: (ports: MonitoringPorts) => Partial<MonitoringPorts>
    readonly prometheus?: Partial<NonNullable<MonitoringPorts['prometheus']>>
    readonly control?: Hands['control']
    readonly request?: Partial<MonitoringRequest>
  }

  function start(changes: Partial<MonitoringRequest> = {}) {
    return rig.client.workflow.start<(request: MonitoringRequest) => Promise<ChangeResult>>('monitoringUpdate', {
      workflowId: monitoringWorkflowId(),
      taskQueue: CONTROL_QUEUE,
      args: [provenRules({ ...request, ...changes })],
    })
  }

  async function tell<T>(options: Options, story: (told: GatedRun<MonitoringRequest>) => Promise<T>): Promise<T> {
    const ports = portsOf()
    assert.ok(ports.prometheus !== null)
    const changed: MonitoringPorts = {
      ...ports,
      prometheus: { ...ports.prometheus, ...options.prometheus },
      ...options.ports?.(ports),
    }
    const { control, chat } = gateHands(world)
    const hands: Hands = {
      control: { ...control, ...createMonitoringActivities(changed), ...options.control },
      hosts: {},
      ...(chat === undefined ? {} : { chat }),
    }
    return await tellGated(rig, hands, () => start(options.request), story)
  }

  const approved = (options: Options) => tell(options, approvedByBen)

  const failing =
    (message: string, owner: OpsError['owner'] = 'operator') =>
    async () => {
      throw new OpsError({ owner, message, hint: 'Look at it.' })
    }
  const states = async (decider: Decider) => (await decider.gates()).map(({ state }) => state)
  const untouched = () => assert.deepEqual(paper, { file: FORMER, inForce: FORMER, writes: 0, reloads: 0 })
  const isBack = () => assert.deepEqual([paper.file, paper.inForce], [FORMER, FORMER])

  test('is approved by another person, put in once, seen in force, and in the ledger', async () => {
    await tell({}, async ({ handle, decider, result }) => {
      const { request: question } = await decider.open()
      untouched()
      assert.deepEqual(asked.at(-1), [PROPOSED, TESTS])
      assert.equal(question.title, TITLE)
      assert.deepEqual(question.evidence, ['promtool is content'])
      assert.deepEqual(question.plan.steps.slice(1), [
        'changed: alert Down (g): query up == 0 becomes up < 1',
        'added: alert Full (g): disk > 0.9',
      ])
      await assert.rejects(start(), /already started/i, 'the id is the lock')
      assert.match((await decider.say('ana', 'approve')).refusal, /asked for this yourself/)
      await decider.say('ben', 'approve')
      assert.deepEqual(await result(), { state: 'done', outcome: `${TITLE}: all 2 rules are in force.` })
      assert.deepEqual(paper, { file: PROPOSED, inForce: PROPOSED, writes: 1, reloads: 1 })
      const events = eventsIn(world).map(({ kind, target, by, reason }) => [kind, target, by, reason])
      assert.deepEqual(events, [
        ['note', 'estate', 'ana', `${TITLE}. Approved by ben: it is needed`],
        ['note', 'estate', 'ana', `done: ${TITLE}: all 2 rules are in force.`],
      ])
      const { typedSearchAttributes } = await handle.describe()
      const found = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]))
      assert.deepEqual([found.OpsPhase, found.OpsVerdict], ['closed', 'ok'])
    })
  })

  test('tells the timeline of its incident, and goes on when that listens no more', async () => {
    const incident = { name: 'INC-7', workflowId: 'incident:nobody' }
    await tell({ request: { incident } }, async ({ handle, decider, result }) => {
      const { approvalId, request: question } = await decider.open()
      assert.equal(question.incident, 'INC-7')
      await decider.say('ben', 'approve')
      assert.equal((await result()).state, 'done')
      const { events } = await handle.fetchHistory()
      const notes = (events ?? []).flatMap(({ signalExternalWorkflowExecutionInitiatedEventAttributes: signal }) => {
        const [payload] = signal?.input?.payloads ?? []
        if (signal?.workflowExecution?.workflowId !== 'incident:nobody' || payload === undefined) return []
        return [defaultPayloadConverter.fromPayload<{ by: object; command: object }>(payload)]
      })
      assert.deepEqual(
        notes.map(({ by, command }) => [by, command]),
        [`${TITLE}; waits for a decision: ${approvalId}`, `done: ${TITLE}: all 2 rules are in force.`].map(text => [
          { person: 'ana', door: 'ops' },
          { kind: 'note', text, automatic: true },
        ]),
      )
      assert.ok(eventsIn(world).every(({ reason }) => reason.startsWith('INC-7: ')))
    })
  })

  test('denied, nothing is done', async () => {
    const denied = await tell({}, async ({ decider, result }) => {
      await decider.open()
      await decider.say('cy', 'deny', { reason: 'too loud' })
      return await result()
    })
    assert.deepEqual(denied, { state: 'refused', outcome: `${TITLE}: Denied by cy: too loud` })
    untouched()
  })

  test('when nobody decides, nothing is done', async () => {
    const { state, outcome } = await tell({}, async ({ decider, result }) => {
      await decider.open()
      return await result()
    })
    assert.equal(state, 'refused')
    assert.match(outcome, /Nobody decided in time/)
    untouched()
  })

  test('that promtool refuses, or that has no Prometheus, asks nobody', async () => {
    const refused = await tell({ ports: () => ({ tryRules: failing('a test fails') }) }, ({ result }) => result())
    assert.deepEqual(refused, {
      state: 'failed',
      outcome: 'It could not begin: a test fails. Look at it. Nothing was changed.',
    })
    const { outcome } = await tell({ ports: () => ({ file: null }) }, ({ result }) => result())
    assert.match(outcome, /OPS_PROMETHEUS_RULES is not set/)
    assert.deepEqual([...new Set(decisionsIn(world).map(({ kind }) => kind))], ['request'])
    untouched()
  })

  describe('while changes are frozen', () => {
    const frozen = { by: 'dee', reason: 'audit', since: '2026-11-23T00:00:00.000Z' }

    test('only the emergency group lets it pass', async () => {
      await tell({ control: { readFreeze: async () => frozen } }, async ({ decider, result }) => {
        await decider.open()
        assert.match((await decider.say('cy', 'approve')).refusal, /group emergency, and you are not in it/)
        assert.equal((await decider.say('ben', 'approve')).counted, true)
        assert.equal((await result()).state, 'done')
      })
    })

    test('since the asking, it does not begin', async () => {
      let looks = 0
      const readFreeze = async () => {
        looks += 1
        return looks === 1 ? null : frozen
      }
      const { state, outcome } = await approved({ control: { readFreeze } })
      assert.equal(state, 'refused')
      assert.match(outcome, /frozen by dee \(audit\)/)
      assert.ok(decisionsIn(world).some(({ entry, verdict }) => entry === 'void' && verdict === 'void'))
      untouched()
    })
  })

  describe('of a file that somebody edits', () => {
    const EDITED = 'groups: [{name: g, rules: [{alert: Down, expr: up == 2}]}]\n'

    test('before the decision: the approval is void', async () => {
      await tell({}, async ({ decider, result }) => {
        await decider.open()
        Object.assign(paper, { file: EDITED, inForce: EDITED })
        await decider.say('ben', 'approve')
        const { state, outcome } = await result()
        assert.equal(state, 'refused')
        assert.match(outcome, /has changed meanwhile.*Propose the rules again/)
        assert.deepEqual(await states(decider), ['void'])
        assert.deepEqual(paper, { file: EDITED, inForce: EDITED, writes: 0, reloads: 0 })
      })
    })

    test('in the last moment: it is left alone', async () => {
      const record: NonNullable<Hands['control']['record']> = async rows => {
        if (JSON.stringify(rows).includes('/planned')) paper.file = EDITED
      }
      const { state, outcome } = await approved({ control: { record } })
      assert.equal(state, 'refused')
      assert.match(outcome, /somebody else has changed it/)
      assert.deepEqual([paper.file, paper.writes, paper.reloads], [EDITED, 0, 0])
    })
  })

  test('whose worker is killed between file and reload goes on with the reload', async () => {
    let tries = 0
    const ports = ({ writeRules }: MonitoringPorts): Partial<MonitoringPorts> => ({
      async writeRules(now, text) {
        await writeRules(now, text)
        tries += 1
        throw new Error('the worker is gone')
      },
    })
    assert.equal((await approved({ ports })).state, 'done')
    assert.deepEqual([tries, paper.writes, paper.reloads, paper.inForce], [1, 1, 1, PROPOSED])
  })

  describe('that does not come into force', () => {
    test('because Prometheus refuses it: the former rules are back', async () => {
      let reloads = 0
      const reload = async () => {
        reloads += 1
        if (paper.file === PROPOSED) await failing('Prometheus answered 422', 'tool')()
        paper.inForce = paper.file
      }
      const { state, outcome } = await approved({ prometheus: { reload } })
      assert.equal(state, 'reverted')
      assert.match(outcome, /answered 422\. Look at it\. The former rules are in force again\./)
      isBack()
      assert.equal(reloads, 5, 'four tries, and one for the way back')
    })

    test('because Prometheus reads something else: the former rules are back within the minute', async () => {
      const reload = async () => {
        paper.reloads += 1
      }
      const { state, outcome } = await approved({ prometheus: { reload } })
      assert.equal(state, 'reverted')
      assert.match(outcome, /after 60 s not in force: Down \(g\), Full \(g\); still in force: Down \(g\)/)
      isBack()
    })

    test('because it cannot be written: nothing was changed, and that is seen', async () => {
      const writeRules = failing('cannot replace it: EACCES', 'permission')
      const { state, outcome } = await approved({ ports: () => ({ writeRules }) })
      assert.equal(state, 'reverted')
      assert.match(outcome, /EACCES\. Look at it\. The former rules are in force again/)
      isBack()
    })

    test('and whose way back fails: people are told loudly', async () => {
      const reload = failing('Prometheus is gone', 'host')
      const { state, outcome } = await approved({ prometheus: { reload } })
      assert.equal(state, 'failed')
      assert.match(outcome, /The former rules are NOT back: Prometheus is gone.*Look at \/etc\/prometheus/)
      assert.equal(paper.file, FORMER, 'the file is as before, for a Prometheus that comes back')
    })
  })

  test('while the ledger is away it does not begin', async () => {
    const away = failing('the ledger is closed')
    const record: NonNullable<Hands['control']['record']> = async rows => {
      if (JSON.stringify(rows).includes('/planned')) await away()
    }
    const { state, outcome } = await approved({ control: { record } })
    assert.equal(state, 'failed')
    assert.match(outcome, /could not begin: the ledger is closed/)
    untouched()
  })

  describe('cancelled', () => {
    test('before the decision, nothing was changed and the question is taken back', async () => {
      await tell({}, async ({ handle, decider, result }) => {
        await decider.open()
        await handle.cancel()
        assert.equal((await result()).state, 'cancelled')
        assert.deepEqual(await states(decider), ['cancelled'])
        untouched()
      })
    })

    test('before its rules are seen, the former ones are back', async () => {
      let reached: () => void = () => undefined
      const inTheMiddle = new Promise<void>(resolve => {
        reached = resolve
      })
      const reload = async () => {
        // Not yet in force: the look goes on until the cancellation.
        if (paper.file === FORMER) paper.inForce = FORMER
        else reached()
      }
      await tell({ prometheus: { reload } }, async ({ handle, decider, result }) => {
        await decider.open()
        await decider.say('ben', 'approve')
        await inTheMiddle
        await handle.cancel()
        assert.deepEqual(await result(), {
          state: 'reverted',
          outcome: `${TITLE}: it was cancelled. The former rules are in force again.`,
        })
        isBack()
      })
    })
  })
})
