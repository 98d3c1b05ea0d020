/** Which alerts belong to an incident, as they were last heard of. */
import type { LinkedAlert } from './incident.ts'
import { cleanLine } from './text.ts'

/** A flood of one cause is counted by the door; its sample is enough for a card. */
const KEPT = 50

export interface Linked {
  readonly alerts: readonly LinkedAlert[]
  /** Those that say something that was not known. */
  readonly news: readonly LinkedAlert[]
  /** Whether one fires that did not before. */
  readonly refires: boolean
  /** Whether one is critical that was not, or that had stopped. */
  readonly worsens: boolean
}

/**
 * Firing ones are kept before those that have stopped. `returns`: a critical one that is known to fire and has begun anew fires
 * again, though nobody told of its end; for an incident that is over that is news.
 */
export function linked(
  known: readonly LinkedAlert[],
  incoming: readonly LinkedAlert[],
  returns: boolean = false,
): Linked {
  const all = new Map(known.map(alert => [alert.fingerprint, alert]))
  const news: LinkedAlert[] = []
  let refires = false
  let worsens = false
  for (const raw of incoming) {
    const alert = cleaned(raw)
    const before = all.get(alert.fingerprint)
    all.set(alert.fingerprint, alert)
    const isBack = returns && before !== undefined && firesAnew(before, alert)
    if (before?.state === alert.state && before.severity === alert.severity && !isBack) continue
    news.push(alert)
    if (alert.state !== 'firing') continue
    refires ||= before?.state !== 'firing' || isBack
    worsens ||= alert.severity === 'critical'
  }
  const sorted = [...all.values()].toSorted((a, b) => a.state.localeCompare(b.state))
  return { alerts: sorted.slice(0, KEPT), news, refires, worsens }
}

function firesAnew(before: LinkedAlert, { state, severity, since }: LinkedAlert): boolean {
  return state === 'firing' && severity === 'critical' && Date.parse(since) > Date.parse(before.since)
}

/** `HighCPU on alpha fires, ServiceDown has stopped`. */
export function alertWords(alerts: readonly LinkedAlert[]): string {
  const words = alerts.slice(0, 5).map(({ name, instance, state }) => {
    const place = instance === null ? '' : ` on ${instance}`
    return `${name}${place} ${state === 'firing' ? 'fires' : 'has stopped'}`
  })
  const more = alerts.length - words.length
  return words.join(', ') + (more > 0 ? `, and ${more} more` : '')
}

function cleaned(alert: LinkedAlert): LinkedAlert {
  return {
    ...alert,
    fingerprint: cleanLine(alert.fingerprint, 100),
    name: cleanLine(alert.name, 100),
    instance: alert.instance === null ? null : cleanLine(alert.instance, 100),
    summary: cleanLine(alert.summary, 300),
  }
}
