/** `ops` against a real Temporal server and real workers with fake hands: run, wait, list, show, cancel, schedules, doctor. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, WorkflowStartOptions } from '@temporalio/client'
import { parseHostName } from '../../domain/ids.ts'
import { findProcedure, PROCEDURES } from '../../domain/procedures.ts'
import type { TemporalClient } from '../../starters/client.ts'
import { cancel } from '../../starters/commands/cancel.ts'
import { createContext } from '../../starters/context.ts'
import { startProcedure } from '../../starters/start-procedure.ts'
import { createTerminal } from '../../starters/terminal.ts'
import { beta, greeting } from '../support/facts.ts'
import { ops, opsWithSignal, ROOT } from '../support/ops.ts'
import { bothHosts, controlHands, handsOf, openRig, type Rig } from '../support/workflow-rig.ts'

const RUNNING = 'health-check:all'

/** Procedures that run by themselves. */
const SCHEDULED = PROCEDURES.filter(({ cadence }) => cadence !== null).length

let rig: Rig
let environment: Record<string, string>
const say = (line: string) => ops(line.split(' '), environment)
const json = async (line: string) => JSON.parse((await say(`${line} --json`)).out)

before(async () => {
  rig = await openRig('127.77.41.1')
  environment = { TEMPORAL_ADDRESS: rig.server.address, OPS_ESTATE: join(ROOT, 'sandbox', 'estate.yaml') }
})
after(async () => await rig.close())

