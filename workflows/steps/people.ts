/** The people of the estate, as fresh as the moment needs and never later than a person can wait. */
import { TemporalFailure } from '@temporalio/common'
import { isCancellation, log, patched, rootCause, sleep } from '@temporalio/workflow'
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
  /** `tell` hears why they could not be read, once until they can be; also of before this call. */
  watch(tell: (why: string) => void): void
}

/** Waits until they could be read once, or are known from before: without people there is nobody to page. */
export async function knowPeople(earlier: TeamReading | null): Promise<People> {
  let trouble: string | null = null
  let tell: (why: string) => void = () => {}
  const failed = (error: unknown): void => {
    // A broken file lists every mistake below its first line.
    const [why = ''] = whyFailed(error).split('\n')
    log.warn('the people could not be read', { error })
    if (trouble === null && patched('unreadable-people-are-told')) tell(why)
    trouble = why
  }
  let reading = earlier ?? (await readAtLast(failed))
  return {
    team: () => reading.team,
    reading: () => reading,
    async refresh(maxAgeMs) {
      if (Date.now() - Date.parse(reading.at) <= maxAgeMs) return
      try {
        reading = await read('glance')
        trouble = null
      } catch (error) {
        failed(error)
      }
    },
    watch(told) {
      tell = told
      if (trouble !== null && patched('unreadable-people-are-told')) told(trouble)
    },
  }
}

/** A broken estate file keeps nobody from being paged whom the control plane knew before. */
async function readAtLast(failed: (error: unknown) => void): Promise<TeamReading> {
  for (;;) {
    try {
      return await read('briefly')
    } catch (error) {
      failed(error)
    }
    try {
      if (patched('open-with-people-known-before')) return await read('briefly', { orLast: true })
    } catch (error) {
      whyFailed(error)
    }
    await sleep('10 seconds', { summary: 'then read the people again' })
  }
}

async function read(patience: 'glance' | 'briefly', request?: { readonly orLast: boolean }): Promise<TeamReading> {
  const team = await onControlPlane(patience, 'Read who is who and who is on call').readTeam(request)
  return { team, at: new Date().toISOString() }
}

/** A cancellation and a mistake of ours are no failures of the outside world. */
function whyFailed(error: unknown): string {
  if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
  return rootCause(error) ?? error.message
}
