import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hostNames, nameEstate } from '../../sandbox/estate/name.ts'
import { Problem } from '../../sandbox/estate/problem.ts'

const names = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,30}$/)
const checkouts = fc.stringMatching(/^(\/[a-z0-9._ -]{1,12}){1,5}$/)

test('the same name in the same checkout is the same estate', () => {
  assert.deepEqual(nameEstate('sandbox', '/srv/ops'), nameEstate('sandbox', '/srv/ops'))
})

test('another name or another checkout is another estate', () => {
  const one = nameEstate('sandbox', '/srv/ops')
  for (const other of [nameEstate('staging', '/srv/ops'), nameEstate('sandbox', '/srv/ops2')]) {
    assert.notEqual(other.id, one.id)
    assert.notEqual(other.bridge, one.bridge)
    assert.notEqual(other.folder, one.folder)
    assert.notEqual(other.runtime, one.runtime)
  }
})

test('whatever it is called, the kernel can hold its names', () => {
  fc.assert(
    fc.property(names, checkouts, (name, checkout) => {
      const plan = nameEstate(name, checkout)
      assert.ok(plan.bridge.length <= 15)
      const third = Number(plan.subnet.split('.')[2])
      assert.ok(third >= 1 && third <= 254)
      assert.equal(plan.address, `10.99.${third}.1`)
      for (const host of hostNames) {
        // systemd-nspawn puts vb- before it, and 15 characters is all that an interface may have.
        assert.ok(`vb-${plan.hosts[host].machine}`.length <= 15)
        assert.ok(plan.hosts[host].address.startsWith(`10.99.${third}.`))
      }
      // A socket's path may have 107 characters, whatever the depth of the checkout.
      assert.ok(`${plan.runtime}/control.sock`.length < 107)
    }),
  )
})

test('a name that could not be a folder is refused as wrong usage', () => {
  for (const name of ['', '-x', 'Sandbox', 'a/b', '..', 'a b', 'x'.repeat(32)]) {
    assert.throws(
      () => nameEstate(name, '/srv/ops'),
      (error: unknown) => error instanceof Problem && error.exit === 64 && error.hint !== undefined,
      name,
    )
  }
})
