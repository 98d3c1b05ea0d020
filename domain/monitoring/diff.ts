/** What a new rules file changes. Comments and order are no change; group, kind and name make a rule the same one. */
import { type Rule, type RuleGroup, type RulesFile, rulesOf } from './rules.ts'

export interface RulesDiff {
  readonly added: readonly Rule[]
  readonly removed: readonly Rule[]
  readonly changed: readonly { readonly before: Rule; readonly after: Rule }[]
  /** Groups of both files whose own settings differ. */
  readonly groups: readonly { readonly before: RuleGroup; readonly after: RuleGroup }[]
}

export function diffRules(before: RulesFile, after: RulesFile): RulesDiff {
  const [was, is] = [Map.groupBy(rulesOf(before), sameRule), Map.groupBy(rulesOf(after), sameRule)]
  const pairs = [...new Set([...was.keys(), ...is.keys()])].map(key => pairUp(was.get(key) ?? [], is.get(key) ?? []))
  return {
    added: pairs.flatMap(({ added }) => added),
    removed: pairs.flatMap(({ removed }) => removed),
    changed: pairs.flatMap(({ changed }) => changed),
    groups: after.groups.flatMap(group => {
      const former = before.groups.find(({ name }) => name === group.name)
      return former === undefined || isSame(former.settings, group.settings) ? [] : [{ before: former, after: group }]
    }),
  }
}

/** One name may stand there several times, as for two severities: those that stayed are set aside first. */
function pairUp(was: readonly Rule[], is: readonly Rule[]) {
  const stayed = [...is]
  const before = was.filter(rule => !takeEqual(stayed, rule))
  const former = [...was]
  const after = is.filter(rule => !takeEqual(former, rule))
  const both = Math.min(before.length, after.length)
  return {
    removed: before.slice(both),
    added: after.slice(both),
    changed: before.slice(0, both).flatMap((rule, at) => {
      const now = after[at]
      return now === undefined ? [] : [{ before: rule, after: now }]
    }),
  }
}

/** Takes one that is equal out of the list, and says whether there was one. */
function takeEqual(rules: Rule[], { query, settings }: Rule): boolean {
  const at = rules.findIndex(rule => rule.query === query && isSame(rule.settings, settings))
  if (at < 0) return false
  rules.splice(at, 1)
  return true
}

function sameRule({ group, kind, name }: Rule): string {
  return JSON.stringify([group, kind, name])
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return differences(a, b).length === 0
}

export interface Difference {
  readonly name: string
  /** Null where there was, or is, none. */
  readonly before: string | null
  readonly after: string | null
}

export function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly Difference[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map(name => ({ name, before: before[name] ?? null, after: after[name] ?? null }))
    .filter(one => one.before !== one.after)
}
