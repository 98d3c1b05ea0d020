/** Reads gauges from a Prometheus text endpoint. */
import { OpsError } from '../../domain/failures.ts'
import { redact } from '../../domain/redact.ts'
import { fetchFailure } from './fetch-failure.ts'

const MAX_BYTES = 4_194_304
const DEADLINE_MS = 5_000

/** The page as text. Throws OpsError when there is none. */
export async function readMetrics(url: string, signal?: AbortSignal): Promise<string> {
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, deadline]) : deadline })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return await boundedText(response)
  } catch (cause) {
    signal?.throwIfAborted()
    const message = `cannot read the metrics at ${redact(url)}: ${fetchFailure(cause, DEADLINE_MS)}`
    throw new OpsError({ owner: 'host', message, hint: 'Does the service run, and is service.acp.metricsUrl right?' })
  }
}

/** Sum over all series of a metric; null when the page has none. */
export function metricValue(text: string, name: string): number | null {
  let sum: number | null = null
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue
    const match = /^(?:\{.*\})?\s+([^\s]+)(?:\s+\d+)?\s*$/.exec(line.slice(name.length))
    const value = Number(match?.[1] ?? Number.NaN)
    if (Number.isFinite(value)) sum = (sum ?? 0) + value
  }
  return sum
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`longer than ${MAX_BYTES} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}
