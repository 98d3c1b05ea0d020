/** A ledger in a test's own PostgreSQL: its roles, its database and its tables, as `ops ledger migrate` makes them. */
import { migrateLedger } from '../../activities/adapters/ledger/migrate.ts'
import type { TestPostgres } from './postgres.ts'

/** The role that inserts and reads is `ops_ledger`. */
export async function createLedger(postgres: TestPostgres, database = 'ledger'): Promise<void> {
  await postgres.sql('CREATE ROLE ops_owner LOGIN')
  await postgres.sql('CREATE ROLE ops_ledger LOGIN')
  await postgres.sql(`CREATE DATABASE ${database} OWNER ops_owner`)
  await migrateLedger(postgres.as('ops_owner', database), { applicationRole: 'ops_ledger' })
}
