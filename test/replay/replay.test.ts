/** Recorded histories must replay on today's code. They are only ever added to: never re-record one to make this pass. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { Worker } from '@temporalio/worker'
import { PROCEDURES } from '../../domain/procedures.ts'
import { workflowBundle } from '../../workers/bundle.ts'

const files = globSync(join(import.meta.dirname, 'histories', '*.json')).toSorted()

for (const file of files) {
  test(`${basename(file, '.json')} replays`, async () => {
    const history = historyFromJSON(JSON.parse(readFileSync(file, 'utf8')))
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history)
  })
}

/** How a run can go, of a procedure or of what procedures leave behind; each must have been recorded once. */
const SHAPES: Readonly<Record<string, readonly string[]>> = {
  'health-check': ['ok', 'fail', 'silent-host', 'cancelled', 'announced', 'announced-late'],
  incident: [
    'completed',
    'false-alarm',
    'three-changes',
    'reopened',
    'merged',
    'cancelled',
    'renewed',
    'continued',
    'follow-ups',
    'unanswered',
    'stale',
    'handed-over',
    'updates',
    'low',
    'looked-up',
  ],
  change: [
    'done',
    'denied',
    'frozen',
    'alone',
    'withdrawn',
    'expired',
    'void',
    'breakglass',
    'escalated',
    'cancelled',
    'reverted',
  ],
  fix: ['done', 'denied', 'reverted', 'refused', 'staging', 'away', 'frozen', 'frozen-staging', 'staging-unknown'],
  'monitoring-update': ['done', 'denied', 'reverted', 'expired', 'frozen', 'cancelled'],
  alert: [
    'watchdog',
    'availability',
    'review',
    'trend',
    'silence',
    'expected',
    'flapping',
    'blind',
    'end-under-silence',
    'untold',
    'more-than-fifty',
    'calm-under-silence',
  ],
  'alert-summary': ['ok'],
  'late-rows': ['away'],
  'late-card': ['revoked'],
  'late-post': ['away'],
  'page-test': ['rung', 'ended'],
}

for (const id of new Set([...PROCEDURES.map(({ id }) => id), ...Object.keys(SHAPES)])) {
  test(`${id} has recorded histories of all its shapes`, () => {
    const shapes = SHAPES[id] ?? []
    assert.ok(shapes.length > 0, `no shapes are named for ${id}`)
    const names = files.map(file => basename(file, '.json'))
    assert.deepEqual(
      shapes.filter(shape => !names.includes(`${id}.${shape}`)),
      [],
    )
  })
}