describe('schedules', { timeout: 90_000 }, () => {
  test('a sync creates, a second one changes nothing, a person’s pause stays, what differs is corrected', async () => {
    assert.match((await say('schedules sync')).out, /^created ops:health-check/)
    assert.match((await say('schedules sync')).out, /^in step ops:health-check/)
    await say('schedules pause health-check --reason moving')
    const handle = rig.client.schedule.getHandle('ops:health-check')
    await handle.update(previous => ({ ...previous, policies: { ...previous.policies, catchupWindow: 60_000 } }))
    assert.match((await say('schedules sync')).out, /^updated ops:health-check: catchupMs/)
    const { state, policies } = await handle.describe()
    assert.deepEqual([state.paused, policies.catchupWindow], [true, 3 * 3_600_000])
    assert.match(state.note ?? '', /^moving \(/)
    await say('schedules resume health-check --reason done')

    await handle.update(({ action, ...rest }) => ({
      ...rest,
      action: { ...action, staticDetails: 'none', workflowExecutionTimeout: 60_000 },
    }))
    assert.match((await say('schedules sync')).out, /^updated ops:health-check: details, timeoutMs/)
    const { action } = await handle.describe()
    assert.match(action.staticDetails ?? '', /asked for by: schedule/)
    assert.equal(action.workflowExecutionTimeout, 24 * 3_600_000)
  })

  test('foreign ones stay, our retired ones go', async () => {
    const action = { type: 'startWorkflow', workflowType: 'other', taskQueue: 'other' } as const
    const spec = { intervals: [{ every: '1d' as const }] }
    await rig.client.schedule.create({ scheduleId: 'theirs', spec, action })
    await rig.client.schedule.create({ scheduleId: 'ops:old', spec, action, memo: { owner: 'opencode-acp-ops' } })
    await until(async () => /removed ops:old/.test((await say('schedules sync')).out))
    await rig.client.schedule.getHandle('theirs').describe()
    await assert.rejects(rig.client.schedule.getHandle('ops:old').describe())
  })

  test('the next runs are told in the zone of the estate', async () => {
    const { out } = await say('schedules upcoming')
    assert.match(out, /^\d{4}-\d\d-\d\d 09:00:00 UTC {2}health-check of all$/m)
    assert.match(out, /09:30:00 UTC {2}alert-summary/)
    assert.equal((await json('schedules upcoming')).upcoming.length, 10 * SCHEDULED)
  })
})

// Before any other worker polls: the server remembers one that has left for some minutes.
test('the doctor finds what is right, and who is missing', { timeout: 90_000 }, async () => {
  await rig.withWorkers({ control: controlHands().hands, hosts: { beta: handsOf(beta) } }, async () => {
    const { verdict, findings } = await json('doctor')
    const of = (id: string) => findings.filter((finding: { id: string }) => finding.id === id)
    for (const id of ['temporal.server', 'temporal.namespace', 'temporal.search-attributes', 'temporal.clock']) {
      assert.deepEqual(
        of(id).map((finding: { verdict: string }) => finding.verdict),
        ['ok'],
        id,
      )
    }
    assert.deepEqual(
      of('schedule').map((finding: { verdict: string }) => finding.verdict),
      Array.from({ length: SCHEDULED }, () => 'ok'),
    )
    assert.equal(of('worker.control-plane')[0].verdict, 'ok')
    assert.deepEqual(
      of('worker.host').map((finding: { target: string; verdict: string }) => `${finding.target} ${finding.verdict}`),
      ['alpha fail', 'beta ok'],
    )
    assert.match(of('health-check.today')[0].summary, /no health check|is due at/)
    assert.equal(verdict, 'fail')
  })
})

describe('without a worker', { timeout: 90_000 }, () => {
  test('a run starts, is found, refuses a second one, and can be cancelled', async () => {
    const started = await json('run health-check')
    assert.deepEqual([started.workflowId, started.status, started.verdict], [RUNNING, 'running', null])

    const second = await say('run health-check')
    assert.equal(second.code, 75)
    assert.match(second.err, /health-check:all is running since .*asked for by/)
    assert.match(second.err, /ops show health-check:all/)

    const shown = await say(`show ${RUNNING}`)
    assert.equal(shown.code, 0)
    assert.match(shown.out, /running.*health-check of all/)
    assert.match(shown.out, /no worker answers/)

    const cancelled = await say(`cancel ${RUNNING} --reason enough`)
    assert.equal(cancelled.code, 0)
    const { history } = await rig.client.workflowService.getWorkflowExecutionHistory({
      namespace: rig.server.namespace,
      execution: { workflowId: RUNNING },
    })
    const request = history?.events?.find(event => event.workflowExecutionCancelRequestedEventAttributes)
    assert.equal(request?.workflowExecutionCancelRequestedEventAttributes?.cause, 'enough')
    await rig.client.workflow.getHandle(RUNNING).terminate('end of the test')
  })

  test('waiting can be left: the run goes on, exit 130 says how to stop it', async () => {
    const waiting = opsWithSignal(['run', 'health-check', '--target', 'alpha', '--wait'], environment)
    const handle = rig.client.workflow.getHandle('health-check:alpha')
    await until(async () => (await handle.describe()).status.name === 'RUNNING')
    await sleep(1_000)
    waiting.kill('SIGINT')
    const { code, out, err } = await waiting.done
    assert.deepEqual([code, out], [130, ''])
    assert.match(err, /goes on; stop it with: ops cancel health-check:alpha/)
    assert.equal((await handle.describe()).status.name, 'RUNNING')
    await handle.terminate('end of the test')
    assert.equal((await json('show health-check:alpha')).status, 'terminated')
    assert.equal((await say('show health-check:alpha')).code, 3)
  })

  test('a start whose answer was lost is found again, also when its run has ended already', async () => {
    const procedure = findProcedure('health-check')
    const host = parseHostName('alpha')
    assert.ok(procedure && host)
    const { workflow } = rig.client
    const lost = Object.assign(new Error('the answer is lost'), { code: 14 })
    let starts = 0
    const start: typeof workflow.start = async (type: string, options: WorkflowStartOptions) => {
      starts += 1
      const handle = await workflow.start(type, options)
      await handle.terminate('it ended before anybody asked again')
      throw lost
    }
    const lossy = { workflow: { start, getHandle: (id: string) => workflow.getHandle(id) } } as unknown as Client
    const order = {
      procedure,
      request: { host, only: null, requestedBy: 'test' },
      hosts: ['alpha'],
      orderId: randomUUID(),
    }
    const started = await startProcedure(lossy, order)
    assert.equal(starts, 1)
    const newest = await workflow.getHandle('health-check:alpha').describe()
    assert.deepEqual([newest.runId, newest.memo?.orderId], [started.runId, order.orderId])
    assert.equal(Number(newest.raw.executionConfig?.workflowExecutionTimeout?.seconds), 24 * 3_600)
  })

  test('a start that never arrived is asked for again, although an older run of the same id is known', async () => {
    const procedure = findProcedure('health-check')
    const host = parseHostName('alpha')
    assert.ok(procedure && host)
    const { workflow } = rig.client
    let starts = 0
    const start: typeof workflow.start = async (type: string, options: WorkflowStartOptions) => {
      starts += 1
      if (starts === 1) throw Object.assign(new Error('nobody there'), { code: 14 })
      return await workflow.start(type, options)
    }
    const lossy = { workflow: { start, getHandle: (id: string) => workflow.getHandle(id) } } as unknown as Client
    const request = { host, only: null, requestedBy: 'test' }
    const { runId } = await startProcedure(lossy, { procedure, request, hosts: ['alpha'], orderId: randomUUID() })
    assert.equal(starts, 2)
    await workflow.getHandle('health-check:alpha', runId).terminate('end of the test')
  })

  test('a run that ends while it is being cancelled is not running, and that is no defect', async () => {
    await say('run health-check --target alpha')
    const said: string[] = []
    const client = Object.create(rig.client, {
      workflowService: {
        value: {
          // The pinned server takes a cancel of an ended run for done; others refuse it like this.
          requestCancelWorkflowExecution: async () => {
            await rig.client.workflow.getHandle('health-check:alpha').terminate('end of the test')
            throw Object.assign(new Error('workflow execution already completed'), { code: 5 })
          },
        },
      },
    })
    const terminal = { ...createTerminal(process.stdout, process.stderr, {}), say: (line = '') => void said.push(line) }
    const context = {
      ...createContext(terminal, false, environment),
      temporal: async () => ({ client }) as TemporalClient,
    }
    const choice = { workflowId: 'health-check:alpha', runId: null }
    assert.equal(await cancel({ verb: 'cancel', ...choice, reason: 'enough' }, context), 0)
    assert.match(said.join('\n'), /^health-check:alpha is not running: terminated at /)
  })

  test('what is not there is wrong usage', async () => {
    for (const line of ['show nothing', 'cancel nothing --reason R', 'show health-check:alpha --run no-uuid']) {
      assert.equal((await say(line)).code, 64, line)
    }
  })
})

describe('with workers', { timeout: 90_000 }, () => {
  test('a waited run answers with the record of the contract and its verdict', async () => {
    await rig.withWorkers({ control: controlHands().hands, hosts: bothHosts() }, async () => {
      const { code, out, err } = await say('run health-check --wait --json')
      const record = JSON.parse(out)
      assert.deepEqual(Object.keys(record).toSorted(), CONTRACT.toSorted())
      assert.deepEqual([record.workflowId, record.status, record.target], [RUNNING, 'completed', 'all'])
      assert.equal(code, { ok: 0, warn: 1, fail: 2, unknown: 3 }[record.verdict as string], err)
      assert.deepEqual(
        record.targets.map(({ name }: { name: string }) => name),
        ['alpha', 'beta'],
      )
      assert.equal(out.trim().split('\n').length, 1)

      assert.deepEqual(await json(`show ${RUNNING}`), record)
      const described = await rig.client.workflow.getHandle(RUNNING).describe()
      assert.match((await described.staticSummary()) ?? '', /Morning health check \(D1\) of all hosts, asked for by/)
      assert.match((await described.staticDetails()) ?? '', /alpha, beta/)
    })
  })

  test('a run that is cancelled while somebody waits ends unknown, with the reason shown', async () => {
    const ended = Promise.withResolvers<typeof greeting>()
    const hosts = { beta: handsOf(beta, { greet: () => ended.promise }) }
    await rig.withWorkers({ control: controlHands().hands, hosts }, async () => {
      const waiting = opsWithSignal(['run', 'health-check', '--target', 'beta', '--wait'], environment)
      await until(async () => (await json('list --open')).runs.length > 0)
      await say('cancel health-check:beta --reason enough')
      const { code, out } = await waiting.done
      ended.resolve(greeting)
      assert.equal(code, 3)
      assert.match(out, /cancelled/)
    })
  })

  test('lists filter by state and age', async () => {
    await until(async () => (await json('list')).runs.length >= 4)
    const { runs } = await json('list --since 1h')
    assert.ok(runs.every((run: { procedure: string }) => run.procedure === 'health-check'))
    assert.deepEqual((await json('list --open')).runs, [])
    const failed = (await json('list --failed')).runs.map(({ status }: { status: string }) => status)
    assert.deepEqual(new Set(failed), new Set(['terminated']))
  })
})

const CONTRACT = [
  'procedure',
  'workflowId',
  'runId',
  'target',
  'nominalTime',
  'startedAt',
  'closedAt',
  'status',
  'verdict',
  'targets',
  'findings',
  'plan',
  'digest',
  'gates',
  'artefacts',
]

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await holds().catch(() => false)) return
    await sleep(200)
  }
  assert.fail('it did not happen within 20 s')
}
