import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Context } from '@temporalio/activity'
import type { OpenReview } from '../../activities/incident-response.ts'
import { endOf } from '../../activities/incident-runs.ts'
import { OpsError } from '../../domain/failures.ts'
import { CONTROL_QUEUE, changeWorkflowId, followUpsWorkflowId, incidentWorkflowId } from '../../domain/ids.ts'
import type { IncidentCommand } from '../../domain/incident/commands.ts'
import type { IncidentWorkflow } from '../../workflows/incident-start.ts'
import { answerQuery, changeMovedSignal, incidentSignal, progressQuery } from '../../workflows/messages.ts'
import type { Carried } from '../../workflows/steps/incident-desk.ts'
import { incidentMarkdown } from '../../workflows/steps/incident-details.ts'
import {
  declaration,
  declare,
  done,
  type IncidentHandle,
  incidentHands,
  incidentWhen,
  message,
  say,
  until,
} from '../support/incident-rig.ts'
import { ana, ben, cy, team } from '../support/team.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

/** From "resolved" to the end. */
async function resolveAndClose(handle: IncidentHandle): Promise<void> {
  const early = await say(handle, ana, { kind: 'resolve', resolution: 'restarted' })
  assert.equal(early.outcome, 'refused', 'nothing is resolved without its root cause (I2.2b)')
  const rootCause = { trigger: 'deploy', propagation: 'heap', contributingFactors: 'no limit', findings: 'leak' }
  await done(handle, ana, { kind: 'root-cause', rootCause })
  await done(handle, ana, { kind: 'resolve', resolution: 'restarted' })
  const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  await done(handle, ana, { kind: 'follow-up', about: 'prevention', title: 'limit', owner: ben, due: until })
  await done(handle, ana, { kind: 'follow-up', about: 'monitoring', title: 'rule', owner: ben, due: until })
  await done(handle, ana, { kind: 'review', at: `${until} 10:00`, notes: 'we talked about it' })
  await done(handle, ana, { kind: 'close' })
}

