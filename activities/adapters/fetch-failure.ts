/** Why a fetch failed, in a few words for a message; fetch itself only says "fetch failed". */
import { redact } from '../../domain/redact.ts'

export function fetchFailure(cause: unknown, deadlineMs: number): string {
  if (!(cause instanceof Error)) return redact(String(cause))
  if (cause.name === 'TimeoutError') return `no answer within ${deadlineMs / 1_000} s`
  const inner = cause.cause
  if (!(inner instanceof Error)) return redact(cause.message)
  return 'code' in inner && typeof inner.code === 'string' ? inner.code : redact(inner.message)
}
