/**
 * What follows from alerts (A2). Two pure functions move the state: `judge` takes a delivery, `elapse` takes the clock.
 * Nothing here ends an incident: that something stopped firing is only told.
 */
import { localTime } from '../calendar.ts'
import type { Severity } from '../incident/severity.ts'
import type { Alert, AlertBatch } from './alert.ts'
import { type AlertChanges, absorb, changesIn, hasChanges, isRepeat } from './changes.ts'
import type { AlertEffect, AlertStep } from './effects.ts'
import { expectedUntil, type PlannedRestart } from './expected.ts'
import { afterChange, isCalm, untold } from './flapping.ts'
import { type BusinessDays, nextReview } from './review-time.ts'
import { type AlertState, firing, pressing, type Silence } from './state.ts'
import {
  alertEvent,
  alertsMessage,
  declarationOf,
  describe,
  severityOf,
  ticketText,
  titleOf,
  worstOf,
} from './words.ts'

export interface AlertContext extends BusinessDays {
  /** ISO. */
  readonly now: string
  /** Ours, noted in the ledger lately. */
  readonly restarts: readonly PlannedRestart[]
}

const WEEK_MS = 7 * 86_400_000
/** A2.3, "if trend continues": fired as often within a week. */
const TREND_FIRINGS = 3
const KEPT_FIRINGS = 200

export function judge(before: AlertState, batch: AlertBatch, context: AlertContext): AlertStep {
  if (isRepeat(before, batch)) return { state: before, effects: [] }
  const changes = changesIn(before, batch)
  const expected = (alert: Alert) => expectedUntil(alert, context.restarts)
  const absorbed = absorb(before, batch, expected)
  if (!hasChanges(changes)) return { state: absorbed, effects: [] }
  const { fired } = changes
  const counted = withFirings(absorbed, fired, context.now)
  const isOurs = (alert: Alert) =>
    counted.alerts.some(({ fingerprint, expectedUntil: until }) => fingerprint === alert.fingerprint && until !== null)
  const log: readonly AlertEffect[] =
    fired.length === 0 ? [] : [{ kind: 'log', rows: fired.map(alert => alertEvent(alert, isOurs(alert))) }]
  const news = { fired: fired.filter(alert => !isOurs(alert)), resolved: changes.resolved }
  const { state, effects } = afterChange(counted, context.now)
  const acted = act(state, news, `${batch.cause}/${batch.id}`, context)
  return { state: acted.state, effects: [...log, ...effects, ...acted.effects] }
}

/** What has become due by now. Call it again for the time that `nextDue` names. */
export function elapse(before: AlertState, context: AlertContext): AlertStep {
  let state = before
  const effects: AlertEffect[] = []
  const take = (step: AlertStep): void => {
    state = step.state
    effects.push(...step.effects)
  }
  const isPast = (time: string) => Date.parse(time) <= Date.parse(context.now)
  const key = `${state.cause}/${context.now}`
  if (state.silence !== null && isPast(state.silence.until)) {
    state = { ...state, silence: null }
    take(act(state, { fired: pressing(state), resolved: [] }, `${key}/silence`, context))
  }
  const outlasting = firing(state).filter(({ expectedUntil: until }) => until !== null && isPast(until))
  if (outlasting.length > 0) {
    const alerts = state.alerts.map(alert => (outlasting.includes(alert) ? { ...alert, expectedUntil: null } : alert))
    take(act({ ...state, alerts }, { fired: outlasting, resolved: [] }, `${key}/grace`, context))
  }
  if (isCalm(state, context.now)) take(calm(state, key, context))
  if (state.ticket !== null && state.silence === null && isPast(state.ticket.reviewAt)) {
    take(review(state, key, context))
  }
  return { state, effects }
}

/** Nothing is opened or posted until then; what fires at its end counts as fired then. `null` ends it now. */
export function silence(state: AlertState, until: Silence | null, context: AlertContext): AlertStep {
  if (until !== null) return { state: { ...state, silence: until }, effects: [] }
  if (state.silence === null) return { state, effects: [] }
  return elapse({ ...state, silence: { ...state.silence, until: context.now } }, context)
}

function act(state: AlertState, news: AlertChanges, id: string, context: AlertContext): AlertStep {
  if (state.silence !== null || !hasChanges(news)) return { state, effects: [] }
  const critical = pressing(state).filter(({ level }) => level === 'critical')
  const isNewlyCritical = news.fired.some(({ level }) => level === 'critical')
  if (critical.length > 0 && (isNewlyCritical || !state.hasIncident)) {
    if (state.hasIncident && state.flapping !== null) return { state: untold(state), effects: [] }
    const severity = severityOf(worstOf(critical)?.category ?? 'availability')
    return openIncident(state, { id, severity, startedAt: began(critical), alerts: critical }, context)
  }
  if (state.hasIncident) return tellIncident(state, news, id, context)
  const warnings = news.fired.filter(({ level }) => level === 'warning')
  if (warnings.length > 0) return warn(state, warnings, id, context)
  if (state.ticket === null || state.flapping !== null) return { state: untold(state), effects: [] }
  const text = lines(state.cause, [...news.fired, ...news.resolved])
  return { state, effects: [{ kind: 'post-ops', key: id, text }] }
}

