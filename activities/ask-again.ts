/** For every client of Temporal: a question that a run refused because it came too early is asked again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { QueryNotRegisteredError, type WorkflowClientInterceptor } from '@temporalio/client'
import { ASKED_EARLY } from '../domain/asked-early.ts'

/** The task that it came before is the next one; only events that come at the same moment can make it early again. */
const TRIES = 10
const PAUSE_MS = 100

export const askAgain: WorkflowClientInterceptor = {
  async query(input, next) {
    for (let tries = 1; ; tries++) {
      try {
        return await next(input)
      } catch (error) {
        if (!isEarly(error) || tries === TRIES) throw error
        await sleep(PAUSE_MS)
      }
    }
  },
}

/** The client takes every failed question for one that nobody knows. */
export function isEarly(error: unknown): boolean {
  return error instanceof QueryNotRegisteredError && error.message.includes(ASKED_EARLY)
}
