/** A rules file of Prometheus as a value: what is compared, shown and looked for (S54). */

export interface Rule {
  readonly group: string
  readonly kind: 'alerting' | 'recording'
  readonly name: string
  /** To be compared it has to be in Prometheus's own spelling, not as somebody wrote it. */
  readonly query: string
  /** `for`, `keep_firing_for`, `label severity`, `annotation summary`: all that a rule says beside its query. */
  readonly settings: Readonly<Record<string, string>>
}

export interface RuleGroup {
  readonly name: string
  /** `interval`, `limit` and the like. */
  readonly settings: Readonly<Record<string, string>>
  readonly rules: readonly Rule[]
}

export interface RulesFile {
  readonly groups: readonly RuleGroup[]
}

export function rulesOf({ groups }: RulesFile): readonly Rule[] {
  return groups.flatMap(({ rules }) => rules)
}

/** As people write it; the digest is what counts. */
export function rulesName(sha256: string): string {
  return `RULES-${sha256.slice(0, 10)}`
}
