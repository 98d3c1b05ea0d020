/**
 * What follows from alerts (A2). Two pure functions move the state: `judge` takes a delivery, `elapse` takes the clock.
 * Nothing here ends an incident: that something stopped firing is only told.
 */
import { localTime } from '../calendar.ts'
import type { Severity } from '../incident/severity.ts'
import type { Alert, AlertBatch } from './alert.ts'
import { type AlertChanges, absorb, changesIn, hasChanges, isRepeat, sizeOf, together } from './changes.ts'
import type { AlertEffect, AlertStep } from './effects.ts'
import { letGo, tellEnds } from './ends.ts'
import { expectedUntil, type PlannedRestart } from './expected.ts'
import {
  afterChange,
  forgiven,
  hiddenUntil,
  hide,
  isCalm,
  isTooSoon,
  owe,
  owedAt,
  owedNews,
  paid,
  shown,
  steady,
  untold,
  untoldEnds,
} from './flapping.ts'
import { goesBy, type KnownAlertRules } from './later-rules.ts'
import { type BusinessDays, nextReview } from './review-time.ts'
import { type AlertState, firing, type KnownAlert, pressing, type Silence, stoppedAt } from './state.ts'
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

export interface AlertContext extends BusinessDays, KnownAlertRules {
  /** ISO. */
  readonly now: string
  /** Ours, noted in the ledger lately. */
  readonly restarts: readonly PlannedRestart[]
  /** False in a run that began when a flapping cause told its incident nothing: what it recorded binds it. */
  readonly tellsSteady: boolean
  /** False in a run that began when a flapping or known critical alert was not told again: what it recorded binds it. */
  readonly tellsCritical: boolean
  /** False in a run that began when expected and silenced firings counted for a trend, and info at a review. */
  readonly weighsWarnings: boolean
}

const WEEK_MS = 7 * 86_400_000
/** A2.3, "if trend continues": fired as often within a week. */
const TREND_FIRINGS = 3
const KEPT_FIRINGS = 200
/** However often Alertmanager repeats itself, and in however many groups. */
const AGAIN_MS = 5 * 60_000

export function judge(before: AlertState, batch: AlertBatch, context: AlertContext): AlertStep {
  if (isRepeat(before, batch)) return { state: before, effects: [] }
  const changes = changesIn(before, batch)
  const absorbed = absorb(before, batch, {
    expected: alert => expectedUntil(alert, context.restarts),
    tellsLetGo: () => goesBy('what-is-let-go-is-told', context),
  })
  if (!hasChanges(changes)) return tellAgain(absorbed, batch, context)
  const { fired } = changes
  const isOurs = (alert: Alert) =>
    absorbed.alerts.some(({ fingerprint, expectedUntil: until }) => fingerprint === alert.fingerprint && until !== null)
  const log: readonly AlertEffect[] =
    fired.length === 0 ? [] : [{ kind: 'log', rows: fired.map(alert => alertEvent(alert, isOurs(alert))) }]
  const news = { fired: fired.filter(alert => !isOurs(alert)), resolved: changes.resolved }
  const weighed = absorbed.silence === null ? news.fired : []
  const counted = withFirings(absorbed, context.weighsWarnings ? weighed : fired, context.now)
  const { state, effects } = afterChange(counted, context.now)
  const id = `${batch.cause}/${batch.id}`
  const gone = { rule: 'what-is-let-go-is-told', id: `${id}/gone`, alerts: letGo(before, absorbed) } as const
  const told = tellEnds(state, gone, context)
  const acted = act(told.state, news, id, context)
  return { state: acted.state, effects: [...log, ...effects, ...told.effects, ...acted.effects] }
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
  const ended = firing(state).filter(({ endsAt }) => endsAt !== null && isPast(endsAt))
  if (ended.length > 0) {
    const stop = (alert: KnownAlert) => stoppedAt(alert, context.now)
    const alerts = state.alerts.map(alert => (ended.includes(alert) ? stop(alert) : alert))
    take(act({ ...state, alerts }, { fired: [], resolved: ended.map(stop) }, `${key}/end`, context))
  }
  if (state.silence !== null && isPast(state.silence.until)) {
    state = withUncounted({ ...state, silence: null }, pressing(state), context)
    take(act(state, { fired: pressing(state), resolved: [] }, `${key}/silence`, context))
  }
  const outlasting = firing(state).filter(({ expectedUntil: until }) => until !== null && isPast(until))
  if (outlasting.length > 0) {
    const alerts = state.alerts.map(alert => (outlasting.includes(alert) ? { ...alert, expectedUntil: null } : alert))
    const counted = withUncounted({ ...state, alerts }, outlasting, context)
    take(act(counted, { fired: outlasting, resolved: [] }, `${key}/grace`, context))
  }
  if (isCalm(state, context.now)) take(calm(state, key, context))
  const hidden = hiddenUntil(state)
  if (hidden !== null && state.silence === null && isPast(hidden)) {
    const unexplained = state.alerts.filter(({ expectedUntil: until }) => until === null)
    const message = alertsMessage(`${key}/hidden`, context.now, unexplained)
    take({ state: shown(state), effects: [{ kind: 'tell-incident', message }] })
  }
  const owed = owedAt(state)
  if (owed !== null && state.silence === null && isPast(owed)) {
    take(inform(forgiven(state), owedNews(state), `${key}/owed`, context))
  }
  if (state.ticket !== null && state.silence === null && isPast(state.ticket.reviewAt)) {
    take(review(state, key, context))
  }
  return { state, effects }
}

