/** An incident that believes that an alert fires asks before it acts on that, on the real server. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { silenceOf } from '../../activities/find-silence.ts'
import type { SilenceOrder } from '../../domain/alerts/silence.ts'
import { alertWorkflowId, CONTROL_QUEUE } from '../../domain/ids.ts'
import type { IncidentDeclaration } from '../../domain/incident/commands.ts'
import type { AlertReading } from '../../domain/incident/looked-up.ts'
import type { AlertWorkflow } from '../../workflows/alert-start.ts'
import { silenceSignal } from '../../workflows/messages.alerts.ts'
import {
  declaration,
  declare,
  done,
  FIRES,
  type IncidentHandle,
  incidentHands,
  incidentWhen,
  type Opening,
  resolveIncident,
  say,
} from '../support/incident-rig.ts'
import { ana } from '../support/team.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

describe('an alert of which nobody has heard the end', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig('127.81.0.43')
  })
  after(() => rig?.close())

  /** With an Alertmanager that says this of each alert; null for a control plane that cannot ask it. */
  function handsThatSay(state: AlertReading['state'] | null) {
    return incidentHands({
      control: {
        async lookUpAlerts({ alerts }) {
          if (state === null) throw new Error('out of order')
          return alerts.map(alert => ({ ...alert, state, silencedUntil: null }))
        },
      },
    })
  }

  /** Medium, so that closing needs no post-mortem. */
  async function resolved(opening: Opening = {}, differs: Partial<IncidentDeclaration> = {}): Promise<IncidentHandle> {
    const handle = await declare(rig, declaration({ severity: 'medium', alerts: [FIRES], ...differs }), opening)
    await resolveIncident(handle, ana)
    return handle
  }

  test('has ended: it is closed', async () => {
    await rig.withWorkers({ ...handsThatSay('ended').hands, maxCachedWorkflows: 0 }, async () => {
      const handle = await resolved()
      await done(handle, ana, { kind: 'close' })
      const { ending, alerts, timeline } = await handle.result()
      assert.deepEqual([ending, alerts[0]?.state], ['completed', 'resolved'])
      assert.match(timeline.findLast(({ kind }) => kind === 'alerts')?.text ?? '', /ServiceDown on beta has stopped/)
    })
  })

  for (const [state, words] of [
    ['firing', /ServiceDown on beta, which still fires$/],
    [null, /as far as is known: Alertmanager cannot say$/],
  ] as const) {
    test(`${state ?? 'nobody can be asked'}: it is not closed`, async () => {
      await rig.withWorkers(handsThatSay(state).hands, async () => {
        const handle = await resolved()
        const { outcome, text } = await say(handle, ana, { kind: 'close' })
        assert.equal(outcome, 'refused')
        assert.match(text, words)
        await handle.terminate()
      })
    })
  }

  test('has ended: half an hour after the resolution nothing is opened again', async () => {
    await rig.withWorkers({ ...handsThatSay('ended').hands, maxCachedWorkflows: 0 }, async () => {
      const handle = await resolved({ skipTime: true })
      const known = await incidentWhen(handle, ({ alerts }) => alerts[0]?.state === 'resolved')
      assert.deepEqual([known.status, known.reopened], ['resolved', 0])
      await handle.terminate()
    })
  })

  test('nobody can be asked: half an hour after the resolution it is open again', async () => {
    await rig.withWorkers({ ...handsThatSay(null).hands, maxCachedWorkflows: 0 }, async () => {
      const handle = await resolved({ skipTime: true })
      const { timeline } = await incidentWhen(handle, ({ reopened }) => reopened === 1, 120_000)
      const words = timeline.find(({ kind }) => kind === 'reopened')?.text ?? ''
      assert.match(words, /still fires 3\d minutes after it was resolved, as far as is known: Alertmanager cannot say$/)
      await handle.terminate()
    })
  })

  test('is silenced: it is opened again when the silence has ended, and not before', async () => {
    const cause = 'opencode-acp/availability'
    const asked: (string | null)[] = []
    const { hands } = incidentHands({
      control: {
        async lookUpAlerts({ cause: own, alerts }) {
          const silencedUntil = own === null ? null : await silenceOf(rig.client, own)
          asked.push(silencedUntil)
          return alerts.map(alert => ({ ...alert, state: 'firing', silencedUntil }))
        },
      },
    })
    await rig.withWorkers(hands, async () => {
      assert.equal(await silenceOf(rig.client, 'nobody/knows'), null)
      const until = new Date(Date.now() + 45 * 60_000).toISOString()
      await rig.client.workflow.signalWithStart<AlertWorkflow, [SilenceOrder]>('alert', {
        workflowId: alertWorkflowId(cause),
        taskQueue: CONTROL_QUEUE,
        args: [{ cause, carried: null }],
        signal: silenceSignal,
        signalArgs: [{ id: 's1', until, by: ana, reason: 'the rule is wrong' }],
      })
      while ((await silenceOf(rig.client, cause)) === null) await pause(100)
      const handle = await resolved({ skipTime: true }, { cause })
      const { timeline } = await incidentWhen(handle, ({ reopened }) => reopened === 1)
      assert.deepEqual(asked, [until, until])
      const put = timeline.find(({ text }) => /still fires, silenced/.test(text))
      assert.ok((put?.at ?? until) < until)
      assert.ok((timeline.find(({ kind }) => kind === 'reopened')?.at ?? '') >= until)
      await handle.terminate()
      await rig.client.workflow.getHandle(alertWorkflowId(cause)).terminate()
    })
  })
})
