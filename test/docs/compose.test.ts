/** `docker-compose config` accepts the file and everything that it names exists. No engine is needed, and none is proved. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { execa } from 'execa'
import { parse } from 'yaml'

const ROOT = join(import.meta.dirname, '..', '..')

test('docker-compose.yml is valid and names what exists', async () => {
  const env = { TEMPORAL_DB_PASSWORD: 'a', LEDGER_OWNER_PASSWORD: 'b', LEDGER_PASSWORD: 'c' }
  const { stdout } = await execa('docker-compose', ['config'], { cwd: ROOT, env })
  const { services } = parse(stdout) as { services: Record<string, { build?: { target?: string } }> }
  for (const name of ['temporal', 'temporal-ui', 'temporal-db', 'ledger-db', 'control-plane', 'ingress']) {
    assert.ok(services[name] !== undefined, `no service ${name}`)
  }
  for (const file of ['Dockerfile', 'deploy/temporal-entrypoint.sh', 'deploy/ledger-role.sh']) {
    assert.ok(existsSync(join(ROOT, file)), `${file} is missing`)
  }
})

test('without its passwords it refuses', async () => {
  const { exitCode, stderr } = await execa('docker-compose', ['config'], {
    cwd: ROOT,
    reject: false,
    env: { TEMPORAL_DB_PASSWORD: '', LEDGER_OWNER_PASSWORD: 'b', LEDGER_PASSWORD: 'c' },
  })
  assert.notEqual(exitCode, 0)
  assert.match(stderr, /TEMPORAL_DB_PASSWORD/)
})
