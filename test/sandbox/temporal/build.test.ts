import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { buildTemporal } from '../../../sandbox/temporal/build.ts'

const checkout = dirname(dirname(dirname(import.meta.dirname)))

/** Stands for a compiler that takes its time: it notes what it is asked for and leaves something at the place of the output. */
const SLOW_GO = `#!/bin/sh
[ "$1" = version ] && { echo go version go99.1 linux/amd64; exit 0; }
echo "$@" >>"$GO_NOTES"
sleep 0.3
while [ "$1" != -o ]; do shift; done
echo built >"$2"
`

test('of several that need the server at once, one builds it and the others wait', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'build-'))
  const notes = join(folder, 'notes')
  writeFileSync(join(folder, 'go'), SLOW_GO, { mode: 0o755 })
  const usual = { ...process.env }
  t.after(() => {
    process.env = usual
    rmSync(folder, { recursive: true })
  })
  Object.assign(process.env, { PATH: `${folder}:${usual.PATH}`, XDG_CACHE_HOME: folder, GO_NOTES: notes })

  const told: string[] = []
  const all = await Promise.all([1, 2, 3].map(() => buildTemporal(checkout, line => told.push(line))))

  assert.ok(all.every(({ server, sqlTool, ui }) => [server, sqlTool, ui].every(existsSync)))
  assert.equal(readFileSync(notes, 'utf8').trim().split('\n').length, 3, 'three programs, each once')
  assert.equal(told.filter(line => line === 'another process is building it').length, 2)
})
