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

/** How a run of a procedure can go; each must have been recorded once. */
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
  ],
  change: ['done', 'denied', 'frozen', 'alone', 'withdrawn'],
  fix: ['done', 'reverted', 'refused', 'staging', 'away', 'frozen', 'frozen-staging', 'staging-unknown'],
  'monitoring-update': ['done', 'denied', 'reverted'],
  alert: ['watchdog', 'availability', 'review', 'trend', 'silence', 'expected', 'flapping', 'blind'],
  'alert-summary': ['ok'],
}

for (const { id } of PROCEDURES) {
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
