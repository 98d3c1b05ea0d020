import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { askSupervisor, serveControl } from '../../../sandbox/estate/control.ts'
import { Problem } from '../../../sandbox/estate/problem.ts'

test('words go in, an answer or the very problem comes out', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'control-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const socket = join(folder, 'control.sock')
  assert.equal(await askSupervisor(socket, ['status']), undefined)
  const close = await serveControl(socket, {
    echo: async words => words,
    refuse: async () => {
      throw new Problem('no', { hint: 'Ask nicely.', exit: 75 })
    },
  })
  assert.equal(statSync(socket).mode & 0o777, 0o600)
  assert.deepEqual(await askSupervisor(socket, ['echo', 'a', 'b']), { answer: ['a', 'b'] })
  await assert.rejects(askSupervisor(socket, ['refuse']), { message: 'no', hint: 'Ask nicely.', exit: 75 })
  await assert.rejects(askSupervisor(socket, ['nonsense']), { exit: 64 })
  await close()
  assert.equal(await askSupervisor(socket, ['echo']), undefined)
})
