/** The database behind the service, as it describes itself. */
import { cancellationSignal } from '@temporalio/activity'
import type { Database } from '../domain/estate.ts'
import type { DatabaseFacts } from '../domain/facts.ts'
import type { Observed } from '../domain/observed.ts'
import { observe } from './observe.ts'

export interface DatabasePorts {
  readonly inspect: (database: Database, signal: AbortSignal) => Promise<DatabaseFacts>
}

export function createDatabaseActivities({ inspect }: DatabasePorts) {
  return {
    /** A read: repeating it asks again. */
    async inspectDatabase({ database }: { readonly database: Database }): Promise<Observed<DatabaseFacts>> {
      const signal = cancellationSignal()
      return await observe(() => inspect(database, signal))
    },
  }
}
