/** Where settings come from, which wins, and that all wrong ones are named at once. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { mergeSettings, readSettings } from '../../starters/settings.ts'

const FILE = '/sandbox/env.json'
const SANDBOX = { TEMPORAL_ADDRESS: '10.99.0.1:7233', OPS_ESTATE: '/s/estate.yaml', OPS_UI: 'http://10.99.0.1:8233/' }

test('without anything there are only defaults', () => {
  const settings = mergeSettings({}, {}, FILE)
  assert.equal(settings.namespace, 'ops')
  assert.equal(settings.estateFile, null)
  assert.deepEqual(settings.origins, {})
})

test('the sandbox answers where the environment says nothing', () => {
  const settings = mergeSettings({ OPS_ESTATE: '/mine.yaml' }, SANDBOX, FILE)
  assert.equal(settings.estateFile, '/mine.yaml')
  assert.equal(settings.environment.TEMPORAL_ADDRESS, '10.99.0.1:7233')
  assert.equal(settings.ui, 'http://10.99.0.1:8233')
  assert.deepEqual(settings.origins, { TEMPORAL_ADDRESS: FILE, OPS_ESTATE: 'environment', OPS_UI: FILE })
})

test('the same server named twice is still the sandbox', () => {
  assert.equal(mergeSettings({ TEMPORAL_ADDRESS: '10.99.0.1:7233' }, SANDBOX, FILE).estateFile, '/s/estate.yaml')
})

for (const environment of [
  { TEMPORAL_ADDRESS: 'ops.example.com:7233' },
  { TEMPORAL_PROFILE: 'prod' },
  { TEMPORAL_CONFIG_FILE: '/t.toml' },
]) {
  test(`nothing of the sandbox meets another server (${Object.keys(environment)})`, () => {
    assert.equal(mergeSettings(environment, SANDBOX, FILE).estateFile, null)
  })
}

test('an empty variable says nothing', () => {
  assert.equal(mergeSettings({ OPS_ESTATE: '' }, SANDBOX, FILE).estateFile, '/s/estate.yaml')
})

test('the control plane may be named as the worker names it', () => {
  assert.equal(mergeSettings({ OPS_HTTP: '127.0.0.1:9400' }, {}, FILE).http, 'http://127.0.0.1:9400')
})

test('all wrong settings are named at once, with their origin', () => {
  const wrong = { TEMPORAL_ADDRESS: 'nowhere', OPS_ESTATE: 'estate.yaml', OPS_UI: 'ui' }
  assert.throws(
    () => mergeSettings(wrong, {}, FILE),
    (error: Error) => {
      for (const name of Object.keys(wrong)) assert.match(error.message, new RegExp(`${name} \\(from environment\\)`))
      return true
    },
  )
})

test('a sandbox file that is no JSON is reported, a missing one is not', () => {
  const root = mkdtempSync(join(tmpdir(), 'settings-'))
  try {
    assert.deepEqual(readSettings({}, root).origins, {})
    mkdirSync(join(root, '.sandbox', 'current'), { recursive: true })
    writeFileSync(join(root, '.sandbox', 'current', 'env.json'), '{')
    assert.throws(() => readSettings({}, root), /env\.json cannot be used/)
  } finally {
    rmSync(root, { recursive: true })
  }
})
