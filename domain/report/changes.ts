/** What changed since the last run: the first thing that a person wants to know. */
import { countedVerdict, type Finding } from '../findings.ts'
import type { TargetHistory } from '../ledger.ts'
import type { FindingVerdict } from '../verdicts.ts'
import type { Change, TargetChanges } from './model.ts'

/** From best to worst; what is skipped or not there weighs as much as what is fine. */
const WEIGHT: Readonly<Record<FindingVerdict, number>> = { ok: 0, skipped: 0, warn: 1, unknown: 2, fail: 3 }

const ORDER: Readonly<Record<Change['kind'], number>> = { new: 0, worse: 1, gone: 2, better: 3 }

/** One entry per history, in its order. Waived findings count as waived, so an expired waiver shows as a change. */
export function changesSince(
  findings: readonly Finding[],
  histories: readonly TargetHistory[],
): readonly TargetChanges[] {
  return histories.map(({ target, last, lastFindings }) => {
    const own = findings.filter(finding => finding.target === target)
    return {
      target,
      since: last?.nominalTime ?? null,
      changes: last === null ? [] : compare(target, own, lastFindings),
    }
  })
}

function compare(
  target: string,
  findings: readonly Finding[],
  before: TargetHistory['lastFindings'],
): readonly Change[] {
  const known = new Map(before.map(({ id, verdict }) => [id, verdict]))
  const seen = new Set(findings.map(({ id }) => id))
  const families = new Set(findings.map(({ id }) => familyOf(id)))

  const present = findings.flatMap(({ id, verdict, summary, ...finding }): readonly Change[] => {
    const now = countedVerdict({ id, verdict, summary, ...finding })
    const then = known.get(id) ?? null
    const difference = WEIGHT[now] - (then === null ? 0 : WEIGHT[then])
    if (difference === 0) return []
    const kind = difference < 0 ? 'better' : then === null || WEIGHT[then] === 0 ? 'new' : 'worse'
    return [{ kind, target, id, before: then, now, summary }]
  })
  // Gone is only what was looked for: a run of one group of steps, or a silent host, says nothing about the rest.
  const absent = before
    .filter(({ id, verdict }) => WEIGHT[verdict] > 0 && !seen.has(id) && families.has(familyOf(id)))
    .map(({ id, verdict }): Change => ({ kind: 'gone', target, id, before: verdict, now: null, summary: '' }))

  return [...present, ...absent].toSorted(
    (a, b) => ORDER[a.kind] - ORDER[b.kind] || WEIGHT[b.now ?? 'ok'] - WEIGHT[a.now ?? 'ok'] || (a.id < b.id ? -1 : 1),
  )
}

/** `disk.used:/var` and `disk.used:/` are looked at together. */
function familyOf(id: string): string {
  return id.split(/[.:]/, 1)[0] ?? id
}