function warn(state: AlertState, warnings: readonly Alert[], id: string, context: AlertContext): AlertStep {
  const often = warnings.some(
    ({ fingerprint }) => state.firings.filter(one => one.fingerprint === fingerprint).length >= TREND_FIRINGS,
  )
  if (often) return openIncident(state, { id, severity: 'medium', startedAt: context.now, alerts: warnings }, context)
  if (state.ticket !== null) {
    if (state.flapping !== null) return { state: untold(state), effects: [] }
    return { state, effects: [{ kind: 'post-ops', key: id, text: lines(state.cause, warnings) }] }
  }
  const ticket = {
    openedAt: context.now,
    reviewAt: nextReview(context.now, context),
    summary: titleOf(warnings),
  }
  const text = ticketText(state.cause, ticket, warnings, context.timezone)
  const subject = `[TICKET] OpenCode ACP - Warning - ${ticket.summary}`
  return { state: { ...state, ticket }, effects: [{ kind: 'notify-ops', key: id, subject, text }] }
}

/** A2.3: what still fires on the next business day is an incident; what does not was looked at and is over. */
function review(state: AlertState, key: string, context: AlertContext): AlertStep {
  const still = pressing(state)
  if (still.length > 0) {
    const opening = { id: `${key}/review`, severity: 'medium', startedAt: context.now, alerts: still } as const
    return openIncident(state, opening, context)
  }
  const at = localTime(context.now, context.timezone)
  const text = `Ticket of ${state.cause} closed: at its review (${at}) nothing of it fires any more.`
  return { state: { ...state, ticket: null }, effects: [{ kind: 'post-ops', key: `${key}/review`, text }] }
}

interface Opening {
  readonly id: string
  readonly severity: Severity
  /** A warning has had its time until now: the deadlines of its incident count from here. */
  readonly startedAt: string
  readonly alerts: readonly Alert[]
}

/** One incident per cause: a warning that turns critical takes its ticket along. */
function openIncident(state: AlertState, opening: Opening, { now }: AlertContext): AlertStep {
  const declaration = declarationOf({ ...opening, cause: state.cause, title: titleOf(opening.alerts) })
  const message = alertsMessage(opening.id, now, firing(state))
  return {
    state: { ...state, hasIncident: true, ticket: null },
    effects: [{ kind: 'open-incident', declaration, message }],
  }
}

function tellIncident(
  state: AlertState,
  { fired, resolved }: AlertChanges,
  id: string,
  context: AlertContext,
): AlertStep {
  if (state.flapping !== null) return { state: untold(state), effects: [] }
  return {
    state,
    effects: [{ kind: 'tell-incident', message: alertsMessage(id, context.now, [...fired, ...resolved]) }],
  }
}

/** The incident that was to be told has been closed meanwhile: what still fires is nobody's, and is judged anew. */
export function withoutIncident(state: AlertState, context: AlertContext): AlertStep {
  const id = `${state.cause}/${context.now}/closed`
  return act({ ...state, hasIncident: false }, { fired: pressing(state), resolved: [] }, id, context)
}

function calm(state: AlertState, key: string, context: AlertContext): AlertStep {
  const still = firing(state)
  const now = still.length === 0 ? 'nothing of it fires' : `${still.length} of its alerts fire`
  const text = `${state.cause} is calm again: ${now}; ${state.flapping?.untold ?? 0} changes were not posted.`
  const post: AlertEffect = { kind: 'post-ops', key: `${key}/calm`, text }
  const quiet = { ...state, flapping: null }
  if (!state.hasIncident) return { state: quiet, effects: [post] }
  const message = alertsMessage(`${key}/calm`, context.now, state.alerts)
  return { state: quiet, effects: [post, { kind: 'tell-incident', message }] }
}

function withFirings(state: AlertState, fired: readonly Alert[], now: string): AlertState {
  const recent = state.firings.filter(({ at }) => Date.parse(now) - Date.parse(at) < WEEK_MS)
  const added = fired.map(({ fingerprint }) => ({ fingerprint, at: now }))
  return { ...state, firings: [...recent, ...added].slice(-KEPT_FIRINGS) }
}

function began(alerts: readonly Alert[]): string {
  return new Date(Math.min(...alerts.map(({ startsAt }) => Date.parse(startsAt)))).toISOString()
}

function lines(cause: string, alerts: readonly Alert[]): string {
  return [`${cause}:`, ...alerts.map(describe)].join('\n')
}
