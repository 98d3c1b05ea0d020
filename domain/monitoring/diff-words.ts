/** A difference of rules for people who approve it: a line for each rule or setting, bounded; the digests cover the rest. */
import { type Difference, differences, type RulesDiff } from './diff.ts'
import type { Rule } from './rules.ts'

/** The plan of a whole new file would be read by nobody. */
const MOST_LINES = 30
const MOST_CHARACTERS = 190
/** Of an expression that stayed the same before the first difference. */
const CONTEXT = 24

/** `1 added, 2 changed`. */
export function diffSummary({ added, removed, changed, groups }: RulesDiff): string {
  const parts = [
    `${added.length} added`,
    `${removed.length} removed`,
    `${changed.length} changed`,
    ...(groups.length === 0 ? [] : [`${groups.length} ${groups.length === 1 ? 'group' : 'groups'} set otherwise`]),
  ].filter(part => !part.startsWith('0 '))
  return parts.length === 0 ? 'no rule is another one, only comments or order' : parts.join(', ')
}

export function diffLines({ added, removed, changed, groups }: RulesDiff): readonly string[] {
  const lines = [
    ...removed.map(rule => `removed: ${whole(rule)}`),
    ...changed.flatMap(({ before, after }) => changeLines(before, after)),
    ...added.map(rule => `added: ${whole(rule)}`),
    ...groups.flatMap(({ before, after }) =>
      differences(before.settings, after.settings).map(one => `group ${after.name}: ${differenceWords(one)}`),
    ),
  ].map(line => cut(line, MOST_CHARACTERS))
  const rest = lines.length - MOST_LINES
  return rest <= 0 ? lines : [...lines.slice(0, MOST_LINES), `and ${rest} lines more, by digest`]
}

function changeLines(before: Rule, after: Rule): readonly string[] {
  const query = before.query === after.query ? [] : [`query ${apart(oneLine(before.query), oneLine(after.query))}`]
  return [...query, ...differences(before.settings, after.settings).map(differenceWords)].map(
    words => `changed: ${title(after)}: ${words}`,
  )
}

function title({ kind, name, group }: Rule): string {
  return `${kind === 'alerting' ? 'alert' : 'record'} ${name} (${group})`
}

/** Annotations are words for people; what decides about an alert comes first. */
function whole(rule: Rule): string {
  const settings = Object.entries(rule.settings)
    .filter(([name]) => !name.startsWith('annotation '))
    .map(([name, value]) => `${name} ${value}`)
  return `${title(rule)}: ${[oneLine(rule.query), ...settings].join('; ')}`
}

function differenceWords({ name, before, after }: Difference): string {
  if (before === null) return `${name} ${oneLine(after ?? '')} is new`
  if (after === null) return `${name} ${oneLine(before)} is gone`
  return `${name} ${apart(oneLine(before), oneLine(after))}`
}

/** From where they differ: the end of a long expression is where its limit stands. */
function apart(was: string, is: string): string {
  let same = 0
  while (same < was.length && was[same] === is[same]) same += 1
  const from = same <= CONTEXT * 2 ? 0 : same - CONTEXT
  const shown = (text: string) => cut(`${from === 0 ? '' : '…'}${text.slice(from)}`, 60)
  return `${shown(was)} becomes ${shown(is)}`
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ')
}
