/** Telling another incident something by its number: only one that is open hears it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { createIncidentActivities, type IncidentPorts } from '../../activities/incidents.ts'
import { OpsError } from '../../domain/failures.ts'
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

interface Run {
  readonly workflowId: string
  /** INC-n, for the index. */
  readonly name?: string
  readonly status: 'RUNNING' | 'COMPLETED' | 'CONTINUED_AS_NEW'
  readonly mergedInto?: string | null
}

/** An index that lists these runs, newest first, and notes who is told something, or started. */
function rig(...runs: readonly Run[]) {
  const told: string[] = []
  const started: string[] = []
  const runId = ({ workflowId, status }: Run) => `${workflowId} ${status}`
  const workflow = {
    list: async function* ({ query }: { readonly query: string }) {
      for (const run of runs) {
        if (!query.includes(`'${run.name ?? 'INC-7'}'`)) continue
        yield { workflowId: run.workflowId, runId: runId(run), status: { name: run.status } }
      }
    },
    getHandle(workflowId: string, id?: string) {
      const run = runs.find(one => one.workflowId === workflowId && (id === undefined || runId(one) === id))
      return {
        async signal() {
          const goesOn = runs.some(one => one.workflowId === workflowId && one.status === 'RUNNING')
          if (!goesOn) throw new WorkflowNotFoundError('it has ended', workflowId, id)
          told.push(workflowId)
        },
        describe: async () => ({
          runId: id ?? `${workflowId} ${run?.status}`,
          status: { name: run?.status },
          typedSearchAttributes: { get: () => 'watching' },
        }),
        async result() {
          if (run?.status !== 'RUNNING') return { mergedInto: run?.mergedInto ?? null }
          throw new Error('nobody waits for the end of what goes on')
        },
      }
    },
    signalWithStart: async (_type: string, { workflowId }: { readonly workflowId: string }) =>
      void started.push(workflowId),
  }
  let unanswered = 0
  const withDeadline = async (_deadline: number, ask: () => Promise<unknown>) => {
    unanswered -= 1
    if (unanswered >= 0) throw new Error('DEADLINE_EXCEEDED')
    return await ask()
  }
  const ports = { client: { workflow, withDeadline } as unknown as Client } as IncidentPorts
  const { tellIncident: tell, openIncident, readStanding } = createIncidentActivities(ports)
  return {
    told,
    started,
    tell,
    readStanding,
    /** So many of the next questions get no answer in time. */
    leaveUnanswered(count: number) {
      unanswered = count
    },
    open: () => openIncident({ workflowId: 'incident:a/b', declaration, message }),
  }
}

describe('an incident that is named by its number', () => {
  test('hears it while it is open, also when a run of it that ended is listed first', async () => {
    const { told, tell } = rig(
      { workflowId: 'incident:a/b', status: 'CONTINUED_AS_NEW' },
      { workflowId: 'incident:a/b', status: 'RUNNING' },
    )
    await tell({ workflowId: null, number: 7, message })
    assert.deepEqual(told, ['incident:a/b'])
  })

  test('has nobody to hear it once it has ended: under its workflow id another one may be open', async () => {
    const { told, tell } = rig({ workflowId: 'incident:a/b', status: 'COMPLETED' })
    await assert.rejects(tell({ workflowId: null, number: 7, message }), /INC-7 has ended/)
    assert.deepEqual(told, [])
  })

  test('has nobody to hear it either when only its follow-ups are reminded of', async () => {
    const { told, tell, readStanding } = rig(
      { workflowId: 'follow-ups:INC-7', status: 'RUNNING' },
      { workflowId: 'incident:a/b', status: 'COMPLETED' },
    )
    assert.equal(await readStanding(7), 'closed')
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

describe('the cause of a duplicate', () => {
  const duplicate: Run = { workflowId: 'incident:a/b', name: 'INC-8', status: 'COMPLETED', mergedInto: 'INC-7' }
  const followUps: Run = { workflowId: 'follow-ups:INC-7', status: 'RUNNING' }

  test('is free for a new incident when of the one that went on only the follow-ups are left', async () => {
    const { told, started, open } = rig(duplicate, followUps, { workflowId: 'incident:c/d', status: 'COMPLETED' })
    await open()
    assert.deepEqual([told, started], [[], ['incident:a/b']])
  })

  test('is heard by whatever goes on in place of the one that has left follow-ups', async () => {
    const { told, started, open } = rig(
      duplicate,
      followUps,
      { workflowId: 'incident:c/d', status: 'COMPLETED', mergedInto: 'INC-9' },
      { workflowId: 'incident:e/f', name: 'INC-9', status: 'RUNNING' },
    )
    await open()
    assert.deepEqual([told, started], [['incident:e/f'], []])
  })
})

describe('an incident that is told by its workflow id', () => {
  const workflowId = 'incident:a/b'
  const owner = (name: string) => (error: unknown) => error instanceof OpsError && error.owner === name
  const merged: Run = { workflowId, name: 'INC-8', status: 'COMPLETED', mergedInto: 'INC-7' }
  const survivor: Run = { workflowId: 'incident:c/d', status: 'RUNNING' }

  test('is not there when its run has ended: no other try is made', async () => {
    await assert.rejects(rig({ workflowId, status: 'COMPLETED' }).tell({ workflowId, message }), owner('operator'))
  })

  test('is never taken for gone while nobody can say whether another one goes on in its place', async () => {
    const { told, tell, leaveUnanswered } = rig(merged, survivor)
    leaveUnanswered(2)
    await assert.rejects(tell({ workflowId, message }), owner('tool'))
    leaveUnanswered(1)
    await tell({ workflowId, message })
    assert.deepEqual(told, ['incident:c/d'])
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