/** Nothing is opened or posted until then; what fires at its end counts as fired then. `null` ends it now. */
export function silence(state: AlertState, until: Silence | null, context: AlertContext): AlertStep {
  if (until !== null) {
    const id = `${state.cause}/${context.now}/silenced`
    const ends = { rule: 'ends-pass-a-silence', id, alerts: untoldEnds(state) } as const
    return tellEnds({ ...state, silence: until }, ends, context)
  }
  if (state.silence === null) return { state, effects: [] }
  return elapse({ ...state, silence: { ...state.silence, until: context.now } }, context)
}

function act(state: AlertState, news: AlertChanges, id: string, context: AlertContext): AlertStep {
  if (!hasChanges(news)) return { state, effects: [] }
  if (state.silence !== null) {
    return tellEnds(state, { rule: 'ends-pass-a-silence', id, alerts: news.resolved }, context)
  }
  if (state.hasIncident) return inform(state, news, id, context)
  if (pressing(state).some(isCritical)) return openCritical(state, news, id, context)
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
    summary: titleOf(warnings, state.cutOff),
  }
  const { cause, cutOff = 0 } = state
  const text = ticketText({ cause, ticket, alerts: warnings, cutOff, timezone: context.timezone })
  const subject = `[TICKET] OpenCode ACP - Warning - ${ticket.summary}`
  return { state: { ...state, ticket }, effects: [{ kind: 'notify-ops', key: id, subject, text }] }
}

/** A2.3: what still fires on the next business day is an incident; what does not was looked at and is over. */
function review(state: AlertState, key: string, context: AlertContext): AlertStep {
  const still = pressing(state).filter(({ level }) => !context.weighsWarnings || level !== 'info')
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
  /** What has stopped at the same time. */
  readonly resolved?: readonly Alert[]
}

/** One incident per cause: a warning that turns critical takes its ticket along. */
function openIncident(state: AlertState, { resolved = [], ...opening }: Opening, context: AlertContext): AlertStep {
  const { now, tellsCritical } = context
  const declaration = declarationOf({ ...opening, cause: state.cause, title: titleOf(opening.alerts, state.cutOff) })
  const message = alertsMessage(opening.id, now, [...firing(state), ...resolved], {
    again: tellsCritical,
    cutOff: state.cutOff,
  })
  return {
    state: { ...state, hasIncident: true, ticket: null },
    effects: [{ kind: 'open-incident', declaration, message }],
  }
}

function openCritical(state: AlertState, { resolved }: AlertChanges, id: string, context: AlertContext): AlertStep {
  const critical = pressing(state).filter(isCritical)
  const severity = severityOf(worstOf(critical)?.category ?? 'availability')
  return openIncident(state, { id, severity, startedAt: began(critical), alerts: critical, resolved }, context)
}

/** The incident hears of everything; while its cause flaps, of what is critical and fires, or does not come and go itself. */
function inform(state: AlertState, news: AlertChanges, id: string, context: AlertContext): AlertStep {
  if (state.flapping === null) return tellIncident(state, news, id, context)
  const heard = context.tellsSteady ? steady(state, news, context) : { fired: [], resolved: [] }
  const counted = sizeOf(heard) === sizeOf(news) ? state : hide(state, context)
  if (!hasChanges(heard)) return { state: counted, effects: [] }
  if (isTooSoon(state, context.now)) return { state: owe(counted, heard), effects: [] }
  const all = together(owedNews(state), heard)
  return tellIncident(paid(counted, context.now), all, id, context)
}

