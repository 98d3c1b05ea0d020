import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { claimEstate } from '../../../sandbox/estate/claim.ts'
import { supervisorRecord } from '../../../sandbox/estate/leftovers.ts'
import { nameEstate } from '../../../sandbox/estate/name.ts'
import { pathsOf } from '../../../sandbox/estate/paths.ts'
import { Problem } from '../../../sandbox/estate/problem.ts'
import { liveRecord, readRecords, writeRecord } from '../../../sandbox/estate/records.ts'

let checkout = ''
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'claim-'))
})
afterEach(() => rmSync(checkout, { recursive: true }))

test('an estate that is alive is refused with 75 and the process that holds it', () => {
  const plan = nameEstate('sandbox', checkout)
  const release = claimEstate(plan)
  assert.throws(
    () => claimEstate(plan),
    (error: unknown) => error instanceof Problem && error.exit === 75 && error.message.includes(`${process.pid}`),
  )
  release()
  claimEstate(plan)()
})

test('two names are two claims', () => {
  const release = claimEstate(nameEstate('one', checkout))
  claimEstate(nameEstate('two', checkout))()
  release()
})

test('the claim of a killed supervisor is taken over, also when its number was given to another process', () => {
  const plan = nameEstate('sandbox', checkout)
  const { run } = pathsOf(plan)
  writeRecord(run, { name: supervisorRecord, pid: process.pid, startTicks: 1, command: 'sandbox' })
  const release = claimEstate(plan)
  assert.equal(liveRecord(run, supervisorRecord)?.pid, process.pid)
  release()
  assert.deepEqual(readRecords(run), [])
})
