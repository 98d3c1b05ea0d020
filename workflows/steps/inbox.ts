/** What people and machines tell an incident: each message counts once by its id, in the order of arrival, and is answered. */
import { log, setHandler } from '@temporalio/workflow'
import type { ChangeProgress } from '../../domain/changes.ts'
import { isCommand } from '../../domain/incident/command-shape.ts'
import type { IncidentAnswer, IncidentCommand, IncidentMessage } from '../../domain/incident/commands.ts'
import type { CommandOf } from '../../domain/incident/ruling.ts'
import { answerQuery, changeMovedSignal, incidentSignal } from '../messages.ts'

/** A door repeats itself within minutes, so what is older than this many messages is not repeated any more. */
const REMEMBERED_IDS = 300
const KEPT_ANSWERS = 100

/** What the next run of the same incident must know. */
export interface InboxMemory {
  readonly seen: readonly string[]
  readonly answers: readonly IncidentAnswer[]
  /** Not decided yet. */
  readonly messages: readonly IncidentMessage[]
}

export interface Inbox {
  waiting(): boolean
  /** What of this kind was asked for and not looked at yet. */
  pending<K extends IncidentCommand['kind']>(kind: K): readonly CommandOf<K>[]
  /** The messages that nobody has looked at yet, oldest first; each is given out once. */
  take(): readonly IncidentMessage[]
  /** Gives a message back that cannot be decided at this moment. */
  putBack(message: IncidentMessage): void
  /** How far the changes of this incident have got since the last time. */
  takeMoves(): readonly ChangeProgress[]
  answer(answer: IncidentAnswer): void
  memory(): InboxMemory
}

/** Sets the handlers. They only keep what comes; who may do what is decided where the messages are taken. */
export function openInbox({ seen, answers, messages: carried }: InboxMemory): Inbox {
  let messages = [...carried]
  let moves: ChangeProgress[] = []
  const known = new Set(seen)
  const answered = new Map(answers.map(answer => [answer.id, answer]))

  setHandler(
    incidentSignal,
    message => {
      if (!isMessage(message)) {
        log.warn('a signal that is no message was left out')
        return
      }
      if (known.has(message.id)) return
      known.add(message.id)
      forgetOldest(known, REMEMBERED_IDS)
      messages.push(message)
    },
    { description: 'Tell this incident something; doors (Slack, ops incident) send it, with an id and who it is from' },
  )
  setHandler(
    changeMovedSignal,
    move => {
      if (isMove(move)) moves.push(move)
      else log.warn('a signal that tells no progress was left out')
    },
    { description: 'How far a change of this incident is; the change sends it' },
  )
  setHandler(answerQuery, id => answered.get(id) ?? null, {
    description: 'What became of a message, by its id',
  })

  return {
    waiting: () => messages.length + moves.length > 0,
    pending: kind => messages.map(({ command }) => command).filter(command => isOf(kind, command)),
    take() {
      const taken = messages
      messages = []
      return taken
    },
    putBack(message) {
      messages.push(message)
    },
    takeMoves() {
      const taken = moves
      moves = []
      return taken
    },
    answer(answer) {
      answered.set(answer.id, answer)
      forgetOldest(answered, KEPT_ANSWERS)
    },
    memory: () => ({ seen: [...known], answers: [...answered.values()], messages }),
  }
}

/** Anybody who reaches Temporal can send anything; what has not even this shape would stop the workflow. */
function isMessage(value: unknown): value is IncidentMessage {
  if (typeof value !== 'object' || value === null) return false
  const { id, by, at, command } = value as Readonly<Record<string, unknown>>
  return typeof id === 'string' && typeof at === 'string' && isObject(by) && isObject(command)
}

function isOf<K extends IncidentCommand['kind']>(kind: K, command: IncidentCommand): command is CommandOf<K> {
  return isCommand(command) && command.kind === kind
}

function isMove(value: unknown): value is ChangeProgress {
  if (typeof value !== 'object' || value === null) return false
  const { number, state, outcome } = value as Readonly<Record<string, unknown>>
  const isState = state === 'planning' || state === 'awaiting-approval' || state === 'running'
  return typeof number === 'number' && isState && (typeof outcome === 'string' || outcome === null)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** Both keep the order of insertion. */
function forgetOldest(memory: Set<string> | Map<string, unknown>, limit: number): void {
  for (const oldest of memory.keys()) {
    if (memory.size <= limit) return
    memory.delete(oldest)
  }
}
