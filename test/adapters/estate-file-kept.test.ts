/** The copy of the estate file that outlives a restart: what is kept, and when there is none. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTeamFile } from '../../activities/adapters/estate-file.kept.ts'
import { EstateFileError } from '../../activities/adapters/estate-file.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const estateOf = (person: string) => `name: small
hosts:
  one: { site: here, role: primary }
service: { unit: acp, acp: { stdio: true }, log: journal }
team:
  people:
    ${person}: { name: Somebody }
  groups: { approvers: [${person}], leads: [${person}], emergency: [${person}] }
  oncall: { tiers: [{ name: first, rotation: [${person}] }] }
`

async function rig(context: TestContext) {
  const folder = await temporaryFolder(context)
  const file = join(folder, 'estate.yaml')
  const kept = join(folder, 'store')
  const copy = join(kept, 'estate.last.yaml')
  writeFileSync(file, estateOf('ana'))
  // As a process does that has just been started.
  const open = () => openTeamFile(file, copy)
  const namesOf = (team: { people: readonly { id: string }[] } | null) => team?.people.map(({ id }) => id)
  return { file, kept, copy, open, namesOf }
}

test('who was read last is known to the next process, whatever became of the file', async context => {
  const { file, kept, copy, open, namesOf } = await rig(context)
  const people = open()
  await people.readTeam()
  writeFileSync(file, estateOf('ben'))
  assert.deepEqual(namesOf(await people.readTeam()), ['ben'])
  writeFileSync(file, 'name: [')
  await assert.rejects(people.readTeam(), EstateFileError)
  assert.deepEqual(namesOf(await open().readKeptTeam()), ['ben'])
  rmSync(file)
  assert.deepEqual(namesOf(await open().readKeptTeam()), ['ben'])
  assert.equal(statSync(copy).mode & 0o777, 0o600, 'it has phone numbers')
  assert.deepEqual(readdirSync(kept), ['estate.last.yaml'], 'no draft is left')
})

test('nobody is known when nothing was kept, or what was kept is damaged', async context => {
  const { kept, copy, open } = await rig(context)
  assert.equal(await open().readKeptTeam(), null)
  mkdirSync(kept)
  writeFileSync(copy, estateOf('ana').slice(0, 60))
  assert.equal(await open().readKeptTeam(), null)
})

test('hosts are as of now or, while the file is broken, as kept; with nothing kept the file is to blame', async context => {
  const { file, copy, open } = await rig(context)
  const hostsOf = async () => (await open().readLastEstate()).hosts.map(({ name }) => name)
  await open().readTeam()
  writeFileSync(file, estateOf('ana').replace('one:', 'two:'))
  assert.deepEqual(await hostsOf(), ['two'])
  writeFileSync(file, 'name: [')
  assert.deepEqual(await hostsOf(), ['one'])
  rmSync(copy)
  await assert.rejects(open().readLastEstate(), EstateFileError)
})

test('people are read where no copy can be kept, and it is kept as soon as it can', async context => {
  const { kept, copy, open, namesOf } = await rig(context)
  writeFileSync(kept, 'no folder')
  const people = open()
  assert.deepEqual(namesOf(await people.readTeam()), ['ana'])
  rmSync(kept)
  await people.readTeam()
  assert.equal(readFileSync(copy, 'utf8'), estateOf('ana'))
})

test('reads at the same time leave one whole copy', async context => {
  const { file, kept, open, namesOf } = await rig(context)
  const [one, other] = [open(), open()]
  await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).readTeam()))
  assert.deepEqual(namesOf(await open().readKeptTeam()), ['ana'])
  assert.deepEqual(readdirSync(kept), ['estate.last.yaml'])
  assert.equal(readFileSync(file, 'utf8'), estateOf('ana'))
})
