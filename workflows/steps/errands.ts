/**
 * What the rules of an incident asked for, under way in the background: nobody who acknowledges waits for it. Each effect is
 * carried out once, by its key; what comes of it is kept until the rules look at it.
 */
import { TemporalFailure } from '@temporalio/common'
import { CancellationScope, isCancellation, patched, rootCause } from '@temporalio/workflow'
import type { Effect } from '../../domain/incident/effects.ts'
import type { Outcome } from '../../domain/incident/outcomes.ts'
import type { PersonId, Team } from '../../domain/team/team.ts'
import { carryOut, type Task, tasksOf, taskWords, type World } from './effects.ts'

/** More than the rules ask for in any stretch of time in which they could repeat themselves. */
const REMEMBERED_KEYS = 300

const SILENCES_NAME_PEOPLE = 'silences-name-people'

type Silence = Extract<Task, { kind: 'quiet-pages' }>

/** What the next run of the same incident must know. */
export interface ErrandMemory {
  readonly keys: readonly string[]
  /** Asked for and not done. */
  readonly tasks: readonly Task[]
  /** How many of these, from the first one, were begun and look for what they have done by its key; all when absent. */
  readonly begun?: number
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
  /** Whether a change of a host runs, or may: only this run learns how it ends. */
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
  let begunOfParked = 0

  const report = (outcome: Outcome): void => {
    outcomes.push(outcome)
  }

  const perform = async (errand: Errand, again: boolean): Promise<void> => {
    const { task } = errand
    const runs = (may: boolean): void => {
      if (errand.state !== 'dropped') errand.state = may ? 'changing' : 'under way'
    }
    // Who is told to stop may fail on the way out. What has been overtaken is no news then, and what is parked is still to do.
    const isStopped = () => errand.scope.consideredCancelled && patched('stopped-errands-do-not-fail')
    try {
      const outcome = await carryOut(task, world, { waits: report, runs, again })
      if (outcome !== null && isUndelivered(outcome) && isStopped()) return
      if (outcome !== null) report(outcome)
    } catch (error) {
      if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
      if (isStopped()) return
      report({ kind: 'effect-failed', what: taskWords(task), why: rootCause(error) ?? error.message })
    }
    errand.state = 'done'
  }

  const drop = (errand: Errand): void => {
    errand.state = 'dropped'
    errand.scope.cancel()
  }

  const begin = (asked: Task, again = false): void => {
    const task = asked.kind === 'quiet-pages' ? silenceOf(asked) : asked
    const overtaken = [...underWay].filter(older => overtakes(task, older.task))
    overtaken.forEach(drop)
    const silences = overtaken.flatMap(older => rest(older.task, task, world.team()) ?? [])
    const errand: Errand = { task, scope: new CancellationScope(), state: 'under way', done: Promise.resolve() }
    errand.done = errand.scope
      .run(async () => {
        // What is overtaken may be in the middle of its work, and must not have the last word.
        await Promise.all(overtaken.map(({ done }) => done))
        await perform(errand, again)
      })
      .catch(error => {
        if (!isCancellation(error)) throw error
      })
      .finally(() => underWay.delete(errand))
    underWay.add(errand)
    if (silences.length > 0 && patched(SILENCES_NAME_PEOPLE)) for (const silence of silences) begin(silence)
  }

  const { tasks, begun = tasks.length } = memory
  for (const [index, task] of tasks.entries()) begin(task, index < begun)

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
      const unfinished = stopped.filter(({ state }) => state === 'under way').map(({ task }) => task)
      parked.unshift(...unfinished)
      begunOfParked = unfinished.length
    },
    memory: () => ({ keys: [...keys], tasks: parked ?? [], begun: begunOfParked }),
  }
}

/** Who is paged again is not rung twice; a silence ends the pages of those whom it is for, and a later page their silence. */
function overtakes(newer: Task, older: Task): boolean {
  switch (newer.kind) {
    case 'page':
      return isAbout(older, newer.person)
    case 'quiet-pages':
      if (older.kind === 'page') return isAbout(newer, older.person)
      return (
        older.kind === 'quiet-pages' &&
        (older.people?.every(person => isAbout(newer, person)) ?? newer.people === undefined)
      )
    case 'collect-evidence':
    case 'write-postmortem':
      return older.kind === newer.kind
    default:
      return false
  }
}

/** As earlier runs saw it: each silence was for everybody. */
function silenceOf(task: Silence): Silence {
  if (task.people === undefined || patched(SILENCES_NAME_PEOPLE)) return task
  return { kind: task.kind, text: task.text }
}

function isAbout(task: Task, person: PersonId): boolean {
  if (task.kind === 'page') return task.person === person
  return task.kind === 'quiet-pages' && (task.people?.includes(person) ?? true)
}

/** What goes on of a silence that a page has ended for one person; null when nothing does. */
function rest(silence: Task, page: Task, team: Team): Silence | null {
  if (silence.kind !== 'quiet-pages' || page.kind !== 'page') return null
  const everybody = silence.people ?? team.people.map(({ id }) => id)
  const people = everybody.filter(person => person !== page.person)
  return people.length === 0 ? null : { ...silence, people }
}

function isUndelivered(outcome: Outcome): boolean {
  return outcome.kind === 'page-sent' && outcome.delivered === null
}

function keyOf(task: Task): string | null {
  switch (task.kind) {
    case 'start-change':
      return `change/${task.change.number}`
    case 'quiet-pages':
    case 'collect-evidence':
    case 'look-up-alerts':
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