/**
 * Alertmanager says every few hours what fires. People may have ended the incident meanwhile, and nobody else would tell: an
 * open one takes no note, and where it is closed the next one begins now.
 */
function tellAgain(state: AlertState, batch: AlertBatch, context: AlertContext): AlertStep {
  const { now, tellsCritical } = context
  const said = new Set(batch.alerts.map(({ fingerprint }) => fingerprint))
  const critical = pressing(state).filter(alert => isCritical(alert) && said.has(alert.fingerprint))
  const isTold = state.againAt !== undefined && Date.parse(now) - Date.parse(state.againAt) < AGAIN_MS
  if (!tellsCritical || !state.hasIncident || state.silence !== null || critical.length === 0 || isTold) {
    return { state, effects: [] }
  }
  const id = `${batch.cause}/${batch.id}/${batch.at}`
  const severity = severityOf(worstOf(critical)?.category ?? 'availability')
  return openIncident({ ...state, againAt: now }, { id, severity, startedAt: now, alerts: critical }, context)
}

/** By signal with start where something critical fires: nobody has told yet whether the incident is still open. */
function tellIncident(state: AlertState, news: AlertChanges, id: string, context: AlertContext): AlertStep {
  if (news.fired.some(isCritical) && pressing(state).some(isCritical)) return openCritical(state, news, id, context)
  const message = alertsMessage(id, context.now, [...news.fired, ...news.resolved], { cutOff: state.cutOff })
  return { state, effects: [{ kind: 'tell-incident', message }] }
}

/** The incident that was to be told has been closed meanwhile: what still fires is nobody's, and is judged anew. */
export function withoutIncident(state: AlertState, context: AlertContext): AlertStep {
  const id = `${state.cause}/${context.now}/closed`
  return act({ ...forgiven(state), hasIncident: false }, { fired: pressing(state), resolved: [] }, id, context)
}

function calm(state: AlertState, key: string, context: AlertContext): AlertStep {
  const quiet = { ...state, flapping: null }
  const covered = { rule: 'a-silence-covers-the-calm', id: `${key}/calm`, alerts: untoldEnds(state) } as const
  if (state.silence !== null && goesBy(covered.rule, context)) return tellEnds(quiet, covered, context)
  const still = firing(state)
  const now = still.length === 0 ? 'nothing of it fires' : `${still.length} of its alerts fire`
  const text = `${state.cause} is calm again: ${now}; ${state.flapping?.untold ?? 0} changes were not posted.`
  const post: AlertEffect = { kind: 'post-ops', key: `${key}/calm`, text }
  if (!state.hasIncident) return { state: quiet, effects: [post] }
  const message = alertsMessage(`${key}/calm`, context.now, state.alerts)
  return { state: quiet, effects: [post, { kind: 'tell-incident', message }] }
}

function withFirings(state: AlertState, fired: readonly Alert[], now: string): AlertState {
  const recent = state.firings.filter(({ at }) => Date.parse(now) - Date.parse(at) < WEEK_MS)
  const added = fired.map(({ fingerprint }) => ({ fingerprint, at: now }))
  return { ...state, firings: [...recent, ...added].slice(-KEPT_FIRINGS) }
}

/** What had an excuse until now fires from now on. */
function withUncounted(state: AlertState, alerts: readonly KnownAlert[], context: AlertContext): AlertState {
  if (!context.weighsWarnings || state.silence !== null) return state
  const isCounted = ({ fingerprint, startsAt }: Alert) =>
    state.firings.some(one => one.fingerprint === fingerprint && Date.parse(one.at) >= Date.parse(startsAt))
  const uncounted = alerts.filter(alert => !isCounted(alert))
  return withFirings(state, uncounted, context.now)
}

function isCritical({ level }: Alert): boolean {
  return level === 'critical'
}

function began(alerts: readonly Alert[]): string {
  return new Date(Math.min(...alerts.map(({ startsAt }) => Date.parse(startsAt)))).toISOString()
}

function lines(cause: string, alerts: readonly Alert[]): string {
  return [`${cause}:`, ...alerts.map(describe)].join('\n')
}
