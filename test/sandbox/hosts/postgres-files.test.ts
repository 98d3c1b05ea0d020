import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameEstate } from '../../../sandbox/estate/name.ts'
import { hbaFile, roleFile, serverFile } from '../../../sandbox/hosts/postgres-files.ts'

const { hosts, subnet } = nameEstate('sandbox', '/srv/ops')

test('what belongs to a role is in the role file only', () => {
  for (const setting of ['primary_conninfo', 'primary_slot_name', 'synchronous_standby_names']) {
    assert.equal(serverFile().includes(`${setting} =`), false, setting)
    assert.ok(roleFile('beta', hosts.alpha).includes(`${setting} =`), setting)
  }
})

test('a primary follows nobody, a standby its primary through its own slot', () => {
  assert.match(roleFile('alpha', undefined), /^primary_conninfo = ''$/m)
  const standby = roleFile('beta', hosts.alpha)
  assert.match(standby, new RegExp(`host=${hosts.alpha.address} .*application_name=beta`))
  assert.match(standby, /^primary_slot_name = 'beta'$/m)
})

test('no password is in a configuration file, and nobody comes in without one over the network', () => {
  assert.equal(/password=/.test(roleFile('beta', hosts.alpha)), false)
  const network = hbaFile(subnet)
    .split('\n')
    .filter(line => line.startsWith('host'))
  assert.ok(network.every(line => /scram-sha-256|reject/.test(line)))
})
