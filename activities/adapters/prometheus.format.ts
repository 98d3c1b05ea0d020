/** Queries as Prometheus itself spells them: the only way to tell whether two are the same. */
import { z } from 'zod'
import { OpsError } from '../../domain/failures.ts'
import { ask, type Question, succeeded } from './http-json.ts'

const Formatted = z.object({ data: z.string() })

/** Asks for each query once. Throws OpsError: host when Prometheus is not there, tool for what it does not understand. */
export function createFormat(baseUrl: string): (query: string) => Promise<string> {
  const known = new Map<string, string>()
  return async query => {
    const found = known.get(query)
    if (found !== undefined) return found
    const path = `api/v1/format_query?query=${encodeURIComponent(query)}`
    const asked: Question = {
      of: 'Prometheus',
      url: new URL(path, baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`).href,
      hint: 'Does Prometheus (2.38 or newer) run, and is OPS_PROMETHEUS_URL its address?',
    }
    const formatted = Formatted.safeParse(succeeded(asked, await ask(asked)))
    if (!formatted.success) {
      const hint = 'Is something else at OPS_PROMETHEUS_URL?'
      throw new OpsError({ owner: 'tool', message: 'Prometheus answered no formatted query', hint })
    }
    known.set(query, formatted.data.data)
    return formatted.data.data
  }
}
