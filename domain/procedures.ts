/** The one table. Schedules, the command line's help, the README's table and the docs index are derived from it. */

export type ProcedureId =
  | 'health-check'
  | 'alert-summary'
  | 'incident'
  | 'change'
  | 'fix'
  | 'monitoring-update'
  | 'alert'

/** Calendar fields as Temporal's CalendarSpec understands them: all of them must match. */
export interface Calendar {
  readonly hour: number
  readonly minute?: number
  readonly dayOfWeek?: 'MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY' | 'SUNDAY'
  readonly dayOfMonth?: { readonly start: number; readonly end: number }
  readonly month?: readonly string[]
}

export interface Cadence {
  readonly calendar: Calendar
  /** For people: "daily 09:00". */
  readonly words: string
  readonly overlap: 'SKIP' | 'BUFFER_ONE'
  /** How late a missed start is still made up for, as an `ms` duration text. */
  readonly catchupWindow: '3h' | '12h' | '22h' | '24h' | '48h' | '30m' | '7d'
}

export interface Procedure {
  readonly id: ProcedureId
  readonly title: string
  /** The manual's id. */
  readonly manualId: string
  /** The workflow type that carries it out. */
  readonly workflowType: string
  /** Null: only started by people or alerts. The time zone is the estate's. */
  readonly cadence: Cadence | null
  /** How a run begins when neither `ops run` nor a schedule begins it; it then judges nothing and has no verdict. Null otherwise. */
  readonly startedBy: string | null
  readonly risk: 'reads' | 'changes' | 'deletes'
  readonly approvers: 'none' | 'one' | 'two'
  readonly runsOn: 'every host' | 'control plane'
  /** How long a run may take, for people and for the alarm when it takes longer. */
  readonly budgetMinutes: number
  /** What `only=` may name. */
  readonly stepGroups: readonly string[]
}

/**
 * After this a run is ended by the server, without a word in ledger or report: only for one that nothing else can end.
 * No activity of such a run is tried for longer than 6 h, for a ledger that is away or an estate file that is wrong: a day is
 * enough for some that wait one after another.
 */
export const LAST_RESORT_MS = 24 * 3_600_000

export const PROCEDURES: readonly Procedure[] = [
  {
    id: 'health-check',
    title: 'Morning health check',
    manualId: 'D1',
    workflowType: 'healthCheck',
    cadence: { calendar: { hour: 9 }, words: 'daily 09:00', overlap: 'SKIP', catchupWindow: '3h' },
    startedBy: null,
    risk: 'reads',
    approvers: 'none',
    runsOn: 'every host',
    budgetMinutes: 10,
    stepGroups: ['system', 'availability', 'logs', 'performance', 'database'],
  },
  {
    id: 'alert-summary',
    title: 'Weekly summary of alerts',
    manualId: 'A2.4',
    workflowType: 'alertSummary',
    cadence: {
      calendar: { hour: 9, minute: 30, dayOfWeek: 'MONDAY' },
      words: 'Mondays 09:30',
      overlap: 'SKIP',
      catchupWindow: '48h',
    },
    startedBy: null,
    risk: 'reads',
    approvers: 'none',
    runsOn: 'control plane',
    budgetMinutes: 5,
    stepGroups: [],
  },
  {
    id: 'incident',
    title: 'Incident response',
    manualId: 'I1-I3',
    workflowType: 'incident',
    cadence: null,
    startedBy: 'an alert, a failed morning check, or a person: `/ops incident`, `ops incident`',
    risk: 'reads',
    approvers: 'none',
    runsOn: 'every host',
    budgetMinutes: 60,
    stepGroups: [],
  },
  {
    id: 'change',
    title: 'Change of a host in an incident',
    manualId: 'S47',
    workflowType: 'change',
    cadence: null,
    startedBy: 'an incident: `ops incident workaround`',
    risk: 'changes',
    approvers: 'one',
    runsOn: 'every host',
    budgetMinutes: 75,
    stepGroups: [],
  },
  {
    id: 'fix',
    title: 'Fix of a host in an incident',
    manualId: 'S48-S51',
    workflowType: 'fix',
    cadence: null,
    startedBy: 'an incident: `ops incident fix`',
    risk: 'changes',
    approvers: 'one',
    runsOn: 'every host',
    budgetMinutes: 120,
    stepGroups: [],
  },
  {
    id: 'monitoring-update',
    title: 'New rules for Prometheus',
    manualId: 'S54',
    workflowType: 'monitoringUpdate',
    cadence: null,
    startedBy: 'a person: `ops monitoring propose`',
    risk: 'changes',
    approvers: 'one',
    runsOn: 'control plane',
    budgetMinutes: 75,
    stepGroups: [],
  },
  {
    id: 'alert',
    title: 'Alerts of one cause',
    manualId: 'A1-A2',
    workflowType: 'alert',
    cadence: null,
    startedBy: 'Alertmanager',
    risk: 'reads',
    approvers: 'none',
    runsOn: 'control plane',
    budgetMinutes: 1,
    stepGroups: [],
  },
]

/** What `ops run` may name. */
export const RUNNABLE: readonly Procedure[] = PROCEDURES.filter(({ startedBy }) => startedBy === null)

export function findProcedure(id: string): Procedure | null {
  return PROCEDURES.find(procedure => procedure.id === id) ?? null
}
