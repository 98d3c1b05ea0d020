import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { AlertBatch } from '../../domain/alerts/alert.ts'
import { alertWorkflowId } from '../../domain/ids.ts'
import { FLOOD_LIMITS } from '../../starters/alerts/flood.ts'
import type { Refusal } from '../../starters/alerts/refusals.ts'
import { type AlertDoorOptions, armWatchdog, createAlertDoor, readCauses, silenceCause } from '../../starters/alerts.ts'
import { alertHands, ask, eventually, withAlertWorkers } from '../support/alert-rig.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

const TOKEN = 'a-token-of-the-test'

let rig: Rig
before(async () => {
  rig = await openRig('127.7.42.1')
})
after(async () => await rig.close())

/** A real server with the door in it. */
async function withDoor<T>(
  story: (url: string, refusals: readonly Refusal[]) => Promise<T>,
  options: Partial<AlertDoorOptions> = {},
): Promise<T> {
  const refusals: Refusal[] = []
  const noteRefusal = (refusal: Refusal) => void refusals.push(refusal)
  const server = createServer(createAlertDoor({ client: rig.client, token: TOKEN, noteRefusal, ...options }))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    return await story(`http://127.0.0.1:${port}/alertmanager`, refusals)
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

/** An alert as Alertmanager 0.25 writes it. */
function raw(metric: string, changes: Record<string, unknown> = {}, labels: Record<string, string> = {}) {
  return {
    status: 'firing',
    labels: {
      alertname: 'ServiceDown',
      severity: 'critical',
      service: 'opencode-acp',
      metric,
      category: 'availability',
      manual_id: 'A1.12c',
      instance: 'alpha',
      ...labels,
    },
    annotations: { summary: 'OpenCode ACP is down on alpha', description: 'gone' },
    startsAt: '2026-11-23T10:00:00.123Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus/graph',
    fingerprint: '0123456789abcdef',
    ...changes,
  }
}

function payload(alerts: readonly object[], changes: Record<string, unknown> = {}) {
  return {
    receiver: 'ops',
    status: 'firing',
    alerts,
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager',
    version: '4',
    groupKey: '{}:{}',
    truncatedAlerts: 0,
    ...changes,
  }
}

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  const own = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  return fetch(url, { method: 'POST', body, headers: { ...own, ...headers } })
}

const deliver = (url: string, alerts: readonly object[], changes: Record<string, unknown> = {}) =>
  post(url, JSON.stringify(payload(alerts, changes)))

/** What Temporal has written down for a cause. */
async function signalsOf(cause: string): Promise<readonly AlertBatch[]> {
  const { events } = await rig.client.workflow.getHandle(alertWorkflowId(cause)).fetchHistory()
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    const data = signal?.input?.payloads?.[0]?.data
    return data == null ? [] : [JSON.parse(Buffer.from(data).toString()) as AlertBatch]
  })
}

// The first one: those after it leave runs behind that no worker has looked at, and a worker would begin with these.
test('tickets and silences are found', async () => {
  const { hands, notebook } = alertHands()
  await withAlertWorkers(rig, hands, async () => {
    await withDoor(async url => {
      await deliver(url, [raw('g', {}, { severity: 'warning' })])
      await eventually('the mail', () => notebook.mails.length === 1)
      const [ticket] = await eventually('the ticket', async () => {
        const { answers } = await readCauses(rig.client, ['ticket'])
        return answers.length > 0 && answers
      })
      assert.equal(ticket?.cause, 'opencode-acp/g')
      assert.match(ticket.ticket?.reviewAt ?? '', /T09:00:00/)

      const order = { until: new Date(Date.now() + 3_600_000).toISOString(), by: 'ana', reason: 'known' }
      assert.equal(
        await silenceCause(rig.client, 'opencode-acp/h', { id: 's1', ...order }),
        false,
        'nobody heard of it',
      )
      assert.equal(await silenceCause(rig.client, 'opencode-acp/h', { id: 's2', ...order }), true)
      await deliver(url, [raw('h')])
      await eventually('the silence', async () => (await ask(rig, 'opencode-acp/h')).phase === 'silenced')
      await eventually('the silenced cause', async () => {
        const { answers } = await readCauses(rig.client, ['silenced'])
        return answers.some(({ cause, silence }) => cause === 'opencode-acp/h' && silence?.by === 'ana')
      })
      assert.equal(notebook.opened.filter(({ workflowId }) => workflowId.endsWith('/h')).length, 0)
    })
  })
})

