/** One booted estate for all live tests of a run: up before the first, down after the last. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '..', '..')

/** The name is its own, so that a developer's estate may run beside it. OPS_TEST_ESTATE points single tests at another one. */
export const LIVE_ESTATE = process.env.OPS_TEST_ESTATE ?? 'live-test'

export type LiveEstate = {
  /** Rejects when the estate did not come up. */
  ready: Promise<void>
  /** Settles when everything that the estate started has ended. */
  stop: () => Promise<void>
}

/** Boots in the background, so that other tests can use the time. Everything that the estate says is shown: a failed boot explains itself. */
export function bootEstate(): LiveEstate {
  const args = ['sandbox/main.ts', '--name', LIVE_ESTATE, '--fresh', '--temporal', 'pinned']
  const estate = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  const end = (): void => void estate.kill('SIGINT')
  // Whoever ends the run ends the estate first, so that it leaves nothing behind; tests without an estate would only wait.
  const interrupt = (): void => {
    estate.once('exit', () => process.exit(130))
    end()
  }
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const ready = untilRunning(estate)
  // A boot that fails before anybody waits for it is reported by the one who does.
  ready.catch(() => undefined)
  const stop = async (): Promise<void> => {
    end()
    if (estate.exitCode === null && estate.signalCode === null) await once(estate, 'exit')
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
  return { ready, stop }
}

/** Up before the story and down after it, whatever happens in it. */
export async function withEstate<T>(story: () => Promise<T>): Promise<T> {
  const estate = bootEstate()
  try {
    await estate.ready
    return await story()
  } finally {
    await estate.stop()
  }
}

async function untilRunning(estate: ChildProcess): Promise<void> {
  if (estate.stdout === null) throw new Error('the estate has no output')
  const lines = createInterface({ input: estate.stdout })
  await new Promise<void>((resolve, reject) => {
    lines.on('line', line => {
      process.stdout.write(`  estate: ${line}\n`)
      if (line.startsWith('Running.')) resolve()
    })
    estate.once('exit', code => reject(new Error(`the estate did not come up (exit ${code})`)))
  })
}
