import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { promisify } from 'node:util'
import { claimEstate, lockEstate } from '../../../sandbox/estate/claim.ts'
import { supervisorRecord } from '../../../sandbox/estate/leftovers.ts'
import { nameEstate } from '../../../sandbox/estate/name.ts'
import { pathsOf } from '../../../sandbox/estate/paths.ts'
import { Problem } from '../../../sandbox/estate/problem.ts'
import { identify } from '../../../sandbox/estate/proc.ts'
import { liveRecord, readRecords, writeRecord } from '../../../sandbox/estate/records.ts'

let checkout = ''
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'claim-'))
})
afterEach(() => rmSync(checkout, { recursive: true }))

test('an estate that is alive is refused with 75 and the process that holds it', async () => {
  const plan = nameEstate('sandbox', checkout)
  const release = await claimEstate(plan)
  await assert.rejects(
    claimEstate(plan),
    (error: unknown) => error instanceof Problem && error.exit === 75 && error.message.includes(`${process.pid}`),
  )
  release()
  const releaseAgain = await claimEstate(plan)
  releaseAgain()
})

test('two names are two claims', async () => {
  const release = await claimEstate(nameEstate('one', checkout))
  const releaseOther = await claimEstate(nameEstate('two', checkout))
  releaseOther()
  release()
})

test('the claim of a killed supervisor is taken over, also when its number was given to another process', async () => {
  const plan = nameEstate('sandbox', checkout)
  const { run } = pathsOf(plan)
  writeRecord(run, { name: supervisorRecord, pid: process.pid, startTicks: 1, command: 'sandbox' })
  const release = await claimEstate(plan)
  assert.equal(liveRecord(run, supervisorRecord)?.pid, process.pid)
  release()
  assert.deepEqual(readRecords(run), [])
})

test('of many that take over from a killed supervisor at once, one wins', async () => {
  const plan = nameEstate('sandbox', checkout)
  writeRecord(pathsOf(plan).run, { name: supervisorRecord, pid: process.pid, startTicks: 1, command: 'sandbox' })
  const claim = JSON.stringify(join(import.meta.dirname, '../../../sandbox/estate/claim.ts'))
  const script = `
    const { claimEstate } = await import(${claim})
    while (Date.now() < ${Date.now() + 2_000});
    const won = await claimEstate(${JSON.stringify(plan)}).then(() => 'won', error => error.exit)
    console.log(won)
    // Nobody leaves before all have tried.
    setTimeout(() => {}, 3_000)`
  const run = async () =>
    (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])).stdout.trim()
  const answers = await Promise.all([run(), run(), run(), run()])
  assert.deepEqual(answers.toSorted(), ['75', '75', '75', 'won'])
})

test('while an estate is cleared none starts, and one whose lock is out of reach is not taken for dead', async () => {
  const plan = nameEstate('sandbox', checkout)
  const unlock = await lockEstate(plan)
  await assert.rejects(claimEstate(plan), /already running/)
  unlock()
  const self = identify(process.pid)
  assert.ok(self)
  writeRecord(pathsOf(plan).run, { ...self, name: supervisorRecord, command: 'sandbox' })
  await assert.rejects(claimEstate(plan), new RegExp(`already running \\(process ${process.pid}\\)`))
  await assert.rejects(lockEstate(plan), /already running/)
})
