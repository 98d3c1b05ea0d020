import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type AlertBatch, causeOf } from '../../domain/alerts/alert.ts'
import { newAlertState, WATCHDOG_CAUSE } from '../../domain/alerts/state.ts'
import { OpsError } from '../../domain/failures.ts'
import { alertWorkflowId, CONTROL_QUEUE } from '../../domain/ids.ts'
import type { IncidentMessage } from '../../domain/incident/commands.ts'
import type { AlertWorkflow, CarriedCause } from '../../workflows/alert-start.ts'
import { silenceSignal } from '../../workflows/messages.alerts.ts'
import { alertsSignal } from '../../workflows/messages.ts'
import { alert, batch, over, warning } from '../domain/alerts/samples.ts'
import { alertHands, ask, eventually, tell, withAlertWorkers } from '../support/alert-rig.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

let rig: Rig
before(async () => {
  rig = await openRig('127.7.41.1')
})
after(async () => await rig.close())

let metrics = 0
/** A cause of its own for each test. */
function ownMetric(): string {
  metrics += 1
  return `m${metrics}`
}

const fresh = (metric: string) => ({ metric, startsAt: new Date().toISOString() })
const told = (...alerts: Parameters<typeof batch>[0][number][]) => batch(alerts, new Date().toISOString())

test('critical: the incident is opened, with the alert as its first message and a row in the ledger', async () => {
  const { hands, notebook } = alertHands()
  const down = alert(fresh(ownMetric()))
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, told(down))
    const [opened] = await eventually('the incident', () => notebook.opened.length === 1 && notebook.opened)
    assert.equal(opened?.workflowId, `incident:${causeOf(down)}`)
    assert.equal(opened?.declaration.severity, 'critical')
    assert.equal(opened?.message.command.kind, 'alerts')
    await eventually('the row', () => notebook.events.length === 1)
    assert.equal((await ask(rig, causeOf(down))).phase, 'incident')
  })
})

test('warning: ticket, mail and post, and at the next review an incident of severity Medium', async () => {
  const { hands, notebook } = alertHands()
  const full = warning(fresh(ownMetric()))
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, told(full))
    await eventually('mail and post', () => notebook.mails.length === 1 && notebook.posts.length === 1)
    assert.deepEqual(notebook.mails[0]?.to, ['ops@sandbox.test'])
    assert.match(notebook.mails[0]?.subject ?? '', /^\[TICKET\]/)
    assert.equal(notebook.posts[0]?.channel, 'C0OPS')
    const { phase, ticket } = await ask(rig, causeOf(full))
    assert.equal(phase, 'ticket')
    assert.match(ticket?.reviewAt ?? '', /T09:00:00/)
    assert.equal(notebook.opened.length, 0)

    await rig.skipTime(alertWorkflowId(causeOf(full)))
    const [opened] = await eventually('the incident', () => notebook.opened.length === 1 && notebook.opened)
    assert.equal(opened?.declaration.severity, 'medium')
    assert.equal(opened?.declaration.startedAt.slice(0, 16), ticket?.reviewAt.slice(0, 16))
    assert.equal((await ask(rig, causeOf(full))).phase, 'incident')
  })
})

test('a warning that is over at its review closes its ticket, and 7 days later the run ends', async () => {
  const { hands, notebook } = alertHands()
  const full = warning(fresh(ownMetric()))
  const workflow = rig.client.workflow.getHandle(alertWorkflowId(causeOf(full)))
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, told(full))
    await eventually('the post', () => notebook.posts.length === 1)
    await tell(rig, told(over(full, new Date().toISOString())))
    await eventually('the second post', () => notebook.posts.length === 2)
    await rig.skipTime(workflow.workflowId)
    await workflow.result()
    assert.match(notebook.posts[2]?.message.text ?? '', /closed: at its review/)
    assert.equal(notebook.opened.length, 0)
  })
})

test('what stops is told; when the incident was closed meanwhile, a warning is a ticket again', async () => {
  let isClosed = false
  const { hands, notebook } = alertHands({
    control: {
      async tellIncident(request) {
        if (isClosed) throw new OpsError({ owner: 'operator', message: 'there is no such incident', hint: 'None.' })
        notebook.told.push(request)
      },
    },
  })
  const metric = ownMetric()
  const down = alert(fresh(metric))
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, told(down))
    await eventually('the incident', () => notebook.opened.length === 1)
    await tell(rig, told(over(down, new Date().toISOString())))
    const [first] = await eventually('the word', () => notebook.told.length === 1 && notebook.told)
    assert.equal(first?.message.command.kind === 'alerts' && first.message.command.alerts[0]?.state, 'resolved')
    isClosed = true
    await tell(rig, told(warning({ ...fresh(metric), fingerprint: 'f2' })))
    await eventually('the ticket', () => notebook.mails.length === 1)
    assert.equal((await ask(rig, causeOf(down))).phase, 'ticket')
  })
})

