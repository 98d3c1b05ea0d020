/** Questions that reach a new worker before the workflow task for what has happened since does. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type WorkflowClientInterceptor, type WorkflowHandle } from '@temporalio/client'
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker'
import type { ActivateInput } from '@temporalio/workflow'
import { askAgain, isEarly } from '../../activities/ask-again.ts'
import { bundleOptions } from '../../workers/bundle.ts'
import { interceptors } from '../../workflows/known-time.ts'
import { bundleOf } from '../support/bundle.ts'
import { askClock, heard, tell } from '../support/clock-workflows.ts'
import { openRig, type Post, type Rig } from '../support/workflow-rig.ts'

/** Whether a question or the task is first is the server's choice; of so many, some questions are. */
const RUNS = 20

const CLOCK_WORKFLOWS = join(import.meta.dirname, '..', 'support', 'clock-workflows.ts')

let rig: Rig
before(async () => {
  rig = await openRig('127.77.47.1')
})
after(async () => await rig.close())

/** Asks again as the programs do, and counts how often it had to. */
function countingClient() {
  let early = 0
  const count: WorkflowClientInterceptor = {
    query: async (input, next) =>
      await next(input).catch((error: unknown) => {
        if (isEarly(error)) early += 1
        throw error
      }),
  }
  const { connection } = rig.client
  const client = new Client({
    connection,
    namespace: rig.server.namespace,
    interceptors: { workflow: [askAgain, count] },
  })
  return { client, early: () => early }
}

/** Runs that are asked while nobody works, and are then told something at or after `told`. */
async function askedAndTold(client: Client, worker: Post) {
  const start = () => client.workflow.start(askClock, { workflowId: randomUUID(), taskQueue: 'clock' })
  const runs = await Promise.all(Array.from({ length: RUNS }, start))
  await rig.whileWorking([worker], async () => {
    for (const run of runs) assert.deepEqual(await run.query(heard), [])
  })
  // A second later nobody works, the questions wait, and then the runs are told something.
  await sleep(1_200)
  const questions = Promise.all(runs.map(run => run.query(heard)))
  questions.catch(() => undefined)
  await sleep(300)
  const told = Date.now()
  await Promise.all(runs.map(run => run.signal(tell)))
  return { runs, questions, told }
}

test('no run acts at a time that is not in its history', { timeout: 90_000 }, async () => {
  const workflowBundle = await bundleOf('support/clock-workflows.ts')
  const worker = { taskQueue: 'clock', workflowBundle, activities: {} }
  const { client, early } = countingClient()
  const { runs, questions, told } = await askedAndTold(client, worker)
  await rig.whileWorking([worker], async () => {
    await questions
    for (const moment of (await Promise.all(runs.map(run => run.result()))).flat()) assert.ok(moment >= told)
  })
  assert.ok(early() > 0, 'no question came before its task, so nothing was tried')
  for (const run of runs) await Worker.runReplayHistory({ workflowBundle }, await run.fetchHistory(), run.workflowId)
})

test('without the guard runs stop for good; reset to its last completed task, each goes on with what it was told', {
  timeout: 90_000,
}, async () => {
  const { workflowInterceptorModules: _guard, ...options } = bundleOptions(CLOCK_WORKFLOWS)
  const workflowBundle = await bundleWorkflowCode({ ...options, logger: new DefaultLogger('ERROR') })
  const worker = { taskQueue: 'clock', workflowBundle, activities: {} }
  const { runs, questions, told } = await askedAndTold(rig.client, worker)
  // Asleep at the wrong time; the next worker replays them at the right one.
  await rig.whileWorking([worker], async () => void (await questions))
  await rig.whileWorking([worker], async () => {
    const stopped = []
    for (const run of runs) if (await isStopped(run)) stopped.push(run)
    assert.ok(stopped.length > 0, 'no question came before its task, so nothing was tried')
    for (const run of stopped) for (const moment of await resetToLastTask(run)) assert.ok(moment >= told)
  })
})

/** Whether its task fails again and again; not so when it has ended. */
async function isStopped(run: WorkflowHandle<typeof askClock>): Promise<boolean> {
  for (;;) {
    const { status, raw } = await run.describe()
    if (status.name !== 'RUNNING') return false
    if ((raw.pendingWorkflowTask?.attempt ?? 0) > 1) return true
    await sleep(100)
  }
}

/** As "Reset" does in the UI. Gives what the new run gives. */
async function resetToLastTask(run: WorkflowHandle<typeof askClock>) {
  const { events } = await run.fetchHistory()
  const last = events?.findLast(event => event.workflowTaskCompletedEventAttributes != null)
  const { runId } = await rig.client.workflowService.resetWorkflowExecution({
    namespace: rig.server.namespace,
    workflowExecution: { workflowId: run.workflowId },
    reason: 'test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: last?.eventId ?? null,
  })
  return await rig.client.workflow.getHandle<typeof askClock>(run.workflowId, runId).result()
}

test('a run that was terminated with something that it never looked at can only be refused', async () => {
  const worker = { taskQueue: 'clock', workflowBundle: await bundleOf('support/clock-workflows.ts'), activities: {} }
  const run = await rig.client.workflow.start(askClock, { workflowId: randomUUID(), taskQueue: 'clock' })
  await rig.whileWorking([worker], async () => assert.deepEqual(await run.query(heard), []))
  await run.signal(tell)
  await run.terminate('end of the test')
  await rig.whileWorking([worker], async () => await assert.rejects(run.query(heard), isEarly))
})

describe('a step', () => {
  const TASK = { historyLength: 5, timestamp: { seconds: 10, nanos: 1 }, historySizeBytes: 500, isReplaying: false }
  const LATER = { seconds: 11, nanos: 0 }
  const cases = [
    { what: 'of the next task', next: { historyLength: 9, timestamp: LATER, historySizeBytes: 900 }, isRefused: false },
    { what: 'with events of no task', next: { historyLength: 7 }, isRefused: true },
    { what: 'that goes on with the same events', next: {}, isRefused: false },
    { what: 'after the clock was set back', next: { historyLength: 9, historySizeBytes: 900 }, isRefused: false },
    { what: 'that adds nothing to the size', next: { historyLength: 9, timestamp: LATER }, isRefused: false },
    { what: 'that is replayed', next: { historyLength: 9, isReplaying: true }, isRefused: false },
  ]
  for (const { what, next, isRefused } of cases) {
    test(`${what} is ${isRefused ? 'refused' : 'taken'}`, () => {
      const activate = interceptors().internals?.[0]?.activate
      const taken: object[] = []
      const take = (step: object) =>
        activate?.({ activation: step as ActivateInput['activation'], batchIndex: 0 }, () => void taken.push(step))
      take(TASK)
      if (isRefused) assert.throws(() => take({ ...TASK, ...next }), /asked before/)
      else take({ ...TASK, ...next })
      assert.equal(taken.length, isRefused ? 1 : 2)
    })
  }
})
