import assert from 'node:assert/strict'
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { installUnits, place } from '../../../sandbox/hosts/units.ts'

const checkout = dirname(dirname(dirname(import.meta.dirname)))
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'root-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const unit = (name: string) => join(root, 'etc/systemd/system', name)
const wanted = (name: string) => {
  try {
    return lstatSync(join(root, 'etc/systemd/system/multi-user.target.wants', name)).isSymbolicLink()
  } catch {
    return false
  }
}

test('units are installed and enabled', () => {
  installUnits(root, checkout, true)
  for (const name of ['opencode-acp', 'opencode-model', 'opencode-traffic', 'ops-host-worker', 'postgresql-opencode']) {
    assert.ok(existsSync(unit(`${name}.service`)), name)
    assert.ok(wanted(`${name}.service`), name)
  }
})

test('a unit that was disabled on the host stays so, while its text follows the checkout', () => {
  installUnits(root, checkout, true)
  rmSync(join(root, 'etc/systemd/system/multi-user.target.wants/opencode-acp.service'))
  writeFileSync(unit('opencode-acp.service'), 'old')
  installUnits(root, checkout, true)
  assert.equal(wanted('opencode-acp.service'), false)
  assert.notEqual(readFileSync(unit('opencode-acp.service'), 'utf8'), 'old')
})

test('traffic is switched by each start', () => {
  for (const traffic of [false, true, false]) {
    installUnits(root, checkout, traffic)
    assert.equal(wanted('opencode-traffic.service'), traffic)
  }
})

test('a file with a secret is readable by its owner only, also when an open one was there', () => {
  place(root, 'etc/x/token', 'open')
  place(root, 'etc/x/token', 'secret', 0o600)
  assert.equal(statSync(join(root, 'etc/x/token')).mode & 0o777, 0o600)
})
