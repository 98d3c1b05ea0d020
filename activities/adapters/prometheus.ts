/** Prometheus, its HTTP API: one value now, the rules that are in force, and taking in new ones. */
import { z } from 'zod'
import { ask, jsonService, succeeded } from './http-json.ts'

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface RuleInForce {
  readonly group: string
  readonly name: string
  readonly kind: 'alerting' | 'recording'
  readonly query: string
  /** `ok`, or why its last evaluation failed. */
  readonly health: string
}

/** Every method throws an OpsError: owner `host` when Prometheus is not there, `tool` when it refuses or says what we do not understand. */
export interface Prometheus {
  /** An instant query that answers with a vector. A read. */
  query(expression: string): Promise<readonly Sample[]>
  rules(): Promise<readonly RuleInForce[]>
  /** Reads the configuration and rules again; a wrong file leaves what was in force, and throws. Safe to repeat. */
  reload(): Promise<void>
}

const Vector = z.object({
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
})

const Rules = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        name: z.string(),
        rules: z.array(
          z.object({
            name: z.string(),
            type: z.enum(['alerting', 'recording']),
            query: z.string(),
            health: z.string(),
            lastError: z.string().optional(),
          }),
        ),
      }),
    ),
  }),
})

export function createPrometheus(baseUrl: string): Prometheus {
  const { question, get } = jsonService({
    of: 'Prometheus',
    baseUrl,
    hint: 'Does Prometheus run, and is OPS_PROMETHEUS_URL its address?',
    otherHint: 'Is something else at OPS_PROMETHEUS_URL?',
  })
  return {
    async query(expression) {
      const { data } = await get(`api/v1/query?query=${encodeURIComponent(expression)}`, Vector)
      return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }))
    },
    async rules() {
      const { data } = await get('api/v1/rules', Rules)
      return data.groups.flatMap(({ name: group, rules }) =>
        rules.map(({ name, type: kind, query, health, lastError }) => ({
          group,
          name,
          kind,
          query,
          health: health === 'err' ? (lastError ?? health) : health,
        })),
      )
    },
    async reload() {
      const hint = 'Start Prometheus with --web.enable-lifecycle; check the rules with promtool.'
      const asked = question('-/reload', { method: 'POST', deadlineMs: 30_000, hint })
      const { status, body } = await ask(asked)
      // A wrong file is answered with a 500, and trying again would not make it right.
      succeeded(asked, { status: status === 500 ? 422 : status, body })
    },
  }
}
