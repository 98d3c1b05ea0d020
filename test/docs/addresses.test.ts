/** Tests that run side by side: each file with a server of its own has loopback addresses of its own. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

test('no two files open their rig at the same address', () => {
  const users = new Map<string, string[]>()
  for (const file of globSync('test/**/*.ts')) {
    const text = readFileSync(file, 'utf8')
    for (const [, address = ''] of text.matchAll(/\b(?:openRig|openStory)\('(127\.[\d.]+)'/g)) {
      users.set(address, [...(users.get(address) ?? []), file])
    }
  }
  assert.ok(users.size > 10, `${users.size} addresses were found`)
  assert.deepEqual(
    [...users].filter(([, files]) => new Set(files).size > 1),
    [],
  )
})
