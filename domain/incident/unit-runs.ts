/**
 * Was a unit restarted by hand since it was looked at? Every start gives it a new invocation, also an automatic one after
 * a crash, but only a start by hand sets the count of automatic restarts back. What cannot be told apart is unknown.
 */
import type { WorkaroundCheck } from '../changes.ts'
import { type Parameters, planned } from './parameters.ts'

export interface RunMark {
  /** Changes with every boot of the host. */
  readonly boot: string
  /** Changes with every start of the unit. */
  readonly invocation: string
  /** Automatic ones since the last start by hand. */
  readonly restarts: number
}

export interface RunNow extends RunMark {
  readonly activeState: string
  /** systemd is at work on it. */
  readonly isBusy: boolean
}

export function restartedSince(before: RunMark, now: RunNow): Pick<WorkaroundCheck, 'state' | 'summary'> {
  if (now.isBusy) return { state: 'unknown', summary: 'systemd is still at work on it' }
  if (now.boot !== before.boot) {
    const isUp = now.activeState === 'active'
    return { state: isUp ? 'done' : 'not-done', summary: `the host was booted since, and it is ${now.activeState}` }
  }
  if (now.invocation === before.invocation) {
    return { state: 'not-done', summary: `it was not started since and is ${now.activeState}` }
  }
  if (now.restarts === 0 || now.restarts < before.restarts) {
    return { state: 'done', summary: `it was started anew and is ${now.activeState}` }
  }
  return {
    state: 'unknown',
    summary: `it was started since, but also restarted by itself (${now.restarts} times), and is ${now.activeState}`,
  }
}

/** As it stands in a plan's `before`. */
export function writeMark({ boot, invocation, restarts }: RunMark): Parameters {
  return { boot, invocation, restarts: String(restarts) }
}

export function readMark(before: Parameters): RunMark {
  return {
    boot: planned(before, 'boot'),
    invocation: planned(before, 'invocation'),
    restarts: Number(planned(before, 'restarts')),
  }
}
