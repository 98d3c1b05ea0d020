/** What became of something that a person did, in the words which that person reads. */
import type { Answer, Delivered } from '../delivery.ts'

export interface Outcome {
  readonly ok: boolean
  /** `ok`, `operation_timeout`, `dispatch_failed`, `http_error`, or why it was not sent at all. */
  readonly word: string
  /** What the person reads; empty when all went well. */
  readonly says: string
  /** How long the app took, milliseconds; 0 when nothing was sent. */
  readonly ms: number
}

export const done: Outcome = { ok: true, word: 'ok', says: '', ms: 0 }

/** It never left the person's own screen. */
export function refused(word: string, says: string): Outcome {
  return { ok: false, word, says, ms: 0 }
}

export function outcomeOf({ answer, ms }: Delivered): Outcome {
  const { word, says } = judge(answer)
  return { ok: word === 'ok', word, says, ms }
}

function judge(answer: Answer): { readonly word: string; readonly says: string } {
  switch (answer.kind) {
    case 'timeout':
      return { word: 'operation_timeout', says: 'The app did not answer within 3 seconds (operation_timeout).' }
    case 'unreachable':
      return { word: 'dispatch_failed', says: 'The app could not be reached (dispatch_failed).' }
    case 'answered':
      if (answer.status >= 200 && answer.status < 300) return { word: 'ok', says: '' }
      return { word: 'http_error', says: `This app responded with status code ${answer.status}.` }
  }
}
