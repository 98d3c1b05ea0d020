/** Brings the ledger's schema up to date. Run by whoever owns the database, before anything appends. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OpsError } from '../../../domain/failures.ts'
import type { LedgerConnection } from './connection.ts'
import { ledgerFailure } from './failure.ts'
import type { MigrationParameters } from './migrations/0001_append-only-tables.ts'

const DIRECTORY = join(import.meta.dirname, 'migrations')
/** Everything but `0001_name.ts` (source) and `0001_name.js` (built): maps and declarations are no migrations. */
const NOT_A_MIGRATION = '(?!\\d{4}_[a-z-]+\\.(ts|js)$).*'

type Up = (migration: unknown, parameters: MigrationParameters) => void

/**
 * Applies what is missing, in one transaction; a second call changes nothing, and two at the same time wait for each other.
 * Returns the names of the migrations that it applied.
 */
export async function migrateLedger(
  owner: LedgerConnection,
  parameters: MigrationParameters,
): Promise<readonly string[]> {
  if ((await readdir(DIRECTORY)).every(name => !/^\d{4}_/.test(name))) {
    throw new OpsError({
      owner: 'configuration',
      message: 'the migrations of the ledger are missing from this installation',
      hint: 'Install the package again.',
    })
  }
  // Loaded here, not above: only the one who migrates pays for it.
  const { runner } = await import('node-pg-migrate')
  try {
    const applied = await runner({
      databaseUrl: { connectionTimeoutMillis: 5_000, application_name: 'ops-ledger-migrate', ...owner },
      dir: DIRECTORY,
      ignorePattern: NOT_A_MIGRATION,
      migrationsSchema: 'ledger',
      createMigrationsSchema: true,
      migrationsTable: 'migrations',
      direction: 'up',
      singleTransaction: true,
      advisoryLockMode: 'wait',
      log: () => undefined,
      // Node loads the source and the built file alike; the loader of the library would compile them anew.
      migrationLoaderStrategies: [
        { extensions: ['.ts', '.js'], loader: paths => Promise.all(paths.map(path => load(path, parameters))) },
      ],
    })
    return applied.map(({ name }) => name)
  } catch (cause) {
    throw ledgerFailure(cause)
  }
}

async function load(path: string, parameters: MigrationParameters) {
  const { up, down }: { readonly up: Up; readonly down: false } = await import(pathToFileURL(path).href)
  return { id: path, filePaths: [path], actions: { up: (migration: unknown) => up(migration, parameters), down } }
}
