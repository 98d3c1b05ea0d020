/** Requests that are signed for us and meant for another app: silence in the chat, and a line for whoever runs ops. */
import type { SlackPlaces } from '../../domain/team/team.ts'
import type { DoorLog } from './door.ts'
import type { Sender } from './payloads.ts'

/** Everybody who presses something would otherwise fill the log. */
const ONE_LINE_MS = 60_000

export interface Foreigners {
  note(sender: Sender, ours: Pick<SlackPlaces, 'appId'>): void
  /** Id of the app of the last one; null before any. */
  last(): string | null
}

export function noteForeigners(log: Pick<DoorLog, 'warn'>, clock = () => performance.now()): Foreigners {
  let last: string | null = null
  let quietUntil = Number.NEGATIVE_INFINITY
  return {
    note({ appId, teamId }, ours) {
      last = appId
      if (clock() < quietUntil) return
      quietUntil = clock() + ONE_LINE_MS
      const hint = 'If that is the app of ops, correct team.slack.appId in the estate file.'
      log.warn({ appId, teamId, expected: ours.appId, hint }, 'a request of another app was not heard')
    },
    last: () => last,
  }
}
