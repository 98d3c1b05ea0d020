/** A test that is killed cannot clean up: its server has to end with it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { isAlive } from '../../../sandbox/estate/proc.ts'
import { readRecord } from '../../../sandbox/estate/records.ts'
import { waitFor } from '../../../sandbox/estate/wait.ts'
import { startTemporalForTests } from '../../../sandbox/temporal/for-tests.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const checkout = dirname(dirname(dirname(import.meta.dirname)))

test('a killed test takes its server along', { timeout: 60_000 }, async t => {
  const folder = await temporaryFolder(t)
  const options = JSON.stringify({ checkout, folder, address: '127.77.43.1' })
  const module = JSON.stringify(join(checkout, 'sandbox/temporal/for-tests.ts'))
  const script = `
    const { startTemporalForTests } = await import(${module})
    await startTemporalForTests(${options})
    console.log('up')`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => parent.kill('SIGKILL'))
  const ended = once(parent, 'exit')
  await once(parent.stdout, 'data')
  const server = readRecord(join(folder, 'run'), 'temporal-server')
  assert.ok(server !== undefined && isAlive(server))
  parent.kill('SIGKILL')
  await ended
  await waitFor('the end of the server', () => !isAlive(server), { timeoutMs: 5_000 })
})

test('a second server at the same address is refused and leaves the first alone', { timeout: 60_000 }, async t => {
  const [first, second] = [await temporaryFolder(t), await temporaryFolder(t)]
  const address = '127.77.43.2'
  const server = await startTemporalForTests({ checkout, folder: first, address })
  t.after(() => server.stop())
  await assert.rejects(startTemporalForTests({ checkout, folder: second, address }), /another Temporal server listens/)
  assert.equal(readRecord(join(second, 'run'), 'temporal-server'), undefined)
})
