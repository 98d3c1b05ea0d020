import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { OpsError } from '../../domain/failures.ts'
import type { HealthCheckRequest } from '../../domain/health-check.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import type { RunDocument } from '../../domain/report/document.ts'
import type { RunRecord } from '../../domain/run-record.ts'
import { type AlertChanges, alertHands, withAlertWorkers } from '../support/alert-rig.ts'
import { estate } from '../support/facts.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

let rig: Rig
before(async () => {
  rig = await openRig('127.7.47.1')
})
after(async () => await rig.close())

const line = { name: 'ServiceRestarted', level: 'info', count: 6, mean: 1, trend: 'more' } as const

async function summarise(changes: AlertChanges = {}) {
  const documents: RunDocument[] = []
  const { hands, notebook } = alertHands({ ...changes, control: { countAlerts: async () => [line] } })
  const control = {
    ...hands.control,
    readEstate: async () => estate,
    async documentRun(document: RunDocument) {
      documents.push(document)
      return { artefacts: [] }
    },
  }
  const run = async () => {
    const handle = await rig.client.workflow.start<(request: HealthCheckRequest) => Promise<RunRecord>>(
      'alertSummary',
      {
        workflowId: `alert-summary:${documents.length}`,
        taskQueue: CONTROL_QUEUE,
        args: [{ host: null, only: null, requestedBy: 'test' }],
      },
    )
    await rig.skipTime(handle.workflowId)
    return await handle.result()
  }
  const record = await withAlertWorkers(rig, { ...hands, control }, run)
  return { record, documents, notebook }
}

test('counted, written down, told in the channel and by mail', async () => {
  const { record, documents, notebook } = await summarise()
  assert.equal(record.verdict, 'warn')
  assert.deepEqual(
    record.findings.map(({ id, verdict }) => [id, verdict]),
    [
      ['alerts.count', 'ok'],
      ['alerts.trend:ServiceRestarted', 'warn'],
    ],
  )
  assert.equal(documents.length, 1)
  assert.equal(notebook.posts[0]?.channel, 'C0OPS')
  assert.match(notebook.mails[0]?.text ?? '', /ServiceRestarted \(info\): 6, mean of 4 weeks 1\.0, more/)
})

test('a chat that is away does not make it fail', async () => {
  const away = async () => {
    throw new OpsError({ owner: 'host', message: 'nobody answers', hint: 'Start it.' })
  }
  const { record } = await summarise({ chat: { post: away } })
  assert.equal(record.status, 'completed')
})