test('an incident that cannot be told for minutes hears of the end all the same, and no second one is opened', async () => {
  let tries = 0
  const { hands, notebook } = alertHands({
    control: {
      async tellIncident(request) {
        tries += 1
        if (tries <= 7) throw new OpsError({ owner: 'configuration', message: 'not now', hint: 'Later.' })
        notebook.told.push(request)
      },
    },
  })
  const metric = ownMetric()
  const down = alert(fresh(metric))
  const other = alert({ ...fresh(metric), fingerprint: 'f2' })
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, told(down, other))
    await eventually('the incident', () => notebook.opened.length === 1)
    await rig.skipTime(alertWorkflowId(causeOf(down)))
    await tell(rig, told(over(down, new Date().toISOString())))
    const [end] = await eventually('the word', () => notebook.told.length === 1 && notebook.told)
    assert.equal(tries, 8, 'ten seconds lie between two tries')
    const { command } = end?.message ?? {}
    assert.deepEqual(
      command?.kind === 'alerts' && command.alerts.map(({ fingerprint, state }) => [fingerprint, state]),
      [['f1', 'resolved']],
    )
    assert.equal(notebook.opened.length, 1)
  })
})

test('a repetition of hours later tells the incident again, under an id of its own', async () => {
  const { hands, notebook } = alertHands()
  const down = alert(fresh(ownMetric()))
  await withAlertWorkers(rig, hands, async () => {
    const first = told(down)
    await tell(rig, first)
    await eventually('the incident', () => notebook.opened.length === 1)
    await tell(rig, { ...first, at: new Date(Date.now() + 4 * 3_600_000).toISOString() })
    const [, again] = await eventually('the word', () => notebook.opened.length === 2 && notebook.opened)
    const { command, id } = again?.message ?? {}
    assert.equal(command?.kind === 'alerts' && command.again, true)
    assert.notEqual(id, notebook.opened[0]?.message.id)
  })
})

test('an incident that cannot be opened is tried until it can, and nothing is lost meanwhile', async () => {
  let tries = 0
  const { hands, notebook } = alertHands({
    control: {
      async openIncident(request) {
        tries += 1
        if (tries === 1) throw new OpsError({ owner: 'configuration', message: 'not now', hint: 'Later.' })
        notebook.opened.push(request)
      },
    },
  })
  const down = alert(fresh(ownMetric()))
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, told(down))
    await eventually('a failed try', () => tries === 1)
    await tell(rig, told(alert({ ...fresh(down.metric), fingerprint: 'f2' })))
    await rig.skipTime(alertWorkflowId(causeOf(down)))
    await eventually('both deliveries', () => notebook.opened.length === 2)
  })
})

test('neither a missing ledger nor a silent Slack keeps the next alert from its incident', async () => {
  const away = async () => {
    throw new OpsError({ owner: 'host', message: 'nobody answers', hint: 'Start it.' })
  }
  const { hands, notebook } = alertHands({
    control: { briefAlert: away, record: away },
    chat: { post: away },
  })
  const metric = ownMetric()
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, told(warning(fresh(metric))))
    await eventually('the mail', () => notebook.mails.length === 1)
    await tell(rig, told(alert({ ...fresh(metric), fingerprint: 'f2' })))
    await eventually('the incident', () => notebook.opened.length === 1)
    await rig.client.workflow.getHandle(alertWorkflowId(`opencode-acp/${metric}`)).terminate()
  })
})

test('our own restart: expected, and an incident only when it outlasts the grace (T88)', async () => {
  const { hands, notebook } = alertHands({
    control: {
      briefAlert: async ({ at }) => ({
        timezone: 'UTC',
        holidays: [],
        restarts: [{ target: 'alpha', at, reason: 'patch' }],
      }),
    },
  })
  // The metric is one that a restart explains; the service makes the cause its own.
  const down = alert({ ...fresh('availability'), service: ownMetric() })
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, told(down))
    await eventually('the row', () => notebook.events.length === 1)
    assert.match(notebook.events[0]?.reason ?? '', /expected: a planned restart/)
    assert.equal((await ask(rig, causeOf(down))).phase, 'expected')
    assert.equal(notebook.opened.length, 0)
    await rig.skipTime(alertWorkflowId(causeOf(down)))
    await eventually('the incident', () => notebook.opened.length === 1)
  })
})

