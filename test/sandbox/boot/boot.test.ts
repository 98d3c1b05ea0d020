import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { execa } from 'execa'

const checkout = dirname(dirname(dirname(import.meta.dirname)))

/** boot.mjs is plain JavaScript without types; a test asks it from outside or by this door. */
async function bootModule(name: string): Promise<Record<string, (...args: readonly unknown[]) => unknown>> {
  return await import(join(checkout, 'sandbox/boot', name))
}

test('Debian 12 is accepted, anything else is named', async () => {
  const { requireDebian12 } = await bootModule('machine.mjs')
  requireDebian12?.('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n')
  assert.throws(() => requireDebian12?.('PRETTY_NAME="Fedora Linux 43"\nVERSION_ID=43\nID=fedora\n'), /Fedora Linux 43/)
})

test('an install is complete only when npm has finished it and nothing has changed since', async t => {
  const { npmIsComplete } = await bootModule('npm.mjs')
  const root = mkdtempSync(join(tmpdir(), 'npm-'))
  t.after(() => rmSync(root, { recursive: true }))
  const lock = (version: string) =>
    JSON.stringify({
      packages: { '': {}, 'node_modules/a': { version }, 'node_modules/b': { version: '1.0.0', optional: true } },
    })
  writeFileSync(join(root, 'package-lock.json'), lock('1.0.0'))
  assert.equal(npmIsComplete?.(root), false)
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true })
  writeFileSync(join(root, 'node_modules/.bin/node'), '')
  const present = JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } })
  writeFileSync(join(root, 'node_modules/.package-lock.json'), present)
  assert.equal(npmIsComplete?.(root), true)
  writeFileSync(join(root, 'package-lock.json'), lock('1.0.1'))
  assert.equal(npmIsComplete?.(root), false)
})

test('a package that is not installed is found missing', async () => {
  const { missingPackages } = await bootModule('debian.mjs')
  assert.deepEqual(missingPackages?.([{ name: 'dpkg' }, { name: 'no-such-package-here' }]), ['no-such-package-here'])
  assert.deepEqual(missingPackages?.([]), [])
})

test('an unknown verb is wrong usage', async () => {
  const result = await execa('node', [join(checkout, 'sandbox/boot.mjs'), 'frob'], { reject: false })
  assert.equal(result.exitCode, 64)
  assert.match(result.stderr, /start\|sandbox\|test/)
})

test('a wrong option of npm start ends with 64 and starts nothing', async () => {
  const result = await execa('node', [join(checkout, 'sandbox/boot.mjs'), 'start', '--nonsense'], { reject: false })
  assert.equal(result.exitCode, 64)
  assert.match(result.stderr, /--nonsense[\s\S]*Nothing was started/)
})

test('the sandbox command names its verbs, and its mistakes', async () => {
  const ask = async (...words: readonly string[]) =>
    await execa('node', [join(checkout, 'sandbox/boot.mjs'), 'sandbox', ...words], { reject: false })
  const [help, verb, host] = await Promise.all([ask('help'), ask('frob'), ask('exec', 'omega', 'true')])
  assert.equal(help.exitCode, 0)
  assert.match(help.stdout, /power HOST off\|on/)
  assert.deepEqual([verb.exitCode, host.exitCode], [64, 64])
  assert.match(host.stderr, /alpha, beta/)
})
