/** Clock skew between hosts. Each host says how far it is from the Temporal server's clock; what counts is how far they are apart. */
import type { HostGreeting } from '../facts.ts'
import type { Finding } from '../findings.ts'
import { ESTATE } from '../ids.ts'
import type { Thresholds } from '../thresholds.ts'
import { finding, judgeAbove } from './judge.ts'

export interface HostClock {
  readonly host: string
  readonly greeting: HostGreeting
}

/** With fewer than two clocks there is nothing to compare. */
export function judgeClocks(clocks: readonly HostClock[], thresholds: Thresholds): readonly Finding[] {
  if (clocks.length < 2) return []
  const byOffset = clocks.toSorted((a, b) => a.greeting.clockOffsetMs - b.greeting.clockOffsetMs)
  const slowest = byOffset[0]
  const fastest = byOffset.at(-1)
  if (slowest === undefined || fastest === undefined) return []
  // A task that waited for a busy host makes its clock look fast by that much: only what is certain is judged.
  const apart = fastest.greeting.clockOffsetMs - slowest.greeting.clockOffsetMs
  const certain = Math.max(0, apart - fastest.greeting.clockUncertaintyMs - slowest.greeting.clockUncertaintyMs)
  const verdict = judgeAbove(certain, thresholds.clockSkewMs)
  const summary =
    verdict === 'ok'
      ? `the clocks of ${clocks.length} hosts agree within ${thresholds.clockSkewMs.warn} ms`
      : `${fastest.host} is at least ${Math.round(certain)} ms ahead of ${slowest.host}`
  return [
    finding(
      { id: 'clock.skew', target: ESTATE, manualId: 'D1.1e' },
      verdict,
      summary,
      { apartMs: Math.round(apart), certainMs: Math.round(certain), fastest: fastest.host, slowest: slowest.host },
      verdict === 'ok' ? '' : 'Check time synchronisation on both: "timedatectl timesync-status".',
    ),
  ]
}