test('a delivery becomes one signal for each cause, written down before it is answered, without any worker', async () => {
  await withDoor(async url => {
    const response = await deliver(url, [raw('a1'), raw('a1', { fingerprint: 'f2' }), raw('a2')], {
      truncatedAlerts: 3,
    })
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), { alerts: 6, causes: 2, shed: 0 })
    const [batch, ...more] = await signalsOf('opencode-acp/a1')
    assert.deepEqual(more, [])
    assert.equal(batch?.count, 5)
    assert.equal(batch.truncated, 3)
    assert.equal(batch.alerts[0]?.instance, 'alpha')
    assert.equal((await signalsOf('opencode-acp/a2'))[0]?.count, 1)
  })
})

test('of more than a sample what fires goes first, and of what has stopped the fingerprints go along', async () => {
  await withDoor(async url => {
    const crowd = Array.from({ length: 45 }, (_, index) =>
      raw('s', { fingerprint: `f${String(index).padStart(2, '0')}` }),
    )
    const end = (one: object) => ({ ...one, status: 'resolved', endsAt: '2026-11-23T10:05:00Z' })
    await deliver(url, [...crowd.slice(0, 30).map(end), ...crowd.slice(30)])
    await deliver(url, crowd.map(end), { status: 'resolved' })
    await deliver(url, crowd.slice(0, 5).map(end), { status: 'resolved', truncatedAlerts: 40 })
    const [mixed, whole, cut] = await signalsOf('opencode-acp/s')
    assert.ok(mixed !== undefined && whole !== undefined && cut !== undefined)
    assert.deepEqual(
      mixed.alerts.slice(0, 15).map(({ fingerprint, state }) => `${fingerprint} ${state}`),
      crowd.slice(30).map(({ fingerprint }) => `${fingerprint} firing`),
    )
    assert.deepEqual([mixed.alerts.length, mixed.count, mixed.truncated, mixed.isOver], [20, 45, 25, false])
    assert.deepEqual(
      mixed.over,
      crowd.slice(5, 30).map(({ fingerprint }) => fingerprint),
    )
    assert.deepEqual([whole.over?.length, whole.isOver, whole.group === mixed.group], [25, true, true])
    assert.equal(cut.isOver, false, 'nobody knows how those are that were cut off')
  })
})

test('thousands of ends in one delivery are no large message', async () => {
  await withDoor(async url => {
    const ends = Array.from({ length: 3_000 }, (_, index) => ({
      status: 'resolved',
      labels: { service: 'opencode-acp', metric: 't' },
      startsAt: '2026-11-23T10:00:00Z',
      endsAt: '2026-11-23T10:05:00Z',
      fingerprint: `0123456789ab${String(index).padStart(4, '0')}`,
    }))
    assert.equal((await deliver(url, ends)).status, 200)
    const [batch] = await signalsOf('opencode-acp/t')
    assert.deepEqual([batch?.count, batch?.over?.length, batch?.isOver], [3_000, 1_000, true])
    assert.ok(JSON.stringify(batch).length < 40_000)
  })
})

test('the same payload makes the same id, another state another one', async () => {
  await withDoor(async url => {
    await deliver(url, [raw('b')])
    await deliver(url, [raw('b')])
    await deliver(url, [raw('b', { status: 'resolved', endsAt: '2026-11-23T10:05:00Z' })])
    const [first, second, third] = await signalsOf('opencode-acp/b')
    assert.equal(first?.id, second?.id)
    assert.notEqual(first?.id, third?.id)
    assert.equal(third?.alerts[0]?.state, 'resolved')
    assert.equal(third.alerts[0]?.endsAt, '2026-11-23T10:05:00Z')
  })
})

test('texts are redacted and bounded, labels cannot escape into ids, strange severities are warnings', async () => {
  await withDoor(async url => {
    const annotations = { summary: `token=hunter2hunter2 ${'x'.repeat(5_000)}`, description: 'a\u0007b\u202ec\nd' }
    await deliver(url, [raw('c', { annotations }, { metric: '../c d', severity: 'page-me' })])
    const [batch] = await signalsOf('opencode-acp/..-c-d')
    const [alert] = batch?.alerts ?? []
    assert.equal(alert?.level, 'warning')
    assert.ok(!JSON.stringify(alert).includes('hunter2'))
    assert.ok((alert?.summary.length ?? 999) <= 200)
    assert.equal(alert?.description, 'a b c d')
  })
})

