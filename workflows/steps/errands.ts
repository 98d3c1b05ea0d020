/**
 * What the rules of an incident asked for, under way in the background: nobody who acknowledges waits for it. Each effect is
 * carried out once, by its key; what comes of it is kept until the rules look at it.
 */
import { TemporalFailure } from '@temporalio/common'
import { CancellationScope, isCancellation, rootCause } from '@temporalio/workflow'
import type { Effect } from '../../domain/incident/effects.ts'
import type { Outcome } from '../../domain/incident/outcomes.ts'
import { carryOut, type Task, tasksOf, taskWords, type World } from './effects.ts'

/** More than the rules ask for in any stretch of time in which they could repeat themselves. */
const REMEMBERED_KEYS = 300

/** What the next run of the same incident must know. */
export interface ErrandMemory {
  readonly keys: readonly string[]
  /** Asked for and not done. A second try finds the first one by its key. */
  readonly tasks: readonly Task[]
}

export interface Errands {
  /** Returns at once. */
  start(effects: readonly Effect[]): void
  /** Something happened that no effect brought about. */
  report(outcome: Outcome): void
  waiting(): boolean
  /** What happened and was not looked at yet, oldest first; each is given out once. */
  take(): readonly Outcome[]
  idle(): boolean
  /** Whether a change of a host runs: only this run learns how it ends. */
  changing(): boolean
  /** Gives up what is under way; what already came of it is kept. */
  drop(): void
  /** Stops everything for the next run to take up. */
  park(): Promise<void>
  memory(): ErrandMemory
}

interface Errand {
  readonly task: Task
  readonly scope: CancellationScope
  state: 'under way' | 'changing' | 'dropped' | 'done'
  done: Promise<void>
}

export function runErrands(memory: ErrandMemory, world: World): Errands {
  const keys = new Set(memory.keys)
  const underWay = new Set<Errand>()
  let outcomes: Outcome[] = []
  let parked: Task[] | null = null

  const report = (outcome: Outcome): void => {
    outcomes.push(outcome)
  }

  const perform = async (errand: Errand): Promise<void> => {
    const { task } = errand
    const begun = (): void => {
      errand.state = 'changing'
    }
    try {
      const outcome = await carryOut(task, world, { waits: report, begun })
      if (outcome !== null) report(outcome)
    } catch (error) {
      if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
      report({ kind: 'effect-failed', what: taskWords(task), why: rootCause(error) ?? error.message })
    }
    errand.state = 'done'
  }

  const drop = (errand: Errand): void => {
    errand.state = 'dropped'
    errand.scope.cancel()
  }

  const begin = (task: Task): void => {
    const overtaken = [...underWay].filter(older => overtakes(task, older.task))
    overtaken.forEach(drop)
    const errand: Errand = { task, scope: new CancellationScope(), state: 'under way', done: Promise.resolve() }
    errand.done = errand.scope
      .run(async () => {
        // What is overtaken may be in the middle of its work, and must not have the last word.
        await Promise.all(overtaken.map(({ done }) => done))
        await perform(errand)
      })
      .catch(error => {
        if (!isCancellation(error)) throw error
      })
      .finally(() => underWay.delete(errand))
    underWay.add(errand)
  }

  memory.tasks.forEach(begin)

  return {
    start(effects) {
      for (const task of effects.flatMap(tasksOf)) {
        const key = keyOf(task)
        if (key !== null && keys.has(key)) continue
        if (key !== null) remember(keys, key)
        if (parked === null) begin(task)
        else parked.push(task)
      }
    },
    report,
    waiting: () => outcomes.length > 0,
    take() {
      const taken = outcomes
      outcomes = []
      return taken
    },
    idle: () => underWay.size === 0,
    changing: () => [...underWay].some(({ state }) => state === 'changing'),
    drop: () => underWay.forEach(drop),
    async park() {
      const stopped = [...underWay]
      parked = []
      for (const { scope } of stopped) scope.cancel()
      await Promise.all(stopped.map(({ done }) => done))
      parked.unshift(...stopped.filter(({ state }) => state === 'under way').map(({ task }) => task))
    },
    memory: () => ({ keys: [...keys], tasks: parked ?? [] }),
  }
}

/** Who is paged again is not rung twice; an acknowledgement silences every page, and a later page ends the silence. */
function overtakes(newer: Task, older: Task): boolean {
  switch (newer.kind) {
    case 'page':
      return older.kind === 'quiet-pages' || (older.kind === 'page' && older.person === newer.person)
    case 'quiet-pages':
      return older.kind === 'page' || older.kind === 'quiet-pages'
    case 'collect-evidence':
    case 'write-postmortem':
      return older.kind === newer.kind
    default:
      return false
  }
}

function keyOf(task: Task): string | null {
  switch (task.kind) {
    case 'start-change':
      return `change/${task.change.number}`
    case 'quiet-pages':
    case 'collect-evidence':
    case 'write-postmortem':
      return null
    default:
      return `${task.kind}/${task.key}`
  }
}

/** A set keeps the order of insertion. */
function remember(keys: Set<string>, key: string): void {
  keys.add(key)
  for (const oldest of keys) {
    if (keys.size <= REMEMBERED_KEYS) return
    keys.delete(oldest)
  }
}
