/** What the two transports of ACP have in common: what may be asked of them and what they bring back. */
import { redact } from '../../domain/redact.ts'

/** What came back, before anybody judged it: the text, or why there is none. */
export type Exchange =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'nothing'; readonly reason: string }

export interface HandshakeOptions {
  readonly deadlineMs: number
  readonly signal?: AbortSignal
}

/** More than this is no answer to initialize. */
export const MAX_ANSWER_BYTES = 65_536

/** The beginning of foreign text, in one line, fit for a finding. */
export function head(text: string): string {
  return redact(text)
    .slice(0, 400)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 120)
}
