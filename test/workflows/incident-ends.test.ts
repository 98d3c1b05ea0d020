/** How runs of incidents end, on the real server and with the activities that look at other runs: nobody is left unheard. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Context } from '@temporalio/activity'
import { createIncidentActivities, type IncidentPorts } from '../../activities/incidents.ts'
import { OpsError } from '../../domain/failures.ts'
import { changeWorkflowId, followUpsWorkflowId, incidentWorkflowId } from '../../domain/ids.ts'
import type { IncidentCommand, IncidentMessage } from '../../domain/incident/commands.ts'
import { answerQuery, incidentSignal } from '../../workflows/messages.ts'
import {
  type Changes,
  declaration,
  declare,
  done,
  FIRES,
  type IncidentHandle,
  incidentHands,
  incidentWhen,
  message,
  resolveIncident,
  say,
  until,
} from '../support/incident-rig.ts'
import { ana, ben } from '../support/team.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

const RESTART: IncidentCommand = { kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} }
const NO_PLAN = new OpsError({ owner: 'operator', message: 'nothing to restart', hint: 'Look at the unit.' })

describe('the end of an incident', () => {
  let rig: Rig
  let last = 20
  before(async () => {
    rig = await openRig('127.81.0.32')
  })
  after(() => rig?.close())

  /** With the real activities that reach other runs, and a number of its own for each incident. */
  function handsThatReach(changes: Changes = {}) {
    const { openIncident, tellIncident, readStanding, readEnd } = reaching()
    const numbers = new Map<string, number>()
    const numberIncident = async ({ incident }: { readonly incident: string }) => {
      const number = numbers.get(incident) ?? ++last
      numbers.set(incident, number)
      return number
    }
    const control = { openIncident, tellIncident, readStanding, readEnd, numberIncident, ...changes.control }
    return incidentHands({ ...changes, control })
  }

  function reaching() {
    return createIncidentActivities({ client: rig.client } as IncidentPorts)
  }

  async function opened(workflowId?: string) {
    const handle = await declare(rig, declaration(), workflowId === undefined ? {} : { workflowId })
    const { number } = await incidentWhen(handle, ({ evidenceAt, card }) => evidenceAt !== null && card !== null)
    return { handle, number, name: `INC-${number}` }
  }

  async function resolved(handle: IncidentHandle): Promise<void> {
    await resolveIncident(handle, ana)
    const due = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
    await done(handle, ana, { kind: 'follow-up', about: 'prevention', title: 'limit', owner: ben, due })
    await done(handle, ana, { kind: 'review', at: `${due} 10:00`, notes: 'we talked about it' })
  }

  test('whatever Temporal accepts while a closed incident leaves is answered, and its follow-ups know of it', async () => {
    const { hands, notebook } = handsThatReach()
    await rig.withWorkers(hands, async () => {
      const { handle, name } = await opened()
      await resolved(handle)
      const pinned: IncidentHandle = rig.client.workflow.getHandle(handle.workflowId, (await handle.describe()).runId)
      await done(handle, ana, { kind: 'close' })
      const accepted: string[] = []
      // What changes nothing keeps it from nothing: it leaves in the midst of them.
      for (const end = performance.now() + 30_000; performance.now() < end; await pause(Math.random() * 30)) {
        const late = message(ben, { kind: 'still-on-it' })
        try {
          await pinned.signal(incidentSignal, late)
        } catch {
          break
        }
        accepted.push(late.id)
      }
      assert.ok(accepted.length > 5, 'it was told something to its end')
      // The newest hundred answers are kept, and each is asked of a run that has ended.
      for (const id of accepted.slice(-12))
        assert.equal((await pinned.query(answerQuery, id))?.outcome, 'refused', 'it is answered')
      const closed = await pinned.result()
      const followUps: IncidentHandle = rig.client.workflow.getHandle(followUpsWorkflowId(name))
      await done(followUps, ben, { kind: 'follow-up-done', number: 1 })
      const { entries } = await followUps.result()
      assert.equal(entries, closed.entries + 1)
      assert.deepEqual(
        notebook.rows.map(({ entry }) => entry),
        Array.from({ length: entries }, (_, index) => index + 1),
        'every line is in the ledger once and in order, through both runs',
      )
    })
  })

  test('merged into what is not there, it stays open; merged into what is, that one hears of it and of what comes', async () => {
    const { hands, notebook } = handsThatReach()
    const cause = incidentWorkflowId('test/merged')
    await rig.withWorkers(hands, async () => {
      const survivor = await opened()
      const duplicate = await opened(cause)
      const typo = await say(duplicate.handle, ana, { kind: 'merge', into: 'INC-999' })
      assert.deepEqual([typo.outcome, typo.text], ['refused', 'there is no INC-999'])
      await done(duplicate.handle, ana, { kind: 'merge', into: survivor.name })
      assert.equal((await duplicate.handle.result()).mergedInto, survivor.name)
      const back = await say(survivor.handle, ben, { kind: 'merge', into: duplicate.name })
      assert.equal(back.text, `${duplicate.name} is closed`)

      const again = declaration({ by: { person: null, door: 'alert' }, alerts: [FIRES] })
      const alerts = (id: string): IncidentMessage => ({ ...message(null, { kind: 'alerts', alerts: [FIRES] }), id })
      const { openIncident, tellIncident } = reaching()
      await openIncident({ workflowId: cause, declaration: again, message: alerts('a1') })
      const { severity, timeline } = await incidentWhen(survivor.handle, incident => incident.alerts.length === 1)
      assert.equal(severity, 'critical')
      assert.equal(timeline.filter(({ kind }) => kind === 'declared-again').length, 1, 'of the merge')
      await tellIncident({ workflowId: cause, message: { ...alerts('a2'), command: { kind: 'alerts', alerts: [] } } })
      await until(() => notebook.pages.length > 2, 'pages')

      await done(survivor.handle, ana, { kind: 'false-alarm', reason: 'it was the probe' })
      await survivor.handle.result()
      await assert.rejects(tellIncident({ workflowId: cause, message: alerts('a3') }))
      await openIncident({ workflowId: cause, declaration: { ...again, id: 'a4' }, message: alerts('a4') })
      const fresh: IncidentHandle = rig.client.workflow.getHandle(cause)
      const { number } = await incidentWhen(fresh, incident => incident.number !== duplicate.number)
      assert.ok(number > duplicate.number, 'with the other one its cause is free for a new incident')
      await fresh.terminate()
    })
  })

  test('when the other one cannot be told of the merge, it is open again', async () => {
    const { hands, notebook } = handsThatReach({
      control: {
        readStanding: async () => 'open',
      },
    })
    await rig.withWorkers(hands, async () => {
      const { handle } = await opened()
      await done(handle, ana, { kind: 'merge', into: 'INC-998' })
      const { status } = await incidentWhen(handle, ({ reopened }) => reopened === 1)
      assert.equal(status, 'investigating')
      await until(() => notebook.pages.length === 2, 'a second page')
      await handle.terminate()
    })
  })

  test('a change outlives the incident that somebody cancels', async () => {
    const begun = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const { hands, notebook } = handsThatReach({
      alpha: {
        async planChange() {
          begun.resolve()
          await Promise.race([Context.current().cancelled, released.promise])
          throw NO_PLAN
        },
      },
    })
    await rig.withWorkers(hands, async () => {
      const { handle } = await opened()
      await done(handle, ana, { kind: 'acknowledge' })
      await done(handle, ana, RESTART)
      const change = rig.client.workflow.getHandle(changeWorkflowId('alpha'))
      await begun.promise
      await handle.cancel()
      await assert.rejects(handle.result())
      assert.equal((await change.describe()).status.name, 'RUNNING')
      assert.match(
        notebook.rows.at(-1)?.text ?? '',
        /its run was cancelled; what runs of change:alpha .* goes on by itself/,
      )
      assert.ok(notebook.rows.every(({ text }) => !/change 1 .* was cancelled/.test(text)))
      released.resolve()
      assert.equal(((await change.result()) as { readonly state: string }).state, 'failed')
    })
  })

  test('while a change runs it does not continue as new, and hears how the change ends', async () => {
    let release: () => void = () => undefined
    const { hands } = handsThatReach({
      alpha: {
        async planChange() {
          await new Promise<void>(resolve => {
            release = resolve
          })
          throw NO_PLAN
        },
      },
    })
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig, declaration({ severity: 'medium' }), { renewAfter: 60 })
      const runOf = async () => (await handle.describe()).runId
      await done(handle, ana, { kind: 'acknowledge' })
      await done(handle, ana, RESTART)
      const run = await runOf()
      for (let count = 1; count <= 20; count += 1) await done(handle, ana, { kind: 'note', text: `note ${count}` })
      await pause(1_000)
      assert.equal(await runOf(), run)
      release()
      const { changes } = await incidentWhen(handle, incident => incident.changes[0]?.state !== 'planning')
      assert.equal(changes[0]?.state, 'failed')
      assert.match(changes[0]?.outcome ?? '', /nothing to restart/)
      while ((await runOf()) === run) await pause(50)
      const { changes: kept } = await incidentWhen(handle, ({ entries }) => entries > 20)
      assert.deepEqual(kept, changes)
      await handle.terminate()
    })
  })

  test('a host that an alert names later is looked at, and nothing else', async () => {
    const { hands, notebook } = handsThatReach()
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig, declaration({ hosts: ['alpha'] }))
      await incidentWhen(handle, ({ evidenceAt }) => evidenceAt !== null)
      assert.ok(notebook.looks.every(look => look.startsWith('alpha')))
      const looks = notebook.looks.length
      await handle.signal(incidentSignal, { ...message(null, { kind: 'alerts', alerts: [FIRES] }), id: randomUUID() })
      const { evidence, systems } = await incidentWhen(handle, incident =>
        incident.evidence.some(({ host }) => host === 'beta'),
      )
      assert.deepEqual(systems, ['alpha', 'beta'])
      assert.deepEqual(new Set(evidence.map(({ host }) => host)), new Set(['alpha', 'estate', 'beta']))
      assert.ok(notebook.looks.slice(looks).every(look => look.startsWith('beta')))
      await handle.terminate()
    })
  })
})
