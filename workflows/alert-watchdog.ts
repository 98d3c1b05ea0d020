/**
 * The watch over the monitoring itself: `alert:ops/watchdog`. It is calm as long as the always-firing alert arrives, opens
 * an incident when it does not, and tells the outside world every minute that ops lives.
 */
import { TemporalFailure } from '@temporalio/common'
import { condition, continueAsNew, isCancellation, log, patched, setHandler } from '@temporalio/workflow'
import type { AlertEffect } from '../domain/alerts/effects.ts'
import { WATCHDOG_CAUSE } from '../domain/alerts/state.ts'
import { lookAt, type WatchdogState, type WatchdogStep, watchdogLook, watchdogSeen } from '../domain/alerts/watchdog.ts'
import type { AlertWorkflow } from './alert-start.ts'
import { alertsSignal } from './messages.ts'
import { isBatch } from './steps/alert-checks.ts'
import { openIncident, tellIncident } from './steps/alert-effects.ts'
import { onAlerts } from './steps/alert-hands.ts'
import { isLongHistory } from './steps/alert-history.ts'

const BEAT_MS = 60_000
/** Whoever configures somebody outside later is not to wait for the next run. */
const ASK_AGAIN_MS = 10 * 60_000

export async function watchMonitoring(carried: WatchdogState | null): Promise<void> {
  let state = carried ?? { lastSeenAt: now(), blindSince: null }
  let hasArrived = false
  let beatAt = Date.now()
  let hasOutside = true
  const asksAgain = patched('ask-again-for-the-outside')
  const tellsAgain = patched('tell-again-that-it-is-blind')

  setHandler(alertsSignal, batch => {
    // That it stopped firing is the opposite of a sign of life.
    hasArrived ||= isBatch(batch) && batch.alerts.some(alert => alert.state === 'firing')
  })

  for (;;) {
    if ((hasOutside || asksAgain) && Date.now() >= beatAt) {
      const begun = Date.now()
      hasOutside = await beat()
      beatAt = begun + (hasOutside ? BEAT_MS : ASK_AGAIN_MS)
    }
    if (hasArrived) {
      hasArrived = false
      state = await take(watchdogSeen(state, now()))
    }
    if (state.blindSince === null || tellsAgain) state = await take(watchdogLook(state, now()))
    if (!hasArrived && isLongHistory()) {
      await continueAsNew<AlertWorkflow>({ cause: WATCHDOG_CAUSE, carried: state })
    }
    const wake = [
      hasOutside || asksAgain ? beatAt : Infinity,
      state.blindSince === null || tellsAgain ? Date.parse(lookAt(state)) : Infinity,
    ]
    const wait = Math.min(...wake) - Date.now()
    if (wait === Infinity) await condition(() => hasArrived)
    else if (wait > 0) await condition(() => hasArrived, wait)
  }
}

async function take({ state, effects }: WatchdogStep): Promise<WatchdogState> {
  for (const effect of effects) await carryOut(effect)
  return state
}

async function carryOut(effect: AlertEffect): Promise<void> {
  if (effect.kind === 'open-incident') await openIncident(WATCHDOG_CAUSE, effect)
  // One that was closed meanwhile needs no word that it is over.
  if (effect.kind === 'tell-incident') await tellIncident(WATCHDOG_CAUSE, effect)
}

/** False when nobody outside is configured. */
async function beat(): Promise<boolean> {
  try {
    return await onAlerts('Tell the outside world that ops lives').sendHeartbeat()
  } catch (error) {
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
    log.warn('the sign of life did not get through', { error })
    return true
  }
}

function now(): string {
  return new Date().toISOString()
}