test('silence: nothing is opened until it ends, and who asked for it is written down', async () => {
  const { hands, notebook } = alertHands()
  const down = alert(fresh(ownMetric()))
  const info = { ...down, level: 'info' } as const
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, told(info))
    await eventually('the row', () => notebook.events.length === 1)
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const workflow = rig.client.workflow.getHandle(alertWorkflowId(causeOf(down)))
    await workflow.signal(silenceSignal, { id: 's1', until, by: 'ana', reason: 'disk is being swapped' })
    await tell(rig, told({ ...down, fingerprint: 'f2' }))
    await eventually('all rows', () => notebook.events.length === 3)
    assert.equal((await ask(rig, causeOf(down))).phase, 'silenced')
    assert.equal(notebook.opened.length, 0)
    assert.match(notebook.events.find(({ kind }) => kind === 'note')?.reason ?? '', /disk is being swapped/)
    await rig.skipTime(workflow.workflowId)
    await eventually('the incident', () => notebook.opened.length === 1)
  })
})

test('a signal of any shape does not stop the run', async () => {
  const { hands, notebook } = alertHands()
  const down = alert(fresh(ownMetric()))
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, { ...told(down), count: 0, alerts: [] })
    const workflow = rig.client.workflow.getHandle(alertWorkflowId(causeOf(down)))
    for (const bad of [null, 7, {}, { ...told(down), alerts: [null] }, { ...told(down), at: 'soon' }]) {
      await workflow.signal(alertsSignal, bad as AlertBatch)
    }
    await workflow.signal('silence', { id: 's', until: 'never', by: 'x', reason: 'y' })
    await tell(rig, told(down))
    await eventually('the incident', () => notebook.opened.length === 1)
  })
})

test('500 deliveries of one cause are one workflow, which knows how many there were', async () => {
  const { hands, notebook } = alertHands()
  const metric = ownMetric()
  const story = async () => {
    const alerts = Array.from({ length: 500 }, (_, index) => alert({ ...fresh(metric), fingerprint: `f${index}` }))
    const cause = `opencode-acp/${metric}`
    const workflow = rig.client.workflow.getHandle(`alert:${cause}`)
    const runs = new Set<string>()
    for (let index = 0; index < alerts.length; index += 25) {
      await Promise.all(alerts.slice(index, index + 25).map(one => tell(rig, { ...told(one), id: one.fingerprint })))
      runs.add((await workflow.describe()).runId)
    }
    await eventually('the count', async () => (await ask(rig, cause)).count === 500)
    // After the first few they are told together: a person reads some lines, not five hundred.
    const opened = () => notebook.opened.filter(({ workflowId }) => workflowId === `incident:${cause}`)
    assert.ok(opened().length >= 1 && opened().length <= 10, `${opened().length} messages`)
    await eventually('the line', () => notebook.posts.some(({ message }) => message.text.includes(cause)))
    const rows = () => new Set(notebook.events.map(({ id }) => id).filter(id => id.startsWith('alert/f')))
    await eventually('all rows', () => rows().size >= 500)
    // Deliveries that are repeated count for nothing, and a long history is handed on with all that is known.
    const last = told(alert({ ...fresh(metric), fingerprint: 'last' }))
    await tell(rig, last)
    await eventually('the last one', async () => (await ask(rig, cause)).count === 501)
    const names = ({ message: { command } }: { readonly message: IncidentMessage }) =>
      command.kind === 'alerts' ? command.alerts.map(({ fingerprint }) => fingerprint) : []
    await eventually('word of the last one', () => opened().flatMap(names).includes('last'))
    for (let count = 0; count < 6; count += 1) {
      await Promise.all(Array.from({ length: 25 }, () => tell(rig, last)))
    }
    await eventually('the next run', async () => runs.add((await workflow.describe()).runId).size > 1)
    assert.equal((await ask(rig, cause)).count, 501)
    assert.ok(opened().length <= 12)
    const posts = notebook.posts.filter(({ message }) => message.text.includes(cause))
    assert.equal(posts.length, 1)
  }
  await withAlertWorkers(rig, hands, story, { maxCachedWorkflows: 100 })
})

