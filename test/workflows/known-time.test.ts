/** Questions that reach a new worker before the workflow task for what has happened since does. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker'
import { askClock, heard, tell } from '../support/clock-workflows.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** Whether a question or the task is first is the server's choice; of so many, some questions are. */
const RUNS = 20

let rig: Rig
before(async () => {
  rig = await openRig('127.77.47.1')
})
after(async () => await rig.close())

test('no run acts at a time that is not in its history', { timeout: 90_000 }, async () => {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'test', 'support', 'clock-workflows.ts'),
    workflowInterceptorModules: [join(ROOT, 'workflows', 'known-time.ts')],
    logger: new DefaultLogger('ERROR'),
  })
  const worker = { taskQueue: 'clock', workflowBundle, activities: {} }
  const start = () => rig.client.workflow.start(askClock, { workflowId: randomUUID(), taskQueue: 'clock' })
  const runs = await Promise.all(Array.from({ length: RUNS }, start))
  await rig.whileWorking([worker], async () => {
    for (const run of runs) assert.deepEqual(await run.query(heard), [])
  })
  // A second later nobody works, the questions wait, and then the runs are told something.
  await sleep(1_200)
  const questions = runs.map(run => run.query(heard))
  await sleep(300)
  const told = Date.now()
  await Promise.all(runs.map(run => run.signal(tell)))

  await rig.whileWorking([worker], async () => {
    await Promise.all(questions)
    for (const moment of (await Promise.all(runs.map(run => run.result()))).flat()) assert.ok(moment >= told)
  })
  for (const run of runs) await Worker.runReplayHistory({ workflowBundle }, await run.fetchHistory(), run.workflowId)
})
