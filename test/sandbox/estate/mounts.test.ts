import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mountsBelow } from '../../../sandbox/estate/mounts.ts'
import { managedHierarchies } from '../../../sandbox/hosts/cgroups.ts'

const mountinfo = [
  '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
  '30 22 7:0 / /srv/ops/.sandbox/one/hosts/alpha/layers rw - ext4 /dev/loop0 rw',
  '31 22 0:40 / /srv/ops/.sandbox/one/hosts/alpha/root rw - overlay overlay rw',
  '32 31 7:1 / /srv/ops/.sandbox/one/hosts/alpha/root/var rw - ext4 /dev/loop1 rw',
  '33 22 7:2 / /srv/ops/.sandbox/one-more/hosts/alpha/layers rw - ext4 /dev/loop2 rw',
  '34 22 7:3 / /srv/my\\040ops/.sandbox/one/x rw - ext4 /dev/loop3 rw',
  '40 22 0:25 / /sys/fs/cgroup/unified rw - cgroup2 cgroup rw',
  '41 22 0:26 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd',
  '42 22 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
  '',
].join('\n')

test('mounts of an estate come innermost first, and those of its neighbours not at all', () => {
  assert.deepEqual(mountsBelow('/srv/ops/.sandbox/one', mountinfo), [
    '/srv/ops/.sandbox/one/hosts/alpha/root/var',
    '/srv/ops/.sandbox/one/hosts/alpha/root',
    '/srv/ops/.sandbox/one/hosts/alpha/layers',
  ])
})

test('a blank in the path is no obstacle', () => {
  assert.deepEqual(mountsBelow('/srv/my ops/.sandbox/one', mountinfo), ['/srv/my ops/.sandbox/one/x'])
})

test('only the hierarchies that systemd manages are touched', () => {
  assert.deepEqual(managedHierarchies(mountinfo), ['/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'])
})
