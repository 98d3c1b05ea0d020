/** Stays with a run until it has ended, showing its live checklist; leaving never touches the run itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type { Progress, StepState } from '../domain/progress.ts'
import type { RunRecord } from '../domain/run-record.ts'
import { isUnanswered } from './client.ts'
import { readProgress } from './read-progress.ts'
import { readRun } from './run-records.ts'
import type { Started } from './start-procedure.ts'
import type { Style, Terminal } from './terminal.ts'

/** How long a silent server is waited for before giving up; the run itself goes on without us. */
const PATIENCE_MS = 120_000
const REDRAW_MS = 700

export type Waited = { readonly kind: 'ended'; readonly record: RunRecord } | { readonly kind: 'interrupted' }

export async function waitForRun(client: Client, started: Started, terminal: Terminal): Promise<Waited> {
  const leaving = new AbortController()
  const interrupt = () => leaving.abort()
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const interrupted = new Promise<Waited>(resolve => {
    leaving.signal.addEventListener('abort', () => resolve({ kind: 'interrupted' }))
  })
  const done = new AbortController()
  const drawing = terminal.isLive ? drawProgress(client, started, terminal, done.signal) : Promise.resolve()
  try {
    return await Promise.race([ended(client, started, terminal, leaving.signal), interrupted])
  } finally {
    done.abort()
    await drawing
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

async function ended(client: Client, started: Started, terminal: Terminal, leaving: AbortSignal): Promise<Waited> {
  const handle = client.workflow.getHandle(started.workflowId, started.runId)
  let silentSince: number | null = null
  for (;;) {
    try {
      // A run that failed or was cancelled ends the wait too; its record says how.
      await client
        .withAbortSignal(leaving, () => handle.result())
        .catch((error: unknown) => {
          if (isUnanswered(error) || leaving.aborted) throw error
        })
      return { kind: 'ended', record: await readRun(client, started) }
    } catch (error) {
      if (!isUnanswered(error) || leaving.aborted) throw error
      if (silentSince === null) terminal.note('Temporal does not answer; still waiting, the run goes on without us')
      silentSince ??= performance.now()
      if (performance.now() - silentSince > PATIENCE_MS) throw error
      await sleep(1_000)
    }
  }
}

async function drawProgress(client: Client, started: Started, terminal: Terminal, done: AbortSignal): Promise<void> {
  while (!done.aborted) {
    const progress = await readProgress(client, started, done)
    // When no worker answers at the moment, what was drawn last stays.
    if (progress !== null && !done.aborted) terminal.draw(progressLines(progress, terminal))
    await sleep(REDRAW_MS, undefined, { signal: done }).catch(() => undefined)
  }
  terminal.draw([])
}

const MARKS: Readonly<Record<StepState, readonly [string, Style]>> = {
  waiting: ['○', 'dim'],
  running: ['▶', 'cyan'],
  done: ['✔', 'green'],
  skipped: ['–', 'dim'],
}

export function progressLines({ steps }: Progress, terminal: Pick<Terminal, 'paint'>): readonly string[] {
  return steps.map(({ title, state, note }) => {
    const [mark, style] = MARKS[state]
    return `  ${terminal.paint(style, mark)} ${title}${note === null ? '' : terminal.paint('dim', `  ${note}`)}`
  })
}
