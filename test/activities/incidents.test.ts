/** Telling another incident something by its number: only one that is open hears it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Client } from '@temporalio/client'
import { createIncidentActivities, type IncidentPorts } from '../../activities/incidents.ts'
import type { IncidentDeclaration, IncidentMessage } from '../../domain/incident/commands.ts'
import { ana } from '../support/team.ts'

const message: IncidentMessage = {
  id: 'm1',
  by: { person: ana, door: 'cli' },
  at: '2026-11-23T03:00:00Z',
  command: { kind: 'acknowledge' },
}

const declaration: IncidentDeclaration = {
  id: 'm1',
  title: 'down',
  severity: 'high',
  category: 'availability',
  impact: null,
  hosts: [],
  cause: null,
  by: message.by,
  startedAt: message.at,
  alerts: [],
}

/** An index that lists these runs, newest first, and notes who is told something. */
function rig(...runs: readonly (readonly [workflowId: string, status: string])[]) {
  const told: string[] = []
  const workflow = {
    list: async function* () {
      for (const [workflowId, name] of runs) yield { workflowId, runId: name, status: { name } }
    },
    getHandle: (workflowId: string) => ({ signal: async () => void told.push(workflowId) }),
  }
  const ports = { client: { workflow } as unknown as Client } as IncidentPorts
  return { told, tell: createIncidentActivities(ports).tellIncident }
}

describe('an incident that is named by its number', () => {
  test('hears it while it is open, also when a run of it that ended is listed first', async () => {
    const { told, tell } = rig(['incident:a/b', 'CONTINUED_AS_NEW'], ['incident:a/b', 'RUNNING'])
    await tell({ workflowId: null, number: 7, message })
    assert.deepEqual(told, ['incident:a/b'])
  })

  test('has nobody to hear it once it has ended: under its workflow id another one may be open', async () => {
    const { told, tell } = rig(['incident:a/b', 'COMPLETED'])
    await assert.rejects(tell({ workflowId: null, number: 7, message }), /INC-7 has ended/)
    assert.deepEqual(told, [])
  })

  test('is not known without a run', async () => {
    const { told, tell } = rig()
    await assert.rejects(tell({ workflowId: null, number: 7, message }), /there is no INC-7/)
    await assert.rejects(tell({ workflowId: null, message }), /there is no such incident/)
    assert.deepEqual(told, [])
  })
})

test('who opens an incident does not wait for an answer about the last one of its cause', async () => {
  const started: string[] = []
  const workflow = {
    getHandle: () => ({ describe: () => new Promise(() => undefined) }),
    signalWithStart: async (_type: string, { workflowId }: { readonly workflowId: string }) =>
      void started.push(workflowId),
  }
  const withDeadline = async (_deadline: number, _ask: () => Promise<unknown>) => {
    throw new Error('DEADLINE_EXCEEDED')
  }
  const { openIncident } = createIncidentActivities({
    client: { workflow, withDeadline } as unknown as Client,
  } as IncidentPorts)
  await openIncident({ workflowId: 'incident:a/b', declaration, message })
  assert.deepEqual(started, ['incident:a/b'])
})
