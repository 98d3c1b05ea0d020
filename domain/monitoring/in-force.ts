/** Whether Prometheus has the rules of a file, and none of those that it took the place of. */

/** By these a rule is found in /api/v1/rules; the query in Prometheus's own spelling. */
export interface RuleKey {
  readonly group: string
  readonly name: string
  readonly query: string
}

export interface Sight {
  /** Of the wanted file, and not in force. */
  readonly missing: readonly RuleKey[]
  /** Only of the other file, and still in force. */
  readonly remaining: readonly RuleKey[]
}

/** `other`: the rules of the file that these replaced; what both have is no remainder. */
export function seeRules(wanted: readonly RuleKey[], other: readonly RuleKey[], inForce: readonly RuleKey[]): Sight {
  const present = count(inForce)
  const needed = count(wanted)
  const distinct = (keys: readonly RuleKey[]) => [...new Map(keys.map(key => [textOf(key), key])).values()]
  return {
    missing: distinct(wanted).filter(key => (present.get(textOf(key)) ?? 0) < (needed.get(textOf(key)) ?? 0)),
    remaining: distinct(other).filter(key => !needed.has(textOf(key)) && present.has(textOf(key))),
  }
}

export function isInForce({ missing, remaining }: Sight): boolean {
  return missing.length === 0 && remaining.length === 0
}

export function sightWords(sight: Sight, wanted: readonly RuleKey[]): string {
  if (isInForce(sight)) return `all ${wanted.length} rules are in force`
  const { missing, remaining } = sight
  return [
    ...(missing.length === 0 ? [] : [`not in force: ${names(missing)}`]),
    ...(remaining.length === 0 ? [] : [`still in force: ${names(remaining)}`]),
  ].join('; ')
}

const SHOWN = 3

function names(keys: readonly RuleKey[]): string {
  const first = keys.slice(0, SHOWN).map(({ name, group }) => `${name} (${group})`)
  const rest = keys.length - SHOWN
  return [...first, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}

function count(keys: readonly RuleKey[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(textOf(key), (counts.get(textOf(key)) ?? 0) + 1)
  return counts
}

function textOf({ group, name, query }: RuleKey): string {
  return JSON.stringify([group, name, query])
}
