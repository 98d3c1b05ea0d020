/** Help texts, derived from the tables of verbs and procedures. Loaded on every start: nothing heavy here. */
import { RUNNABLE } from '../domain/procedures.ts'
import { COMMON_OPTIONS, type OptionHelp, VERBS, type Verb } from './verbs.ts'

export function helpText(topic: string | null): string {
  const verb = VERBS.find(({ name }) => name === topic)
  return verb === undefined ? overview() : verbHelp(verb)
}

function overview(): string {
  return [
    'ops: the operational procedures of an OpenCode ACP service',
    '',
    'Usage: ops <verb> …',
    '',
    ...columns(VERBS.map(verb => [verb.name, verb.words])),
    '',
    'Procedures:',
    ...procedures(),
    '',
    'Options of every verb:',
    ...options(COMMON_OPTIONS),
    '',
    'Exit codes: 0 ok, 1 warn, 2 fail, 3 unknown or broken off, 64 wrong usage, 69 Temporal unreachable,',
    '            75 busy, 77 not permitted, 130 interrupted',
    '`ops help <verb>` says more about one of them; `ops doctor` says what is not in order.',
  ].join('\n')
}

function verbHelp(verb: Verb): string {
  const [first, ...rest] = verb.usage.map(usage => `ops ${verb.name} ${usage}`.trim())
  return [
    `${verb.name}: ${verb.words}`,
    '',
    `Usage: ${first ?? ''}`,
    ...rest.map(usage => `       ${usage}`),
    ...section('Actions:', columns(Object.entries(verb.actions ?? {}))),
    ...section('Procedures:', verb.name === 'run' ? procedures() : []),
    '',
    'Options:',
    ...options([...verb.options, ...COMMON_OPTIONS]),
  ].join('\n')
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines]
}

function procedures(): readonly string[] {
  return columns(
    RUNNABLE.map(({ id, title, manualId, cadence, stepGroups }) => [
      id,
      `${title} (${manualId}), ${cadence?.words ?? 'on demand'}${stepGroups.length === 0 ? '' : `; only=${stepGroups.join('|')}`}`,
    ]),
  )
}

function options(list: readonly OptionHelp[]): readonly string[] {
  return columns(list.map(({ name, value, words }) => [`--${name}${value === undefined ? '' : ` ${value}`}`, words]))
}

function columns(rows: readonly (readonly [string, string] | readonly string[])[]): readonly string[] {
  const width = Math.max(...rows.map(([left = '']) => left.length), 0)
  return rows.map(([left = '', right = '']) => `  ${left.padEnd(width)}  ${right}`)
}
