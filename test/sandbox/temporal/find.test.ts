import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Problem } from '../../../sandbox/estate/problem.ts'
import { cachedBinaries, cacheFolder, isAtLeast } from '../../../sandbox/temporal/build.ts'
import { findTemporal } from '../../../sandbox/temporal/find.ts'

const checkout = dirname(dirname(dirname(import.meta.dirname)))
const base = { checkout, choice: 'auto', ownAddress: '10.99.7.1', progress: () => {} } as const

test('TEMPORAL_ADDRESS comes first', async () => {
  const environment = { TEMPORAL_ADDRESS: 'prod.example:7233', TEMPORAL_NAMESPACE: 'team' }
  const found = await findTemporal({ ...base, environment })
  assert.equal(found.kind, 'given')
  assert.equal(found.kind === 'given' && found.address, 'prod.example:7233')
  assert.equal(found.kind === 'given' && found.profile.namespace, 'team')
})

test('a configuration file alone names a server too, as it does for ops', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'profile-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'temporal.toml')
  writeFileSync(file, '[profile.default]\naddress = "prod.example:7233"\n')
  const found = await findTemporal({ ...base, environment: { TEMPORAL_CONFIG_FILE: file } })
  assert.equal(found.kind === 'given' && found.address, 'prod.example:7233')
})

test('the address of an earlier start of this very estate is no server of somebody else', async t => {
  const cache = mkdtempSync(join(tmpdir(), 'cache-'))
  t.after(() => rmSync(cache, { recursive: true }))
  withCache(t, cache)
  mkdirSync(cacheFolder(checkout), { recursive: true })
  const found = await findTemporal({ ...base, environment: { TEMPORAL_ADDRESS: '10.99.7.1:7233' } })
  assert.notEqual(found.kind, 'given')
})

test('the cache is named by what is built', t => {
  const folder = mkdtempSync(join(tmpdir(), 'modules-'))
  t.after(() => rmSync(folder, { recursive: true }))
  cpSync(join(checkout, 'tools/temporal'), join(folder, 'tools/temporal'), { recursive: true })
  assert.equal(cacheFolder(folder), cacheFolder(checkout))
  writeFileSync(join(folder, 'tools/temporal/go.mod'), 'module other\n')
  assert.notEqual(cacheFolder(folder), cacheFolder(checkout))
  assert.equal(cachedBinaries(folder), undefined)
})

test('versions of Go are compared by number', () => {
  assert.ok(isAtLeast('1.26.10', '1.26.8'))
  assert.ok(isAtLeast('1.27', '1.26.8'))
  assert.ok(isAtLeast('2.0', '1.26.8'))
  assert.equal(isAtLeast('1.9.9', '1.26.8'), false)
  assert.equal(isAtLeast('1.26', '1.26.8'), false)
})

test('when no way leads to a server, each is named with its reason and what would help', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'nowhere-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'tools/temporal'), { recursive: true })
  writeFileSync(join(folder, 'tools/temporal/go.mod'), 'module x\n\ngo 99.0\n')
  writeFileSync(join(folder, 'tools/temporal/go.sum'), '')
  await assert.rejects(
    findTemporal({ ...base, checkout: folder, choice: 'pinned', environment: {} }),
    (error: unknown) =>
      error instanceof Problem &&
      error.exit === 69 &&
      /pinned server.*Go/s.test(error.message) &&
      error.hint !== undefined,
  )
})

function withCache(t: { after(fn: () => void): void }, folder: string): void {
  const before = process.env.XDG_CACHE_HOME
  process.env.XDG_CACHE_HOME = folder
  t.after(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME
    else process.env.XDG_CACHE_HOME = before
  })
}
