import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { childrenOf, identify, isAlive, killAll, startTicksOf, treeOf } from '../../../sandbox/estate/proc.ts'
import { waitFor } from '../../../sandbox/estate/wait.ts'

const rest = 'S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 98765 21'

test('the start time is found whatever the command is called', () => {
  assert.equal(startTicksOf(`7 (node) ${rest}`), 98765)
  assert.equal(startTicksOf(`7 (a) R 1 (b) c) ${rest}`), 98765)
})

test('a zombie has ended', () => {
  assert.equal(startTicksOf(`7 (node) ${rest.replace('S', 'Z')}`), undefined)
})

test('a process is no longer itself once its number tells another start', () => {
  const self = identify(process.pid)
  assert.ok(self !== undefined && isAlive(self))
  assert.equal(isAlive({ ...self, startTicks: self.startTicks - 1 }), false)
})

test('a whole tree is found and killed, also what has a group of its own', async () => {
  const root = spawn('sh', ['-c', 'setsid sleep 61 & sleep 62 & wait'], { stdio: 'ignore' })
  const self = identify(root.pid ?? 0)
  assert.ok(self !== undefined)
  await waitFor('both sleepers', () => treeOf(self).length === 3, { timeoutMs: 5000 })
  assert.equal(childrenOf(self).length, 2)
  const tree = treeOf(self)
  const ended = once(root, 'exit')
  killAll(tree)
  await ended
  await waitFor('their end', () => tree.every(one => !isAlive(one)), { timeoutMs: 5000 })
})

test('killing leaves a process alone that only has the same number', () => {
  const self = identify(process.pid)
  assert.ok(self !== undefined)
  killAll([{ pid: self.pid, startTicks: self.startTicks + 1 }])
})
