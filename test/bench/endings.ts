/** What a benchmark has started is ended with it: when it is done, when it breaks, and when somebody stops the run. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

type End = () => Promise<unknown>

const open = new Set<End>()

/** Runs `story` and then `end`, whatever happens in between. */
export async function endingWith<T>(end: End, story: () => Promise<T>): Promise<T> {
  open.add(end)
  try {
    return await story()
  } finally {
    if (open.delete(end)) await end()
  }
}

/** The last started is ended first. */
export async function endAll(): Promise<void> {
  for (const end of [...open].toReversed()) {
    if (open.delete(end)) await end().catch(() => {})
  }
}

/** Ends one process by its own id and waits until it is gone. */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}
