/** How an incident is started and found again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IncidentDeclaration, IncidentMessage } from '../../../domain/incident/commands.ts'
import { currentRun, type IncidentRun, incidentQueryOf, incidentStart } from '../../../domain/incident/start.ts'
import { ana } from '../../support/team.ts'

test('the start carries declaration and message, and a title of any length', () => {
  const by = { person: ana, door: 'cli' as const }
  const declaration: IncidentDeclaration = {
    id: 'd1',
    title: `${'x'.repeat(199)}\u{1f525}`,
    severity: 'high',
    category: 'availability',
    impact: '',
    hosts: [],
    cause: null,
    by,
    startedAt: '2026-11-23T03:00:00Z',
    alerts: [],
  }
  const message: IncidentMessage = { id: 'd1', by, at: declaration.startedAt, command: { kind: 'acknowledge' } }
  const start = incidentStart('incident:declared/x', declaration, message)
  assert.deepEqual(
    [start.workflowId, start.taskQueue, start.signal, start.args, start.signalArgs],
    ['incident:declared/x', 'control', 'incident', [{ declaration, carried: null }], [message]],
  )
  assert.ok(start.staticSummary.isWellFormed(), 'half a character is none')
  assert.equal(start.staticSummary.length, 200)
  assert.match(start.staticDetails, /opened by: ana, 2026-11-23 03:00:00 UTC, as high\n.*hosts: all of the estate/s)
})

test('of the runs of an incident the one that goes on counts, whatever the order, and else the newest', () => {
  const run = (runId: string, isOpen: boolean): IncidentRun => ({ workflowId: 'incident:a/b', runId, isOpen })
  const cases: readonly (readonly [readonly IncidentRun[], string | undefined])[] = [
    [[], undefined],
    [[run('2', false), run('1', false)], '2'],
    [[run('3', false), run('2', true), run('1', false)], '2'],
  ]
  for (const [runs, expected] of cases) assert.equal(currentRun(runs)?.runId, expected)
  assert.equal(incidentQueryOf(7), "WorkflowType = 'incident' AND OpsIncident = 'INC-7'")
})
