/** `--fresh` leaves nothing of an earlier estate behind, whatever its parts have kept. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptyEstate } from '../../../sandbox/estate/fresh.ts'
import { nameEstate } from '../../../sandbox/estate/name.ts'
import { pathsOf } from '../../../sandbox/estate/paths.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('only the record by which the estate is held stays', async t => {
  const plan = nameEstate('fresh', await temporaryFolder(t))
  const { run, chat, estateFile, estateStamp } = pathsOf(plan)
  for (const folder of [run, chat, join(plan.folder, 'of-a-later-part')]) mkdirSync(folder, { recursive: true })
  for (const file of [join(chat, 'store'), estateFile, estateStamp, join(run, 'supervisor')])
    writeFileSync(file, 'kept')
  emptyEstate(plan)
  assert.deepEqual(readdirSync(plan.folder), ['run'])
  assert.deepEqual(readdirSync(run), ['supervisor'])
})

test('an estate that never was is empty already', async t => {
  const plan = nameEstate('fresh', await temporaryFolder(t))
  emptyEstate(plan)
  assert.equal(existsSync(plan.folder), false)
})
