/** The table of transitions as a Mermaid diagram and as a table, for docs/procedures/incident.md. */
import type { IncidentStatus } from './incident.ts'
import { TRANSITIONS, type Transition } from './transitions.ts'

/** The generated part of the page. */
export function transitionSection(): string {
  return `${transitionDiagram()}\n\n${transitionTable()}`
}

/** One arrow for each pair of states, labelled with its verbs, in the order of the table. */
export function transitionDiagram(rows: readonly Transition[] = TRANSITIONS): string {
  const arrows = new Map<string, string[]>()
  for (const { from, to, verb } of rows) {
    const arrow = `${from ?? '[*]'} --> ${to}`
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), verb])
  }
  const lines = [...arrows].map(([arrow, verbs]) => `  ${arrow}: ${verbs.join(', ')}`)
  return ['```mermaid', 'stateDiagram-v2', ...lines, '  closed --> [*]', '```'].join('\n')
}

/** One row for each verb, state that it leads to, and reason. */
export function transitionTable(rows: readonly Transition[] = TRANSITIONS): string {
  const grouped = Map.groupBy(rows, ({ verb, to, ending, reason }) => JSON.stringify([verb, to, ending, reason]))
  const lines = [...grouped.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const { verb, to, ending, reason, deadline } = first
    const end = ending === null ? to : `${to} (${ending})`
    return [[verb, [first, ...others].map(({ from }) => from ?? '').join(', '), end, reason, deadline]]
  })
  return table([['verb', 'from', 'to', 'why', 'then, within'], ...lines])
}

/** States in the order in which an incident comes through them. */
export function reachable(rows: readonly Transition[] = TRANSITIONS): readonly IncidentStatus[] {
  const found: IncidentStatus[] = []
  const waiting: (IncidentStatus | null)[] = [null]
  for (const state of waiting) {
    for (const { from, to } of rows) {
      if (from !== state || found.includes(to)) continue
      found.push(to)
      waiting.push(to)
    }
  }
  return found
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n')
}