test('a post that an earlier run had begun is looked for before it is posted', async () => {
  const { hands, notebook } = alertHands()
  const cause = `opencode-acp/${ownMetric()}`
  const begun = { kind: 'post-ops', key: `${cause}/begun`, text: 'begun before' } as const
  const carried: CarriedCause = {
    state: newAlertState(cause, new Date().toISOString()),
    days: { timezone: 'UTC', holidays: [] },
    inbox: [],
    errands: [begun],
  }
  await withAlertWorkers(rig, hands, async () => {
    const workflow = await rig.client.workflow.start<AlertWorkflow>('alert', {
      workflowId: alertWorkflowId(cause),
      taskQueue: CONTROL_QUEUE,
      args: [{ cause, carried }],
    })
    const [post] = await eventually('the post', () => notebook.posts.length > 0 && notebook.posts)
    assert.deepEqual([post?.key, post?.again], [begun.key, true])
    await workflow.terminate()
  })
})

test('watchdog: calm while it arrives, an incident 5 minutes after it stays away, one word when it is back', async () => {
  const watchdog = (state: 'firing' | 'resolved') =>
    told(alert({ name: 'Watchdog', level: 'info', service: 'ops', metric: 'watchdog', state }))
  let lastWord = 0
  const { hands, notebook } = alertHands({
    control: {
      // The outside hears of each minute; for the first twenty the alert arrives as well.
      async sendHeartbeat() {
        notebook.beats += 1
        if (notebook.beats <= 20) {
          lastWord = notebook.beats
          await tell(rig, watchdog(notebook.beats === 20 ? 'resolved' : 'firing'))
        }
        return true
      },
    },
  })
  await withAlertWorkers(rig, hands, async () => {
    await tell(rig, watchdog('firing'))
    const workflow = rig.client.workflow.getHandle(alertWorkflowId(WATCHDOG_CAUSE))
    await rig.skipTime(workflow.workflowId)
    const beatsThen = await eventually('blindness', () => notebook.opened.length === 1 && notebook.beats)
    assert.equal(lastWord, 20)
    // The last firing one came with the 19th beat; that it resolved is no sign of life.
    assert.ok(beatsThen >= 23, `opened after ${beatsThen} beats`)
    const [opened] = notebook.opened
    assert.equal(opened?.workflowId, 'incident:ops/watchdog')
    assert.equal(opened?.declaration.severity, 'high')
    assert.match(opened?.declaration.title ?? '', /Monitoring is blind/)
    await pause(500)
    assert.equal(notebook.opened.length, 1)
    await tell(rig, watchdog('firing'))
    await eventually('the word', () => notebook.told.length === 1)
    await workflow.terminate()
  })
})

test('watchdog: somebody outside who is configured later hears that ops lives', async () => {
  const { hands, notebook } = alertHands({
    control: {
      async sendHeartbeat() {
        notebook.beats += 1
        return notebook.beats >= 3
      },
    },
  })
  await withAlertWorkers(rig, hands, async () => {
    const batch = told(alert({ name: 'Watchdog', level: 'info', service: 'ops', metric: 'watchdog', state: 'firing' }))
    await tell(rig, batch)
    const workflow = rig.client.workflow.getHandle(alertWorkflowId(WATCHDOG_CAUSE))
    await rig.skipTime(workflow.workflowId)
    await eventually('a beat each minute', () => notebook.beats >= 5)
    await workflow.terminate()
  })
})

test('watchdog: as long as it is blind the incident is told again every hour', async () => {
  const { hands, notebook } = alertHands({ control: { sendHeartbeat: async () => false } })
  await withAlertWorkers(rig, hands, async () => {
    await tell(
      rig,
      told(alert({ name: 'Watchdog', level: 'info', service: 'ops', metric: 'watchdog', state: 'firing' })),
    )
    const workflow = rig.client.workflow.getHandle(alertWorkflowId(WATCHDOG_CAUSE))
    await rig.skipTime(workflow.workflowId)
    const [first, second] = await eventually('two words', () => notebook.opened.length === 2 && notebook.opened)
    await workflow.terminate()
    const [begun, again] = [first, second].map(opened => Date.parse(opened?.declaration.startedAt ?? ''))
    assert.ok(Math.abs((again ?? 0) - (begun ?? 0) - 3_600_000) < 60_000)
    assert.notEqual(first?.message.id, second?.message.id)
  })
})
