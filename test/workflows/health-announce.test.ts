/** The morning check tells the channel and opens incidents, on a real server, with a Slack that is spoken to over HTTP. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Context } from '@temporalio/activity'
import { createSlackPace } from '../../activities/adapters/slack.pace.ts'
import { createSlack } from '../../activities/adapters/slack.ts'
import { createChatActivities } from '../../activities/chat.ts'
import { createIncidentActivities, type IncidentPorts } from '../../activities/incidents.ts'
import type { Estate } from '../../domain/estate.ts'
import { OpsError } from '../../domain/failures.ts'
import { incidentWorkflowId } from '../../domain/ids.ts'
import { observed } from '../../domain/observed.ts'
import { alpha, availability, beta, estate } from '../support/facts.ts'
import { type FaultySlack, startFaultySlack } from '../support/faulty-slack.ts'
import { done, type IncidentHandle, incidentHands, incidentWhen } from '../support/incident-rig.ts'
import { ana, team } from '../support/team.ts'
import { controlHands, type Hands, handsOf, openRig, type Rig } from '../support/workflow-rig.ts'

const OPS = 'C0OPS'

/** At any moment it is another day in the second one than in the first one. */
const TODAY = 'Pacific/Pago_Pago'
const TOMORROW = 'Pacific/Kiritimati'

describe('a health check that is announced', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig('127.81.0.46')
  })
  after(() => rig?.close())

  /** An estate whose service answers with nonsense on the primary; of another name, its incidents are other ones. */
  async function broken(unit: string, slack: FaultySlack) {
    const world = { isSlackAway: false, timezone: TODAY }
    const notes = new Map<string, object>()
    const { hands } = incidentHands()
    const api = createSlack({
      token: 'xoxb-0123456789-secret',
      apiUrl: slack.url,
      pace: createSlackPace(),
      report: line => assert.fail(line),
    })
    const nobody = { mailer: null, pager: null, readIncident: async () => null, readGate: async () => null }
    const { post } = createChatActivities({
      ...nobody,
      slack: api,
      readTeam: async () => team,
      readFreeze: async () => null,
      attempt: () => Context.current().info.attempt,
    })
    const ledger = {
      findEvent: async (id: string) => notes.get(id) ?? null,
      note: async (event: { readonly id: string }) => void notes.set(event.id, event),
    }
    const { openDailyIncident } = createIncidentActivities({ client: rig.client, ledger } as unknown as IncidentPorts)
    const readEstate = async (): Promise<Estate> => {
      const service = { ...estate.service, unit }
      return { ...estate, service, timezone: world.timezone }
    }
    const refused = {
      ...availability,
      first: { kind: 'refused' as const, latencyMs: 4, reason: '200 text/html' },
      latenciesMs: [],
    }
    const working: Hands = {
      control: { ...hands.control, ...controlHands({ readEstate }).hands, openDailyIncident },
      chat: {
        ...hands.chat,
        async post(order) {
          if (world.isSlackAway) throw new OpsError({ owner: 'tool', message: 'Slack is away', hint: 'Wait.' })
          // What incidents say is not what this is about.
          return order.channel === OPS ? await post(order) : { channel: order.channel, ts: '1.1' }
        },
      },
      hosts: {
        alpha: { ...handsOf(alpha, { probeAcp: async () => observed(refused) }), ...hands.hosts.alpha },
        beta: { ...handsOf(beta), ...hands.hosts.beta },
      },
    }
    const incident: IncidentHandle = rig.client.workflow.getHandle(incidentWorkflowId(`${unit}/availability`))
    return { world, notes, working, incident }
  }

  const check = async () => await (await rig.startHealthCheck({ announce: true })).result()

  test('is posted once each time; its incident is opened once a day, and joined as long as it is open', {
    timeout: 120_000,
  }, async context => {
    const slack = await startFaultySlack(context)
    const { world, notes, working, incident } = await broken('opencode-acp', slack)
    const reports = async () => {
      const { timeline } = await incidentWhen(incident, () => true)
      return timeline.filter(({ kind, by }) => kind === 'declared-again' && by.door === 'health-check').length
    }
    const texts = () => slack.messages(OPS).map(({ text }) => text)
    await rig.withWorkers(working, async () => {
      // The answer to the first one is lost.
      slack.fail('chat.postMessage', { kind: 'reset-after' })
      assert.equal((await check()).verdict, 'fail')
      const opened = await incidentWhen(incident, ({ status }) => status === 'declared')
      assert.deepEqual([opened.severity, opened.cause], ['critical', 'opencode-acp/availability'])
      assert.equal(texts().length, 1)
      assert.match(texts()[0] ?? '', /^Morning health check of [\d-]+: fail \(alpha fail, beta ok\)/)
      const first = await reports()

      await check()
      await incidentWhen(incident, ({ timeline }) => timeline.length > opened.timeline.length)
      assert.equal(await reports(), first + 1, 'the second one of the day joins it')
      assert.equal(notes.size, 1)
      assert.equal(texts().length, 2)

      world.timezone = TOMORROW
      await check()
      assert.equal(await reports(), first + 2, 'so does the first one of the next day')
      assert.equal(notes.size, 2, 'which is noted')
      assert.equal((await incident.describe()).runId, opened.key, 'all of it is one incident')

      await done(incident, ana, { kind: 'false-alarm', reason: 'a drill' })
      await incident.result()
      await check()
      assert.equal((await incident.describe()).runId, opened.key, 'what was closed is not opened again on its day')
      assert.equal(texts().length, 4)
    })
  })

  test('ends in time while Slack is away, and the summary comes when it is back', {
    timeout: 120_000,
  }, async context => {
    const slack = await startFaultySlack(context)
    const { world, working, incident } = await broken('other-acp', slack)
    await rig.withWorkers(working, async () => {
      world.isSlackAway = true
      const handle = await rig.startHealthCheck({ announce: true })
      const { runId } = await handle.result()
      const late = rig.client.workflow.getHandle(`late-post:${runId}/summary`)
      assert.equal((await late.describe()).status.name, 'RUNNING')
      assert.equal((await incident.describe()).status.name, 'RUNNING', 'the incident does not wait for it')
      world.isSlackAway = false
      await late.result()
      assert.equal(slack.messages(OPS).length, 1)
      await incident.terminate()
    })
  })
})
