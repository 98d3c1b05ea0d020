/** Signals, updates and queries: defined once, imported by workflows and doors. */
import { defineQuery, defineSignal } from '@temporalio/workflow'
import type { AlertBatch } from '../domain/alerts/alert.ts'
import type { Gate, SignedStatement } from '../domain/approvals/approval.ts'
import type { ChangeProgress } from '../domain/changes.ts'
import type { IncidentAnswer, IncidentMessage } from '../domain/incident/commands.ts'
import type { Incident } from '../domain/incident/incident.ts'
import type { Progress } from '../domain/progress.ts'

/** The live checklist of any procedure. */
export const progressQuery = defineQuery<Progress>('progress')

/** Everything that people and machines tell an incident. */
export const incidentSignal = defineSignal<[IncidentMessage]>('incident')

/** From a change that an incident started, to that incident. */
export const changeMovedSignal = defineSignal<[ChangeProgress]>('change-moved')

/** Null until it has its number. */
export const incidentQuery = defineQuery<Incident | null>('incident')

/** What became of a message by its id; null while it was not looked at, or long ago. */
export const answerQuery = defineQuery<IncidentAnswer | null, [string]>('answer')

/** A decision on a gate. A bare signal decides nothing: the proof in it is verified. */
export const decideSignal = defineSignal<[SignedStatement]>('decide')

/** All gates of the run, open and decided. */
export const gatesQuery = defineQuery<readonly Gate[]>('gates')

/** What a run's cards show beside its own state has changed, such as the freeze switch: draw the open ones anew. */
export const redrawSignal = defineSignal('redraw')

/** From the alert door. */
export const alertsSignal = defineSignal<[AlertBatch]>('alerts')