describe('an incident', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig('127.81.0.11')
  })
  after(() => rig?.close())

  for (const maxCachedWorkflows of [200, 0]) {
    test(`from the declaration to the end, with ${maxCachedWorkflows} workflows in memory`, async () => {
      const { hands, notebook } = incidentHands({ control: { readEnd: run => endOf(rig.client, run) } })
      const followUps: IncidentHandle = rig.client.workflow.getHandle(followUpsWorkflowId('INC-7'))
      const closed = await rig.withWorkers({ ...hands, maxCachedWorkflows }, async () => {
        const handle = await declare(rig)
        const open = await incidentWhen(handle, ({ evidenceAt, card }) => evidenceAt !== null && card !== null)
        assert.equal(open.number, 7)
        assert.equal(open.evidence.filter(({ host }) => host === 'alpha').length, 7)
        await until(() => notebook.pages.length === 1, 'a page')
        assert.equal(notebook.pages[0]?.person, ana)

        await done(handle, ana, { kind: 'acknowledge' })
        await until(() => notebook.quiets.length === 1, 'silence')
        await resolveAndClose(handle)
        await handle.result()
        const late = await say(followUps, ana, { kind: 'reopen', reason: 'down again' })
        assert.deepEqual([late.outcome, late.text], ['refused', 'INC-7 is closed, and its run has ended'])
        await done(followUps, ben, { kind: 'follow-up-done', number: 1 })
        assert.equal((await followUps.describe()).status.name, 'RUNNING', 'one is still to be done')
        await done(followUps, ben, { kind: 'follow-up-done', number: 2 })
        const last = await followUps.result()
        assert.ok(last.followUps.every(({ doneAt }) => doneAt !== null))
        assert.equal(notebook.rows.length, last.entries, 'its lines go on in the same timeline')
        return last
      })
      assert.equal(closed.status, 'closed')
      assert.equal(closed.ending, 'completed')
      assert.equal(closed.acknowledged?.by, ana)
      assert.equal(notebook.pages.length, 1, 'nobody is paged after the acknowledgement')
      assert.deepEqual(
        notebook.rows.map(({ entry }) => entry),
        Array.from({ length: closed.entries }, (_, index) => index + 1),
        'every line is in the ledger once and in order',
      )
      assert.ok(notebook.mails.some(({ subject }) => subject === '[INCIDENT] OpenCode ACP - High - acp down'))
      assert.ok(notebook.mails.some(({ subject }) => subject === '[RESOLVED] OpenCode ACP Incident - acp down'))
      const [first, ...others] = notebook.cards
      assert.equal(first, null, 'the card is posted once')
      assert.ok(others.length > 0 && others.every(place => place !== null), 'and edited from then on')
    })
  }

  test('is found by number, severity and host, and says what it waits for', async () => {
    const { hands } = incidentHands()
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig, declaration({ hosts: ['alpha'] }))
      const open = await incidentWhen(handle, ({ evidenceAt }) => evidenceAt !== null)
      const { steps } = await handle.query(progressQuery)
      const stateOf = (words: string) => steps.find(({ title }) => title.includes(words))?.state
      assert.deepEqual([stateOf('Acknowledge'), stateOf('evidence'), stateOf('Close')], ['running', 'done', 'waiting'])
      const details = incidentMarkdown({ ...open, title: '<b>acp</b> [down](x)' })
      assert.match(details, /\*\*INC-7\*\* \\<b\\>acp/)
      assert.match(details, /waits for: an acknowledgement, next page at /)
      const { searchAttributes } = await handle.describe()
      assert.deepEqual(searchAttributes.OpsIncident, ['INC-7'])
      assert.deepEqual(searchAttributes.OpsSeverity, ['high'])
      assert.deepEqual(searchAttributes.OpsTarget, ['alpha'])
      await handle.terminate()
    })
  })

  test('says where its card is, also when nothing else has happened since', async () => {
    let slackIsBack = () => {}
    const away = new Promise<void>(resolve => {
      slackIsBack = resolve
    })
    const place = { channel: 'C0INCIDENTS', ts: '1700000000.000900' }
    const { hands } = incidentHands({
      chat: {
        async showCard() {
          await away
          return place
        },
      },
    })
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig, declaration())
      await incidentWhen(handle, ({ evidenceAt, card }) => evidenceAt !== null && card === null)
      slackIsBack()
      assert.deepEqual((await incidentWhen(handle, ({ card }) => card !== null)).card, place)
      await handle.terminate()
    })
  })

  test('a second click, a repeated delivery and a second declaration join it', async () => {
    const { hands, notebook } = incidentHands()
    await rig.withWorkers(hands, async () => {
      const workflowId = incidentWorkflowId('test/joined')
      const first = declaration()
      const handle = await declare(rig, first, { workflowId })
      await declare(rig, first, { workflowId })
      await declare(rig, declaration({ by: { person: cy, door: 'slack' } }), { workflowId })
      const note = message(ana, { kind: 'note', text: 'looking' })
      for (const _ of [1, 2]) await handle.signal(incidentSignal, note)
      const open = await incidentWhen(handle, ({ timeline }) => timeline.some(({ kind }) => kind === 'note'))
      const count = (wanted: string) => open.timeline.filter(({ kind }) => kind === wanted).length
      assert.deepEqual([count('declared'), count('declared-again'), count('note')], [1, 1, 1])
      await until(() => notebook.pages.length > 0, 'a page')
      assert.equal(notebook.pages.length, 1)
      await handle.terminate()
    })
  })

  test('what is no message, or cannot be read, stops nothing', async () => {
    const { hands } = incidentHands()
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig)
      await handle.signal('incident', 'garbage')
      await handle.signal('incident', { id: 'x', at: 'now', by: {}, command: { kind: 'status', findings: 7 } })
      await done(handle, ana, { kind: 'acknowledge' })
      assert.equal((await handle.query(answerQuery, 'x'))?.outcome, 'refused')
      await handle.terminate()
    })
  })

  test('while the chat hangs, an acknowledgement works at once, and silence follows the hanging page', async () => {
    let stopped = false
    const { hands, notebook } = incidentHands({
      chat: {
        showCard: () => Context.current().cancelled,
        async page() {
          await Context.current().cancelled.finally(() => {
            stopped = true
          })
          throw new Error('not reached')
        },
      },
    })
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig)
      await incidentWhen(handle, ({ evidenceAt }) => evidenceAt !== null)
      const asked = performance.now()
      await done(handle, ana, { kind: 'acknowledge' })
      assert.ok(performance.now() - asked < 2_500, 'nobody waits longer than 2.5 s')
      await until(() => notebook.quiets.length === 1, 'silence')
      assert.ok(stopped, 'the page has no last word')
      assert.equal(notebook.pages.length, 0)
      await handle.terminate()
    })
  })

  test('a collector that hangs and a host that is silent leave the rest', { timeout: 90_000 }, async () => {
    const { hands } = incidentHands({
      alpha: {
        async collectEvidence({ collector }) {
          if (collector === 'log') await Context.current().cancelled
          if (collector === 'disk') throw new OpsError({ owner: 'tool', message: 'df says nothing', hint: 'Look.' })
          return { collector, summary: 'as ever', artefact: null, facts: {} }
        },
      },
    })
    await rig.withWorkers({ ...hands, hosts: { alpha: hands.hosts.alpha ?? {} } }, async () => {
      const declaredAt = performance.now()
      const handle = await declare(rig)
      const { evidence } = await incidentWhen(handle, ({ evidenceAt }) => evidenceAt !== null, 60_000)
      assert.ok(performance.now() - declaredAt < 60_000, 'evidence within a minute')
      const states = (host: string) =>
        Object.fromEntries(evidence.filter(found => found.host === host).map(found => [found.collector, found.state]))
      const alpha = states('alpha')
      assert.deepEqual(
        [alpha.log, alpha.disk, alpha.service, alpha.changes],
        ['failed', 'failed', 'collected', 'collected'],
      )
      assert.ok(Object.values(states('beta')).every(state => state === 'failed'))
      assert.equal(states('estate').alerts, 'collected')
      await handle.terminate()
    })
  })

  test('without the ledger people are paged, and the rows follow with the number', { timeout: 60_000 }, async () => {
    let isAway = true
    const away = new OpsError({ owner: 'host', message: 'the ledger is unreachable', hint: 'Wait.' })
    const { hands, notebook } = incidentHands({
      control: {
        async numberIncident() {
          if (isAway) throw away
          return 12
        },
      },
    })
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig)
      await until(() => notebook.pages.length === 1, 'a page')
      assert.deepEqual(notebook.rows, [])
      isAway = false
      await incidentWhen(handle, ({ number }) => number === 12)
      await until(() => notebook.rows.length > 0, 'rows')
      assert.ok(notebook.rows.every(({ number }) => number === 12))
      await handle.terminate()
    })
  })

  test('a run that goes on without a number takes the one that it gets at once', async () => {
    const { hands, notebook } = incidentHands()
    await rig.withWorkers(hands, async () => {
      const before = await declare(rig)
      const incident = await incidentWhen(before, ({ evidenceAt }) => evidenceAt !== null)
      await before.terminate()
      const workflowId = incidentWorkflowId('test/numbered-late')
      const carried: Carried = {
        incident: { ...incident, number: 0, workflowId },
        people: { team, at: new Date().toISOString() },
        inbox: { seen: [], answers: [], messages: [] },
        errands: { keys: [], tasks: [] },
        chronicle: { entries: incident.entries, rows: [] },
      }
      const handle: IncidentHandle = await rig.client.workflow.start<IncidentWorkflow>('incident', {
        workflowId,
        taskQueue: CONTROL_QUEUE,
        args: [{ declaration: declaration(), carried }],
      })
      await incidentWhen(handle, ({ number }) => number === 7)
      await done(handle, ana, { kind: 'note', text: 'with its number' })
      await until(() => notebook.rows.some(({ text }) => text === 'with its number'), 'the row')
      assert.equal(notebook.rows.at(-1)?.number, 7)
      await handle.terminate()
    })
  })

  test('a change waits for the number that the ledger gives: nothing is asked for as INC-0', async () => {
    let isAway = true
    const { hands } = incidentHands({
      control: {
        async numberIncident() {
          if (isAway) throw new OpsError({ owner: 'host', message: 'the ledger is unreachable', hint: 'Wait.' })
          return 13
        },
      },
      alpha: {
        async planChange() {
          throw new OpsError({ owner: 'operator', message: 'nothing to restart', hint: 'Look at the unit.' })
        },
      },
    })
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig, declaration({ severity: 'medium' }))
      await done(handle, ana, { kind: 'acknowledge' })
      await done(handle, ana, { kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} })
      const { number, changes } = await incidentWhen(handle, incident => incident.changes[0]?.outcome !== null)
      assert.equal(number, 0)
      assert.equal(changes[0]?.state, 'planning')
      assert.match(changes[0]?.outcome ?? '', /waits for the number of the incident/)
      isAway = false
      await incidentWhen(handle, incident => incident.changes[0]?.state === 'failed')
      const started = await rig.client.workflow.getHandle(changeWorkflowId('alpha')).describe()
      assert.match((await started.staticSummary()) ?? '', /on alpha for INC-13,/)
      await handle.terminate()
    })
  })

  test('cancelled: pages fall silent and the ledger says so', async () => {
    const { hands, notebook } = incidentHands()
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig)
      await until(() => notebook.pages.length === 1, 'a page')
      await handle.cancel()
      await assert.rejects(handle.result())
    })
    assert.equal(notebook.quiets.length, 1)
    assert.match(notebook.rows.at(-1)?.text ?? '', /its run was cancelled/)
  })

  test('without Slack it goes on, and a card that is refused is told of once', async () => {
    const refused = new OpsError({ owner: 'configuration', message: 'the token is revoked', hint: 'Make a new one.' })
    const cases = [
      { control: { readTeam: async () => ({ ...team, slack: null }) }, chat: {}, told: 0 },
      {
        control: {},
        chat: {
          async showCard() {
            throw refused
          },
        },
        told: 1,
      },
    ]
    for (const { control, chat, told } of cases) {
      const { hands, notebook } = incidentHands({ control, chat })
      const closed = await rig.withWorkers(hands, async () => {
        const handle = await declare(rig)
        await incidentWhen(handle, ({ evidenceAt }) => evidenceAt !== null)
        await done(handle, ana, { kind: 'acknowledge' })
        await done(handle, ana, { kind: 'false-alarm', reason: 'it was the probe' })
        return await handle.result()
      })
      assert.equal(closed.ending, 'false-alarm')
      assert.equal(notebook.cards.length, 0)
      assert.ok(
        notebook.posts.every(({ thread }) => thread === null),
        'nothing is posted below no card',
      )
      assert.ok(notebook.mails.length > 0)
      assert.equal(notebook.rows.filter(({ text }) => text.includes('could not draw the card')).length, told)
    }
  })

  test('a change waits in line for its host, says how far it is, and ends in words', async () => {
    let release: () => void = () => undefined
    const refused = new OpsError({ owner: 'operator', message: 'nothing to restart', hint: 'Look at the unit.' })
    const { hands } = incidentHands({
      chat: {
        async page() {
          const released = new Promise<void>(resolve => {
            release = resolve
          })
          await Promise.race([released, Context.current().cancelled])
          return { delivered: 'slack', failed: [], phone: null }
        },
      },
      alpha: {
        async planChange() {
          throw refused
        },
      },
    })
    const restart: IncidentCommand = { kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} }
    const waits = /waits in line: another change of alpha/
    const closed = await rig.withWorkers(hands, async () => {
      const handle = await declare(rig, declaration({ severity: 'medium' }))
      await incidentWhen(handle, ({ evidenceAt }) => evidenceAt !== null)
      await done(handle, ana, { kind: 'acknowledge' })

      const holder = await rig.client.workflow.start('pageTest', {
        workflowId: changeWorkflowId('alpha'),
        taskQueue: CONTROL_QUEUE,
        args: [{ person: ana, requestedBy: ana, id: 'holds alpha' }],
      })
      await done(handle, ana, restart)
      await incidentWhen(handle, ({ changes }) => waits.test(changes[0]?.outcome ?? ''))
      await handle.signal(changeMovedSignal, { number: 1, state: 'awaiting-approval', outcome: null })
      await incidentWhen(handle, ({ changes }) => changes[0]?.state === 'awaiting-approval')
      release()
      await holder.result()
      await rig.skipTime(handle.workflowId)
      const { changes } = await incidentWhen(handle, ({ changes }) => changes[0]?.state === 'failed')
      assert.match(changes[0]?.outcome ?? '', /nothing to restart/)
      await handle.signal(changeMovedSignal, { number: 1, state: 'running', outcome: null })

      await done(handle, ana, { kind: 'false-alarm', reason: 'it was the probe' })
      return await handle.result()
    })
    assert.equal(closed.changes[0]?.state, 'failed', 'what comes late does not count')
  })

  test('it is not closed while nobody can say whether an emergency decision was reviewed', async () => {
    let reviews: () => Promise<readonly OpenReview[]> = () => Promise.reject(new Error('the ledger is away'))
    const asked: string[] = []
    const { hands } = incidentHands({
      control: {
        openReviewsIn(incident) {
          asked.push(incident)
          return reviews()
        },
      },
      alpha: {
        async planChange() {
          throw new OpsError({ owner: 'operator', message: 'nothing to restart', hint: 'Look at the unit.' })
        },
      },
    })
    await rig.withWorkers(hands, async () => {
      const handle = await declare(rig, declaration({ severity: 'medium' }))
      await done(handle, ana, { kind: 'acknowledge' })
      await done(handle, ana, { kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} })
      await incidentWhen(handle, ({ changes }) => changes[0]?.state === 'failed')
      const rootCause = { trigger: 'deploy', propagation: 'heap', contributingFactors: 'no limit', findings: 'leak' }
      await done(handle, ana, { kind: 'root-cause', rootCause })
      await done(handle, ana, { kind: 'resolve', resolution: 'went away' })
      assert.match((await say(handle, ana, { kind: 'close' })).text, /emergency decisions/)
      // Whoever decided may be in no group any more.
      reviews = async () => [{ approvalId: 'APR-1', person: 'eve' }]
      for (const end of [{ kind: 'false-alarm', reason: 'x' } as const, { kind: 'merge', into: 'INC-3' } as const]) {
        assert.match((await say(handle, ana, end)).text, /the review of APR-1, which eve decided alone/)
      }
      assert.match((await say(handle, ana, { kind: 'close' })).text, /the review of APR-1, which eve decided alone/)
      assert.deepEqual([...new Set(asked)], ['INC-7'], 'what was decided for another incident is no matter here')
      reviews = async () => []
      await done(handle, ana, { kind: 'close' })
      await handle.result()
    })
  })
})
