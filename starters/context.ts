/** What every verb needs, made when it is needed: a verb that asks for nothing loads nothing. */
import type { Estate } from '../domain/estate.ts'
import type { TemporalClient } from './client.ts'
import type { ExitCode } from './exit-codes.ts'
import { personAtDoor } from './person.ts'
import type { Settings } from './settings.ts'
import type { Terminal } from './terminal.ts'

export interface Context {
  readonly terminal: Terminal
  readonly json: boolean
  readonly person: string
  readonly environment: Readonly<Record<string, string | undefined>>
  settings(): Promise<Settings>
  temporal(): Promise<TemporalClient>
  /** The estate of the settings; throws when none is named or it is wrong. */
  estate(): Promise<Estate>
  /** What Temporal answered, as an error that says what to do; other errors as they are. */
  explain(error: unknown): Promise<unknown>
  close(): Promise<void>
}

/** Carries out one command and answers with the exit code. */
export type Verb<C> = (command: C, context: Context) => Promise<ExitCode>

export function createContext(
  terminal: Terminal,
  json: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Context {
  const person = personAtDoor(environment)
  const settings = once(async () => (await import('./settings.ts')).readSettings(environment))
  const temporal = once(async () => (await import('./client.ts')).connect(await settings(), person))
  const estate = once(async () => {
    const [{ readEstate }, { required }] = await Promise.all([
      import('../activities/adapters/estate-file.ts'),
      import('./settings.ts'),
    ])
    return readEstate(required((await settings()).estateFile, 'OPS_ESTATE'))
  })
  let isConnected = false
  return {
    terminal,
    json,
    person,
    environment,
    settings,
    temporal: () => {
      isConnected = true
      return temporal()
    },
    estate,
    explain: async error => {
      if (!isConnected) return error
      const { asTemporalError } = await import('./client.ts')
      return asTemporalError(error, (await temporal()).address) ?? error
    },
    close: async () => {
      if (isConnected)
        await temporal()
          .then(client => client.close())
          .catch(() => undefined)
    },
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
