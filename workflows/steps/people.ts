/** The people of the estate, as fresh as the moment needs and never later than a person can wait. */
import { TemporalFailure } from '@temporalio/common'
import { isCancellation, log, sleep } from '@temporalio/workflow'
import type { Team } from '../../domain/team/team.ts'
import { onControlPlane } from '../proxies.ts'

export interface TeamReading {
  readonly team: Team
  /** ISO time at which it was read. */
  readonly at: string
}

export interface People {
  team(): Team
  reading(): TeamReading
  /** Reads again what is older than this. An estate file that cannot be read now leaves what was read before. */
  refresh(maxAgeMs: number): Promise<void>
}

/** Waits until they could be read once: without people there is nobody to page. */
export async function knowPeople(earlier: TeamReading | null): Promise<People> {
  let reading = earlier ?? (await readAtLast())
  return {
    team: () => reading.team,
    reading: () => reading,
    async refresh(maxAgeMs) {
      if (Date.now() - Date.parse(reading.at) <= maxAgeMs) return
      try {
        reading = await read('glance')
      } catch (error) {
        rethrowUnlessFailed(error)
        log.warn('the people could not be read again', { error })
      }
    },
  }
}

async function readAtLast(): Promise<TeamReading> {
  for (;;) {
    try {
      return await read('briefly')
    } catch (error) {
      rethrowUnlessFailed(error)
      await sleep('10 seconds', { summary: 'then read the people again' })
    }
  }
}

async function read(patience: 'glance' | 'briefly'): Promise<TeamReading> {
  const team = await onControlPlane(patience, 'Read who is who and who is on call').readTeam()
  return { team, at: new Date().toISOString() }
}

function rethrowUnlessFailed(error: unknown): void {
  if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
}
