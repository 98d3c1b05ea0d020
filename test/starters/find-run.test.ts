/** An incident that is named in the moment in which it begins: the ledger has its number, Temporal's index not yet. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '@temporalio/client'
import { findRun } from '../../starters/find-run.ts'

/** A client whose index answers with each of these in turn, and with the last one from then on. */
function indexOf(...answers: readonly (readonly string[])[]) {
  let asked = 0
  const list = async function* () {
    const ids = answers[Math.min(asked, answers.length - 1)] ?? []
    asked += 1
    for (const workflowId of ids) yield { workflowId, runId: 'run', status: { name: 'RUNNING' } }
  }
  return { client: { workflow: { list } } as unknown as Client, asked: () => asked }
}

test('is found as soon as the index knows it', async () => {
  const { client, asked } = indexOf([], [], ['incident:new'])
  assert.equal((await findRun(client, 7))?.workflowId, 'incident:new')
  assert.equal(asked(), 3)
})

test('is not there when the index does not come to know it', async () => {
  const { client, asked } = indexOf([])
  assert.equal(await findRun(client, 7), null)
  assert.equal(asked(), 6)
})
