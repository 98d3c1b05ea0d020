/** A host worker that is killed with SIGKILL in the middle of a change: nobody asks for the change a second time. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import type { ResponseHands } from '../../activities/response-hands.ts'
import type { ChangeRequest, ChangeResult, WorkaroundCheck } from '../../domain/changes.ts'
import { CONTROL_QUEUE, changeWorkflowId } from '../../domain/ids.ts'
import { estate } from '../support/facts.ts'
import { deciderOf, gateHands, newWorld, replay, withGateWorkers } from '../support/gate-rig.ts'
import { provenChange } from '../support/proven-request.ts'
import { restartRequest } from '../support/restart-plan.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openRig, postsOf, type Rig } from '../support/workflow-rig.ts'

/** What a look finds once it was taken back. */
const BACK: WorkaroundCheck = { state: 'not-done', healthy: true, summary: 'it answers' }

type Handle = WorkflowHandle<(asked: ChangeRequest) => Promise<ChangeResult>>

describe('a change whose host worker is killed while it carries it out', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig('127.81.0.41')
  })
  after(() => rig?.close())

  /** A host worker in a process of its own is killed in the middle of what was approved; `next` goes on from there. */
  async function tell(context: TestContext, next: (handle: Handle) => Promise<void>): Promise<void> {
    const file = join(await temporaryFolder(context), 'asked')
    const asked = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
    const { address, namespace } = rig.server
    const script = join(import.meta.dirname, '..', 'support', 'doomed-host.ts')
    const doomed = spawn(process.execPath, [script, address, namespace, file], { stdio: 'inherit' })
    const ended = once(doomed, 'exit')
    context.after(() => doomed.kill('SIGKILL'))

    const { control, chat } = gateHands(newWorld())
    const hands = {
      control: { ...control, readEstate: async () => estate },
      ...(chat === undefined ? {} : { chat }),
      hosts: {},
    }
    await withGateWorkers(rig, hands, async () => {
      const handle = await startWhenThere()
      const decider = deciderOf(handle)
      await decider.open()
      await decider.say('ben', 'approve')
      while (asked().length === 0) await sleep(50)
      doomed.kill('SIGKILL')
      await ended
      await next(handle)
      assert.deepEqual(asked(), ['apply'], 'asked for once')
      await replay(handle)
    })
  }

  const CASES: readonly (readonly [
    what: string,
    check: WorkaroundCheck,
    state: ChangeResult['state'],
    words: RegExp,
    calls: readonly string[],
  ])[] = [
    [
      'is done when a look by the next worker says so',
      { state: 'done', healthy: true, summary: 'it answers' },
      'done',
      /: done; it answers/,
      ['check'],
    ],
    [
      'is taken back when it was not done',
      { state: 'not-done', healthy: false, summary: 'it answers nobody' },
      'failed',
      /was not carried out .*Taken back: as before/,
      ['check', 'revert', 'check'],
    ],
  ]
  for (const [what, check, state, words, calls] of CASES) {
    test(what, { timeout: 120_000 }, async context => {
      await tell(context, async handle => {
        const seen: string[] = []
        const next: Partial<ResponseHands> = {
          applyChange: async () => {
            seen.push('apply')
            return 'restarted once more'
          },
          checkChange: async () => {
            const isBack = seen.includes('revert')
            seen.push('check')
            return isBack ? BACK : check
          },
          revertChange: async () => {
            seen.push('revert')
            return 'as before'
          },
        }
        const result = await rig.whileWorking(postsOf({ alpha: next }, undefined), () => handle.result())
        assert.match(result.outcome, words)
        assert.equal(result.state, state)
        assert.deepEqual(seen, calls)
      })
    })
  }

  test('is taken back also when that worker is gone again, and comes back', { timeout: 120_000 }, async context => {
    await tell(context, async handle => {
      const leaving = Promise.withResolvers<void>()
      const checkChange: ResponseHands['checkChange'] = async () => {
        leaving.resolve()
        // So that nothing more is taken up once this has ended.
        await sleep(1_000)
        return { state: 'not-done', healthy: false, summary: 'it answers nobody' }
      }
      await rig.whileWorking(postsOf({ alpha: { checkChange } }, undefined), () => leaving.promise)
      await sleep(11_000)
      const back = { revertChange: async () => 'as before', checkChange: async () => BACK }
      const result = await rig.whileWorking(postsOf({ alpha: back }, undefined), () => handle.result())
      assert.match(result.outcome, /was not carried out .*Taken back: as before/)
    })
  })

  /** The dry run gives a silent host ten seconds; starting the process may take longer on a busy machine. */
  async function startWhenThere() {
    for (;;) {
      const handle = await rig.client.workflow.start<(asked: ChangeRequest) => Promise<ChangeResult>>('change', {
        workflowId: changeWorkflowId('alpha'),
        taskQueue: CONTROL_QUEUE,
        args: [provenChange(restartRequest)],
      })
      const opened = deciderOf(handle).open()
      const early = await Promise.race([opened, handle.result()])
      if ('approvalId' in early) return handle
      await opened.catch(() => undefined)
    }
  }
})
