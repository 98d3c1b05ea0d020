/** Which alerts belong to an incident, as they were last heard of. */
import type { Incident, LinkedAlert } from './incident.ts'
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

/** After people have said that it is over, an alert may go on for as long as its rule looks back and its end is under way. */
const STILL_FIRES_MS = 10 * 60_000

/** Of an incident that people have called over, and is told again what fires. */
export interface Over {
  readonly since: string
  readonly now: string
}

/**
 * Firing ones are kept before those that have stopped. For an incident that is over it is news, too, when a critical one that
 * it knows to fire has begun anew, though nobody told of its end, or goes on firing.
 */
export function linked(
  known: readonly LinkedAlert[],
  incoming: readonly LinkedAlert[],
  over: Over | null = null,
): Linked {
  const all = new Map(known.map(alert => [alert.fingerprint, alert]))
  const news: LinkedAlert[] = []
  let refires = false
  let worsens = false
  for (const raw of incoming) {
    const alert = cleaned(raw)
    const before = all.get(alert.fingerprint)
    all.set(alert.fingerprint, alert)
    const isBack = over !== null && before !== undefined && comesBack(before, alert, over)
    if (before?.state === alert.state && before.severity === alert.severity && !isBack) continue
    news.push(alert)
    if (alert.state !== 'firing') continue
    refires ||= before?.state !== 'firing' || isBack
    worsens ||= alert.severity === 'critical'
  }
  const sorted = [...all.values()].toSorted((a, b) => rank(a) - rank(b))
  return { alerts: sorted.slice(0, KEPT), news, refires, worsens }
}

/** What keeps an incident open comes first: no crowd of warnings may push it out. */
function rank({ state, severity }: LinkedAlert): number {
  if (state !== 'firing') return 2
  return severity === 'critical' ? 0 : 1
}

function comesBack(before: LinkedAlert, { state, severity, since }: LinkedAlert, over: Over): boolean {
  if (state !== 'firing' || severity !== 'critical') return false
  return Date.parse(since) > Date.parse(before.since) || Date.parse(over.now) - Date.parse(over.since) >= STILL_FIRES_MS
}

/** `HighCPU on alpha fires, ServiceDown has stopped`, and how many came with them of which nobody knows more. */
export function alertWords(alerts: readonly LinkedAlert[], cutOff = 0): string {
  const words = alerts
    .slice(0, 5)
    .map(alert => `${placed(alert)} ${alert.state === 'firing' ? 'fires' : 'has stopped'}`)
  const more = alerts.length - words.length
  const unnamed = cutOff > 0 ? `; ${cutOff} more alerts were cut off` : ''
  return words.join(', ') + (more > 0 ? `, and ${more} more` : '') + unnamed
}

/** Critical ones that nobody has heard the end of. */
export function criticalFiring({ alerts }: Pick<Incident, 'alerts'>): readonly LinkedAlert[] {
  return alerts.filter(({ state, severity }) => state === 'firing' && severity === 'critical')
}

/** As people name it. */
export function placed({ name, instance }: LinkedAlert): string {
  return instance === null ? name : `${name} on ${instance}`
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
