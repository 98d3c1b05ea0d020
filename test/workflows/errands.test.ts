/** What the rules asked for and then overtook: it stops without a word about its failing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Context } from '@temporalio/activity'
import { OpsError } from '../../domain/failures.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { incidentSignal } from '../../workflows/messages.ts'
import { declaration, declare, incidentHands, incidentWhen, message, until } from '../support/incident-rig.ts'
import { ana, cy, dee, team } from '../support/team.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

let rig: Rig
before(async () => {
  rig = await openRig('127.81.0.31')
})
after(() => rig?.close())

/** As an adapter ends whose tool does not answer, once it is told to stop. */
async function failWhenStopped(): Promise<never> {
  await Context.current().cancelled.catch(() => undefined)
  throw new OpsError({ owner: 'host', message: 'Slack does not answer', hint: 'Wait.' })
}

test('while Slack is down, a silence and a page that were overtaken are not told as failed', async () => {
  let quiets = 0
  let pages = 0
  const { hands } = incidentHands({
    chat: {
      async page({ person }) {
        pages += 1
        if (person === ana) return await failWhenStopped()
        return { delivered: 'mail', failed: [], phone: null }
      },
      async quietPages() {
        quiets += 1
        if (quiets === 1) await failWhenStopped()
      },
    },
  })
  await rig.withWorkers(hands, async () => {
    const handle = await declare(rig)
    await until(() => pages === 1, 'a page')
    await handle.signal(incidentSignal, message(ana, { kind: 'acknowledge' }))
    await until(() => quiets === 1, 'silence')
    await handle.signal(incidentSignal, message(ana, { kind: 'page', person: cy, message: 'come and look' }))
    const { timeline } = await incidentWhen(handle, incident =>
      incident.timeline.some(({ text }) => text.includes('the page to cy went out by mail')),
    )
    const words = timeline.map(({ text }) => text).join('\n')
    assert.doesNotMatch(words, /could not|does not answer/)
    assert.equal(pages, 2)
    await handle.terminate()
  })
})

test('a silence that is parked while Slack is down is asked for again by the next run', {
  timeout: 120_000,
}, async () => {
  let quiets = 0
  const { hands } = incidentHands({
    chat: {
      async quietPages() {
        quiets += 1
        if (quiets === 1) await failWhenStopped()
      },
    },
  })
  await rig.withWorkers(hands, async () => {
    const handle = await declare(rig, declaration(), { renewAfter: 30 })
    const { runId } = await handle.describe()
    await handle.signal(incidentSignal, message(ana, { kind: 'acknowledge' }))
    await until(() => quiets === 2, 'silence of the next run', 100_000)
    const { timeline } = await incidentWhen(handle, () => true)
    assert.notEqual((await handle.describe()).runId, runId)
    assert.doesNotMatch(timeline.map(({ text }) => text).join('\n'), /could not/)
    await handle.terminate()
  })
})

test('while Slack is slow, a page takes out of a silence its own person only, and a second acknowledgement nobody', async () => {
  const silences: { readonly whom: readonly string[]; stopped: boolean }[] = []
  const { hands, notebook } = incidentHands({
    chat: {
      async quietPages({ people = [] }) {
        const silence = { whom: people.map(({ id }) => id), stopped: false }
        silences.push(silence)
        // That of one person gets through.
        if (silence.whom.length === 1) return
        await Context.current().cancelled.catch(() => {
          silence.stopped = true
        })
      },
    },
  })
  await rig.withWorkers({ ...hands, maxCachedWorkflows: 0 }, async () => {
    const handle = await declare(rig, declaration({ severity: 'critical' }))
    await until(() => notebook.pages.length === 3, 'all hands')
    await handle.signal(incidentSignal, message(ana, { kind: 'acknowledge' }))
    await until(() => silences.length === 1, 'silence')
    await handle.signal(incidentSignal, message(ana, { kind: 'page', person: cy, message: 'come and look' }))
    await until(() => silences.length === 2 && notebook.pages.length === 4, 'the page, and silence for the others')
    await handle.signal(incidentSignal, message(dee, { kind: 'acknowledge' }))
    await until(() => silences.length === 3, 'silence for the second one')
    assert.deepEqual(silences, [
      { whom: [ana, cy, dee], stopped: true },
      { whom: [ana, dee], stopped: false },
      { whom: [dee], stopped: false },
    ])
    await handle.terminate()
  })
})

test('what a run takes up from the one before looks for what that has done; what that has not begun, does not', async () => {
  const { hands, notebook } = incidentHands()
  await rig.withWorkers(hands, async () => {
    const pageTo = (person: PersonId) => ({ kind: 'page', key: `k/${person}`, person, title: 't', text: 'x' }) as const
    const errands = { keys: [], tasks: [pageTo(cy), pageTo(dee)], begun: 1 }
    const { handle, carried } = await carriedOver()
    await handle.terminate()
    const next = rig.client.workflow.getHandle(`${handle.workflowId}/next`)
    await rig.client.workflow.start('incident', {
      workflowId: next.workflowId,
      taskQueue: CONTROL_QUEUE,
      args: [{ declaration: declaration(), carried: { ...carried, errands } }],
    })
    await until(() => notebook.pages.length === 3, 'both pages')
    const again = Object.fromEntries(notebook.pages.map(({ person, again: isAgain }) => [person, isAgain]))
    assert.deepEqual(again, { [ana]: false, [cy]: true, [dee]: false })
    await next.terminate()
  })

  async function carriedOver() {
    const handle = await declare(rig)
    const incident = await incidentWhen(handle, ({ timeline }) =>
      timeline.some(({ kind }) => kind === 'page-delivered'),
    )
    const carried = {
      incident,
      people: { team, at: new Date().toISOString() },
      inbox: { seen: [], answers: [], messages: [] },
      chronicle: { entries: incident.entries, rows: [] },
    }
    return { handle, carried }
  }
})