test('no text is too long: it is cut, and the alerts beside it are taken', async () => {
  await withDoor(async (url, refusals) => {
    const long = 'x'.repeat(60_000)
    const wordy = raw('long', { annotations: { summary: long, description: long } }, { pod: long, alertname: long })
    const response = await deliver(url, [wordy, raw('long', { fingerprint: 'f2' })], { groupKey: long, receiver: long })
    assert.equal(response.status, 200)
    const [batch] = await signalsOf('opencode-acp/long')
    assert.equal(batch?.alerts.length, 2)
    assert.ok(JSON.stringify(batch).length < 5_000)
    assert.deepEqual(refusals, [])
  })
})

test('an alert without our labels has a cause all the same', async () => {
  await withDoor(async url => {
    const response = await deliver(url, [{ ...raw('x'), labels: { alertname: 'Other', job: 'theirs' } }])
    assert.equal(response.status, 200)
    assert.equal((await signalsOf('theirs/Other'))[0]?.alerts[0]?.level, 'warning')
  })
})

for (const [what, status, send] of [
  [
    'no token',
    401,
    (url: string) => fetch(url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }),
  ],
  ['a wrong token', 401, (url: string) => post(url, '{}', { authorization: `Bearer ${TOKEN}x` })],
  ['basic authorization', 401, (url: string) => post(url, '{}', { authorization: `Basic ${TOKEN}` })],
  ['a form', 415, (url: string) => post(url, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' })],
  ['no JSON', 400, (url: string) => post(url, '{"alerts": [')],
  ['another JSON', 400, (url: string) => post(url, '[1,2,3]')],
  ['another version', 400, (url: string) => deliver(url, [raw('z')], { version: '3' })],
  ['an alert without a fingerprint', 400, (url: string) => deliver(url, [{ ...raw('z'), fingerprint: undefined }])],
  ['a time that is none', 400, (url: string) => deliver(url, [{ ...raw('z'), startsAt: 'yesterday' }])],
  ['5 MB', 413, (url: string) => deliver(url, [raw('z', { annotations: { summary: 'x'.repeat(5_000_000) } })])],
  ['5 MB with a wrong token', 401, (url: string) => post(url, 'x'.repeat(5_000_000), { authorization: 'Bearer no' })],
  ['another path', 404, (url: string) => post(`${url}/more`, '{}')],
  ['a look', 405, (url: string) => fetch(url)],
] as const) {
  test(`${what} is refused with ${status}, noted, and starts nothing`, async () => {
    await withDoor(async (url, refusals) => {
      const response = await send(url)
      assert.equal(response.status, status)
      await response.json()
      assert.deepEqual(
        refusals.map(refusal => refusal.status),
        [status],
      )
      await assert.rejects(signalsOf('opencode-acp/z'), /not found/)
    })
  })
}

test('whoever has the token and is refused is an alert of its own, once a minute for each kind; a stranger is not', async () => {
  const fresh = async () => {
    const words = await signalsOf('ops/alert-door').catch(() => [])
    return words.map(({ alerts }) => alerts[0]?.summary)
  }
  const before = (await fresh()).length
  await withDoor(async url => {
    await post(url, '{}', { authorization: 'Bearer no' })
    assert.equal((await fresh()).length, before)
    for (let count = 0; count < 3; count += 1) {
      assert.equal((await deliver(url, [{ ...raw('z'), startsAt: 'yesterday' }])).status, 400)
    }
    await Promise.all([1, 2].map(async () => await post(url, 'x'.repeat(2_000_000))))
    const told = (await fresh()).slice(before)
    assert.equal(told.length, 2)
    assert.match(told[0] ?? '', /^Alerts are lost: a delivery was refused with 400: .*alerts\.0\.startsAt/)
    assert.match(told[1] ?? '', /refused with 413: more than 1048576 bytes$/)
    const [batch] = (await signalsOf('ops/alert-door')).slice(before)
    assert.deepEqual([batch?.alerts[0]?.level, batch?.alerts[0]?.category], ['critical', 'configuration'])
    assert.ok(Date.parse(batch?.alerts[0]?.endsAt ?? '') > Date.now() + 14 * 60_000)
  })
})

test('who sends without end is cut off and refused, which is told as well', async () => {
  await withDoor(async (url, refusals) => {
    await post(url, 'x'.repeat(20_000_000)).then(
      response => response.text(),
      () => null,
    )
    await eventually('the refusal', () => refusals.length === 1)
    assert.equal(refusals[0]?.status, 413)
  })
})

test('a delivery that is refused while nobody can be told of it is put off, so that it comes again', async () => {
  await withDoor(async url => {
    await rig.server.kill()
    const refused = () => deliver(url, [raw('z')], { version: '3' })
    assert.equal((await refused()).status, 503)
    await rig.server.start()
    await eventually('the refusal', async () => (await refused()).status === 400)
  })
})

test('while Temporal is away a delivery is put off with 503, and taken afterwards', async () => {
  await withDoor(async url => {
    await rig.server.kill()
    assert.equal((await deliver(url, [raw('d')])).status, 503)
    await rig.server.start()
    await eventually('an accepted delivery', async () => (await deliver(url, [raw('d')])).status === 200)
    assert.ok((await signalsOf('opencode-acp/d')).length >= 1)
  })
})

test('500 deliveries of one cause in a few seconds: one workflow, one incident, and the count is right', async () => {
  const { hands, notebook } = alertHands()
  const story = async (url: string) => {
    for (let index = 0; index < 500; index += 25) {
      const some = Array.from({ length: 25 }, (_, offset) =>
        deliver(url, [raw('e', { fingerprint: `f${index + offset}` })]),
      )
      for (const response of await Promise.all(some)) assert.equal(response.status, 200)
    }
    await eventually('the count', async () => (await ask(rig, 'opencode-acp/e')).count === 500)
    const opened = notebook.opened.filter(({ workflowId }) => workflowId === 'incident:opencode-acp/e')
    // It joins its incident a few times, then every half a minute: five hundred messages would bury everything else.
    assert.ok(opened.length >= 1 && opened.length <= 10, `${opened.length} messages`)
  }
  await withAlertWorkers(rig, hands, () => withDoor(story), { maxCachedWorkflows: 100 })
})

test('a flood of causes and deliveries is shed with a count into a cause of its own, and nothing is lost from the sum', async () => {
  const limits = { ...FLOOD_LIMITS, deliveries: 60, causes: 5, pauseMs: 200 }
  await withDoor(
    async url => {
      const answers: { readonly alerts: number; readonly shed: number }[] = []
      for (let index = 0; index < 80; index += 8) {
        const some = Array.from({ length: 8 }, (_, offset) => deliver(url, [raw(`flood${(index + offset) % 8}`)]))
        for (const response of await Promise.all(some)) {
          assert.equal(response.status, 200)
          answers.push((await response.json()) as (typeof answers)[number])
        }
      }
      const shed = answers.reduce((sum, answer) => sum + answer.shed, 0)
      // Three causes of eight never got through, the others not after the sixtieth delivery.
      assert.ok(shed >= 35, `${shed} were shed`)
      const words = await signalsOf('ops/alert-flood')
      assert.equal(
        words.reduce((sum, { count }) => sum + count, 0),
        shed,
      )
      assert.ok(words.length < 20, `${words.length} words`)
      assert.equal(words[0]?.alerts[0]?.level, 'critical')
      assert.match(words[0]?.alerts[0]?.description ?? '', /opencode-acp\/flood/)
    },
    { limits },
  )
})

test('what ends in a flood is put off until it passes, so that it does not fire forever', async () => {
  const limits = { ...FLOOD_LIMITS, windowMs: 1_500, causes: 1, pauseMs: 50 }
  await withDoor(
    async url => {
      const end = raw('ends', { status: 'resolved', endsAt: '2026-11-23T10:05:00Z' })
      assert.equal((await deliver(url, [raw('ends0')])).status, 200)
      const known = (await signalsOf('ops/alert-flood').catch(() => [])).length
      assert.equal((await deliver(url, [end])).status, 503)
      await assert.rejects(signalsOf('opencode-acp/ends'), /not found/)
      await eventually('its turn', async () => (await deliver(url, [end])).status === 200)
      assert.equal((await signalsOf('opencode-acp/ends'))[0]?.alerts[0]?.state, 'resolved')
      assert.equal((await signalsOf('ops/alert-flood').catch(() => [])).length, known, 'it is not counted as shed')
    },
    { limits },
  )
})

test('the watchdog passes the highest flood, and is armed once however often it is asked for', async () => {
  await withDoor(
    async url => {
      const response = await deliver(url, [raw('watchdog', {}, { service: 'ops', alertname: 'Watchdog' })])
      assert.deepEqual(await response.json(), { alerts: 1, causes: 1, shed: 0 })
    },
    { limits: { ...FLOOD_LIMITS, deliveries: 0, causes: 0 } },
  )
  const workflow = rig.client.workflow.getHandle(alertWorkflowId('ops/watchdog'))
  const { runId } = await workflow.describe()
  await armWatchdog(rig.client)
  assert.equal((await workflow.describe()).runId, runId)
  await workflow.terminate()
  await Promise.all([armWatchdog(rig.client), armWatchdog(rig.client)])
  assert.equal((await workflow.describe()).status.name, 'RUNNING')
  await workflow.terminate()
})
