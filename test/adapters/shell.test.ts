/** Subprocesses with manners: real processes, killed with all that they started, and nothing of theirs leaks. */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { run, start } from '../../activities/adapters/shell.ts'
import { OpsError } from '../../domain/failures.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const sh = (script: string, options = {}) => run('sh', ['-c', script], options)

async function waitUntil(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries += 1) await sleep(50)
  assert.ok(condition(), 'it did not happen within 10 s')
}

const isAlive = (pid: number): boolean => {
  try {
    // A zombie that nobody has waited for is dead too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('run', () => {
  it('returns what was said and the exit code, whatever it is', async () => {
    const result = await sh('echo out; echo err >&2; exit 3')
    assert.deepEqual(result, { ending: 'exited', exitCode: 3, stdout: 'out\n', stderr: 'err\n', truncated: false })
  })

  it('passes arguments as they are, in the C locale, and without the environment of this process', async () => {
    process.env.OPS_TEST_SECRET = 'planted'
    const result = await run('sh', ['-c', 'printf %s "$1"; env', 'sh', '$(id); *'])
    delete process.env.OPS_TEST_SECRET
    assert.match(result.stdout, /^\$\(id\); \*/)
    assert.match(result.stdout, /^LC_ALL=C$/m)
    assert.doesNotMatch(result.stdout, /planted/)
  })

  it('says when a signal ended the tool', async () => {
    const { ending, exitCode } = await sh('kill -9 $$')
    assert.deepEqual([ending, exitCode], ['signalled', null])
  })

  it('names a tool that is missing, and one that may not be run', async context => {
    await assert.rejects(run('no-such-tool-here', []), (error: unknown) => {
      assert.ok(error instanceof OpsError)
      assert.deepEqual([error.owner, error.message], ['tool', 'no-such-tool-here is not installed'])
      return true
    })
    const folder = await temporaryFolder(context)
    await assert.rejects(run(folder, []), (error: unknown) => error instanceof OpsError && error.owner === 'permission')
  })

  it('keeps no more than asked and reads the rest, so that the tool comes to its end', async () => {
    const { stdout, truncated, exitCode } = await sh('head -c 5000000 /dev/zero | tr "\\\\0" x; exit 4', {
      maxBytes: 1_000,
    })
    assert.deepEqual([stdout.length, truncated, exitCode], [1_000, true, 4])
  })

  it('redacts what comes out', async () => {
    const { stdout, stderr } = await sh('echo password=planted; echo "postgres://u:planted@h/x" >&2')
    assert.doesNotMatch(stdout + stderr, /planted/)
  })

  it('ends a polite tool and its children at the deadline', async context => {
    const path = join(await temporaryFolder(context), 'pid')
    const { ending } = await sh(`sleep 60 & echo $! > ${path}; wait`, { deadlineMs: 300 })
    assert.equal(ending, 'deadline')
    const pid = Number(readFileSync(path, 'utf8'))
    await waitUntil(() => !isAlive(pid))
  })

  it('forces a stubborn group', async context => {
    const path = join(await temporaryFolder(context), 'pid')
    const { ending } = await sh(`trap "" TERM; sh -c 'trap "" TERM; echo $$ > ${path}; while :; do sleep 1; done'`, {
      deadlineMs: 500,
    })
    assert.equal(ending, 'deadline')
    const pid = Number(readFileSync(path, 'utf8'))
    await waitUntil(() => !isAlive(pid))
  })

  it('leaves nothing in the background of a tool that has ended', async context => {
    const path = join(await temporaryFolder(context), 'pid')
    await sh(`sleep 60 >/dev/null 2>&1 & echo $! > ${path}`)
    assert.ok(existsSync(path))
    const pid = Number(readFileSync(path, 'utf8'))
    await waitUntil(() => !isAlive(pid))
  })

  /** Longer than any promise here, and much shorter than what would be waited for. */
  const MARGIN_MS = 8_000

  it('lets go at the deadline of what no signal ends', async context => {
    // As in an uninterruptible sleep: signals are taken and nothing happens.
    const kill = context.mock.method(process, 'kill', () => true)
    const { signal } = new AbortController()
    const begin = performance.now()
    const child = start('sleep', ['60'], { deadlineMs: 300, signal })
    const words: unknown[] = []
    for await (const chunk of child.stdout) words.push(chunk)
    assert.deepEqual(await child.ended, { ending: 'deadline', exitCode: null })
    assert.ok(performance.now() - begin < 300 + MARGIN_MS)
    assert.deepEqual([words, getEventListeners(signal, 'abort')], [[], []])
    const signals = kill.mock.calls.map(call => call.arguments)
    assert.deepEqual(
      signals.slice(0, 2).map(([, name]) => name),
      ['SIGTERM', 'SIGKILL'],
    )
    kill.mock.restore()
    process.kill(Number(signals[0]?.[0]), 'SIGKILL')
  })

  it('lets go at the deadline of what left the group with the pipes', async context => {
    const path = join(await temporaryFolder(context), 'pid')
    const begin = performance.now()
    const { ending, stdout } = await sh(`echo said; setsid sh -c 'echo $$ > ${path}; exec sleep 60' & exit 0`, {
      deadlineMs: 500,
    })
    assert.deepEqual([ending, stdout], ['deadline', 'said\n'])
    assert.ok(performance.now() - begin < 500 + MARGIN_MS)
    process.kill(Number(readFileSync(path, 'utf8')), 'SIGKILL')
  })

  it('throws the reason of a cancellation also when no signal ends the tool', async context => {
    const kill = context.mock.method(process, 'kill', () => true)
    const controller = new AbortController()
    const reason = new Error('cancelled by test')
    const cancelled = assert.rejects(
      run('sleep', ['60'], { signal: controller.signal, deadlineMs: 60_000 }),
      error => error === reason,
    )
    controller.abort(reason)
    await cancelled
    const [group] = kill.mock.calls[0]?.arguments ?? []
    kill.mock.restore()
    process.kill(Number(group), 'SIGKILL')
  })

  it('stops and throws the reason when it is cancelled', async () => {
    const controller = new AbortController()
    const reason = new Error('cancelled by test')
    setTimeout(() => controller.abort(reason), 200)
    await assert.rejects(sh('sleep 60', { signal: controller.signal }), error => error === reason)
    await assert.rejects(sh('true', { signal: controller.signal }), error => error === reason)
  })
})
