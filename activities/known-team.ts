/**
 * The people as of now or, while the estate file is broken, as they were when it last was not: whether somebody is rung must
 * not hang on a typo. Never for decisions, which are refused when nobody can say who may take them.
 */
import { OpsError } from '../domain/failures.ts'
import type { Team } from '../domain/team/team.ts'

export interface KnownTeam {
  /** As of now. Throws what reading throws. */
  now(): Promise<Team>
  /** As of now, else as last read, by this process or one before it. Throws what reading throws when they never were. */
  last(): Promise<LastTeam>
  /** The same for what can wait until the file is corrected: then throws OpsError `tool`, which is tried again. */
  lastOrLater(): Promise<LastTeam>
}

export interface LastTeam {
  readonly team: Team
  /** Why it is not of now, in one line; null when it is. */
  readonly trouble: string | null
}

export interface TeamSource {
  /** As of now. Throws OpsError while the file is broken. */
  readonly readTeam: () => Promise<Team>
  /** As an earlier process last read them; null when none did. */
  readonly readKeptTeam?: () => Promise<Team | null>
  /** Told once of each trouble. */
  readonly report?: (line: string) => void
}

/** Reads once at once: the file may be broken by the time of the first page. */
export function knowTeam({ readTeam, readKeptTeam, report }: TeamSource): KnownTeam {
  let known: Team | null = null
  let told: string | null = null

  async function now(): Promise<Team> {
    const team = await readTeam()
    known = team
    told = null
    return team
  }

  void now().catch(() => {
    // Whoever needs the people says what is wrong.
  })

  async function last(): Promise<LastTeam> {
    try {
      return { team: await now(), trouble: null }
    } catch (error) {
      if (!(error instanceof OpsError)) throw error
      const trouble = troubleOf(error)
      known ??= (await readKeptTeam?.()) ?? null
      const people = known === null ? 'nobody is known' : 'people are those known before'
      if (told !== trouble) report?.(`${trouble}; ${people}`)
      told = trouble
      if (known === null) throw error
      return { team: known, trouble }
    }
  }

  return {
    now,
    last,
    async lastOrLater() {
      try {
        return await last()
      } catch (error) {
        if (!(error instanceof OpsError)) throw error
        throw new OpsError({ owner: 'tool', message: troubleOf(error), hint: error.hint }, { cause: error })
      }
    },
  }
}

/** The further lines list every mistake, as `ops estate check` does. */
export function troubleOf({ message }: OpsError): string {
  return message.split('\n', 1)[0] ?? message
}
