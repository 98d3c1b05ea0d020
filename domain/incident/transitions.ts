/** The table of moves between the states of an incident. The diagram in docs/procedures/incident.md is drawn from it. */
import type { IncidentEnding, IncidentStatus } from './incident.ts'

/** What moves an incident: the names of commands, and what begins it. */
export type Verb = 'declare' | 'acknowledge' | 'status' | 'resolve' | 'close' | 'merge' | 'false-alarm' | 'reopen'

export interface Transition {
  /** Null: it begins here. */
  readonly from: IncidentStatus | null
  readonly to: IncidentStatus
  readonly verb: Verb
  /** How it ended, where this move ends it. */
  readonly ending: IncidentEnding | null
  /** Why it moves, in English. */
  readonly reason: string
  /** Until when the next move, or a word, is expected there; empty where nothing is. */
  readonly deadline: string
}

type Work = Extract<IncidentStatus, 'investigating' | 'identified' | 'resolving'>

/** The manual's states of work (I3.2); people move freely between them. */
const WORK: Readonly<Record<Work, { readonly reason: string; readonly deadline: string }>> = {
  investigating: {
    reason: 'somebody looks for the cause',
    deadline: 'a reminder 60 min after the start; a status update every 30 min to 24 h, by severity',
  },
  identified: {
    reason: 'the cause is known',
    deadline: 'a status update every 30 min to 24 h, by severity',
  },
  resolving: {
    reason: 'a workaround or a fix is on its way',
    deadline: 'resolved within 4 h of the start (Critical, High), else it is escalated',
  },
}

const WORKING: readonly Work[] = ['investigating', 'identified', 'resolving']
const OPEN: readonly IncidentStatus[] = ['declared', ...WORKING]
const ENDABLE: readonly IncidentStatus[] = [...OPEN, 'resolved']

export const TRANSITIONS: readonly Transition[] = [
  {
    from: null,
    to: 'declared',
    verb: 'declare',
    ending: null,
    reason: 'an alert, a failed check or a person says that something is wrong',
    deadline: 'acknowledged within 15 min, 1 h, 4 h, or on the next business day, by severity',
  },
  {
    from: 'declared',
    to: 'investigating',
    verb: 'acknowledge',
    ending: null,
    reason: 'somebody has it',
    deadline: WORK.investigating.deadline,
  },
  ...OPEN.flatMap(from =>
    WORKING.filter(to => to !== from).map(
      (to): Transition => ({ from, to, verb: 'status', ending: null, ...WORK[to] }),
    ),
  ),
  ...OPEN.map(
    (from): Transition => ({
      from,
      to: 'resolved',
      verb: 'resolve',
      ending: null,
      reason: 'it works again, and the root cause is written down',
      deadline:
        'opened again after 30 min when a critical alert still fires; Critical and High: a post-mortem within 5 business days; a reminder every business day at 09:00',
    }),
  ),
  {
    from: 'resolved',
    to: 'closed',
    verb: 'close',
    ending: 'completed',
    reason: 'nothing is missing any more',
    deadline: '',
  },
  ...ENDABLE.map(
    (from): Transition => ({
      from,
      to: 'closed',
      verb: 'merge',
      ending: 'duplicate',
      reason: 'another incident is about the same and goes on',
      deadline: '',
    }),
  ),
  ...ENDABLE.map(
    (from): Transition => ({
      from,
      to: 'closed',
      verb: 'false-alarm',
      ending: 'false-alarm',
      reason: 'nothing was wrong',
      deadline: '',
    }),
  ),
  {
    from: 'resolved',
    to: 'investigating',
    verb: 'reopen',
    ending: null,
    reason: 'it fires or is reported again',
    deadline: WORK.investigating.deadline,
  },
  {
    from: 'closed',
    to: 'investigating',
    verb: 'reopen',
    ending: null,
    reason: 'it fires or is reported again, until its last words are said',
    deadline: WORK.investigating.deadline,
  },
]

/** The row for a move, or null when the table has none. Staying where one is needs no row. */
export function transition(from: IncidentStatus, verb: Verb, to: IncidentStatus): Transition | null {
  return TRANSITIONS.find(row => row.from === from && row.verb === verb && row.to === to) ?? null
}

/** The one move that a verb makes from a state; null when the table has none. Where `status` leads to is for people to say. */
export function moveBy(from: IncidentStatus, verb: Exclude<Verb, 'declare' | 'status'>): Transition | null {
  return TRANSITIONS.find(row => row.from === from && row.verb === verb) ?? null
}

/** Whether people still work on it. */
export function isOpen(status: IncidentStatus): boolean {
  return OPEN.includes(status)
}
