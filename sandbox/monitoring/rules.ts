/**
 * The rules as the sandbox runs them: those of deploy/prometheus, but for the numbers that cannot hold where two hosts and
 * whoever develops share two cores. Each of those stands here with its reason.
 */
import { parse, stringify } from 'yaml'
import { Problem } from '../estate/problem.ts'

export interface RuleChange {
  readonly alert: string
  readonly why: string
  readonly for?: string
  /** End of the expression, and what stands there instead. */
  readonly limit?: readonly [string, string]
}

const SHARED = 'it is the machine’s, which the hosts share with each other and with whoever develops'
const STARTING =
  'the first session/new of a process takes 0.9 to 2.5 s on free cores, and right after a start there is little else'

export const RULE_CHANGES: readonly RuleChange[] = [
  {
    alert: 'ServiceDown',
    for: '10s',
    why: 'who stops a service to see what happens waits half a minute, not one and a half',
  },
  { alert: 'HighCPUUsage', for: '6h', why: SHARED },
  { alert: 'CriticalCPUUsage', for: '6h', why: SHARED },
  { alert: 'HighMemoryUsage', limit: ['> 0.80', '> 0.92'], why: SHARED },
  { alert: 'CriticalMemoryUsage', limit: ['> 0.90', '> 0.97'], why: SHARED },
  { alert: 'SlowResponses', limit: ['> 0.5', '> 5'], why: STARTING },
  // 10 is the last bucket of the histogram: beyond it nothing can be told apart.
  { alert: 'VerySlowResponses', limit: ['> 2', '>= 10'], why: STARTING },
]

interface Rule {
  readonly alert?: string
  readonly expr: string
  readonly for?: string
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}

/** @throws Problem when the rules have no such alert or no such limit: a change that hits nothing is a forgotten one. */
export function sandboxRules(text: string, changes: readonly RuleChange[] = RULE_CHANGES): string {
  const file: RuleFile = parse(text)
  const missed = new Set(changes)
  const changed = (rule: Rule): Rule => {
    const change = changes.find(({ alert }) => alert === rule.alert)
    if (change === undefined) return rule
    missed.delete(change)
    return { ...rule, expr: expression(rule, change), ...(change.for === undefined ? {} : { for: change.for }) }
  }
  const groups = file.groups.map(group => ({ ...group, rules: group.rules.map(changed) }))
  if (missed.size === 0) return stringify({ ...file, groups })
  const names = [...missed].map(({ alert }) => alert).join(', ')
  throw new Problem(`there is no such rule: ${names}`, {
    hint: 'Compare sandbox/monitoring/rules.ts with deploy/prometheus.',
  })
}

function expression({ expr }: Rule, { alert, limit }: RuleChange): string {
  if (limit === undefined) return expr
  const [from, to] = limit
  if (expr.endsWith(from)) return expr.slice(0, -from.length) + to
  throw new Problem(`the rule ${alert} does not end in '${from}'`, {
    hint: 'Compare sandbox/monitoring/rules.ts with deploy/prometheus.',
  })
}
