/** What has to be done once is tried until it is done, and no longer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepTrying } from '../../starters/keep-trying.ts'

test('is done at last, each failure said, at longer and longer intervals', async () => {
  const reported: string[] = []
  let tries = 0
  const isDone = await keepTrying(
    async () => {
      tries += 1
      if (tries < 4) throw new Error(`try ${tries}`)
    },
    {
      signal: new AbortController().signal,
      report: (error, againInMs) => void reported.push(`${(error as Error).message} ${againInMs}`),
      firstPauseMs: 1,
    },
  )
  assert.deepEqual([isDone, tries, reported], [true, 4, ['try 1 1', 'try 2 2', 'try 3 4']])
})

test('is given up when the process ends, in the middle of a pause', async () => {
  const ending = new AbortController()
  let tries = 0
  const trying = keepTrying(
    async () => {
      tries += 1
      throw new Error('never')
    },
    { signal: ending.signal, report: () => void setImmediate(() => ending.abort()), firstPauseMs: 3_600_000 },
  )
  assert.deepEqual([await trying, tries], [false, 1])
})
