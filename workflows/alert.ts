/**
 * A cause of alerts (A2): one workflow for each `service/metric`, for as long as anybody may still ask about it.
 *
 * It takes what the alert door sends, lets the rules judge (domain/alerts/rules.ts), opens and tells the cause's incident,
 * keeps the ticket of a warning until its review, and ends 7 days after its last word. A crash at any step leaves
 * everything as it was: what was sent is in its history, and whatever it asks for is recognised by its key. Anybody may
 * terminate it; the next alert starts it anew, without ticket and silence.
 */
import { defineSearchAttributeKey, SearchAttributeType, TemporalFailure } from '@temporalio/common'
import {
  condition,
  continueAsNew,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { AlertBatch } from '../domain/alerts/alert.ts'
import { changesIn } from '../domain/alerts/changes.ts'
import { mayForget, nextDue } from '../domain/alerts/due.ts'
import type { AlertStep } from '../domain/alerts/effects.ts'
import type { PlannedRestart } from '../domain/alerts/expected.ts'
import type { BusinessDays } from '../domain/alerts/review-time.ts'
import { type AlertContext, elapse, judge, silence, withoutIncident } from '../domain/alerts/rules.ts'
import type { SilenceOrder } from '../domain/alerts/silence.ts'
import { type AlertPhase, newAlertState, phaseOf, pressing, WATCHDOG_CAUSE } from '../domain/alerts/state.ts'
import { viewOf } from '../domain/alerts/view.ts'
import { silenceEvent } from '../domain/alerts/words.ts'
import type { AlertStart, AlertWorkflow, CarriedCause, CauseMessage } from './alert-start.ts'
import { watchMonitoring } from './alert-watchdog.ts'
import { causeQuery, silenceSignal, ticketQuery } from './messages.alerts.ts'
import { alertsSignal } from './messages.ts'
import { isBatch, isSilenceOrder } from './steps/alert-checks.ts'
import { openIncident, runErrands, tellIncident } from './steps/alert-effects.ts'
import { onAlerts } from './steps/alert-hands.ts'
import { isLongHistory } from './steps/alert-history.ts'

const phaseKey = defineSearchAttributeKey('OpsPhase', SearchAttributeType.KEYWORD)

export async function alert({ cause, carried }: AlertStart): Promise<void> {
  if (cause === WATCHDOG_CAUSE) {
    await watchMonitoring(carried !== null && 'lastSeenAt' in carried ? carried : null)
    return
  }
  await keepCause(cause, carried !== null && 'state' in carried ? carried : null)
}

async function keepCause(cause: string, carried: CarriedCause | null): Promise<void> {
  let state = carried?.state ?? newAlertState(cause, now())
  let days: BusinessDays = carried?.days ?? { timezone: 'UTC', holidays: [] }
  const inbox: CauseMessage[] = [...(carried?.inbox ?? [])]
  const errands = runErrands(carried?.errands ?? [])
  const show = showPhase()

  setHandler(alertsSignal, batch => {
    if (isBatch(batch)) inbox.push({ kind: 'batch', batch })
    else log.warn('a signal that is no delivery of alerts was left out')
  })
  setHandler(silenceSignal, order => {
    if (isSilenceOrder(order)) inbox.push({ kind: 'silence', order })
    else log.warn('a signal that is no silence was left out')
  })
  setHandler(causeQuery, () => viewOf(state), { description: 'How this cause stands' })
  setHandler(ticketQuery, () => (state.ticket === null ? null : viewOf(state)), { description: 'The ticket, or null' })

  const tellsSteady = patched('tell-steady-alerts')
  const tellsCritical = patched('tell-critical-alerts-always')
  const weighsWarnings = patched('weigh-warnings')
  const context = (restarts: readonly PlannedRestart[] = []): AlertContext => ({
    ...days,
    now: now(),
    restarts,
    tellsSteady,
    tellsCritical,
    weighsWarnings,
    knows: patched,
  })

  const take = async (step: AlertStep): Promise<void> => {
    state = step.state
    for (const effect of step.effects) {
      if (effect.kind === 'open-incident') await openIncident(cause, effect)
      else if (effect.kind !== 'tell-incident') errands.start(effect)
      else if (!(await tellIncident(cause, effect))) await take(withoutIncident(state, context()))
    }
  }

  const hear = async (batch: AlertBatch): Promise<void> => {
    // What joins a trouble that has its incident opens nothing new, so nobody needs to know why it fires.
    const hasCompany = state.hasIncident && pressing(state).length > 0
    if (hasCompany || changesIn(state, batch).fired.length === 0) return await take(judge(state, batch, context()))
    const briefing = await brief(batch.at)
    if (briefing !== null) days = { timezone: briefing.timezone, holidays: briefing.holidays }
    await take(judge(state, batch, context(briefing?.restarts)))
  }

  const hush = async (order: SilenceOrder): Promise<void> => {
    const { until, by, reason } = order
    errands.start({ kind: 'log', rows: [silenceEvent(cause, order, now())] })
    await take(silence(state, until === null ? null : { until, by, reason }, context()))
  }

  for (;;) {
    show(phaseOf(state))
    await until(nextDue(state), () => inbox.length > 0)
    const message = inbox.shift()
    if (message?.kind === 'batch') await hear(message.batch)
    if (message?.kind === 'silence') await hush(message.order)
    await take(elapse(state, context()))
    if (inbox.length === 0 && mayForget(state, now())) {
      await errands.settled()
      if (inbox.length === 0) return
    }
    if (isLongHistory()) {
      const left = await errands.park()
      await continueAsNew<AlertWorkflow>({ cause, carried: { state, days, inbox, errands: left } })
    }
  }
}

/** Whoever is to be paged does not wait for an estate file or a ledger that cannot be read. */
async function brief(at: string) {
  try {
    return await onAlerts('Read the calendar and our own planned restarts').briefAlert({ at })
  } catch (error) {
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
    log.warn('nothing is known of planned restarts', { error })
    return null
  }
}

function showPhase(): (phase: AlertPhase) => void {
  let shown: AlertPhase | null = null
  return phase => {
    if (phase === shown) return
    shown = phase
    upsertSearchAttributes([{ key: phaseKey, value: phase }])
    setCurrentDetails(`**${phase}**`)
  }
}

async function until(due: string | null, isAwake: () => boolean): Promise<void> {
  const wait = due === null ? null : Date.parse(due) - Date.now()
  if (wait === null) await condition(isAwake)
  else if (wait > 0) await condition(isAwake, wait)
}

function now(): string {
  return new Date().toISOString()
}
