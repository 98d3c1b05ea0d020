/** What happened in incidents, and who decided what: one row per entry of a timeline, one per try to decide. */
import type { MigrationBuilder } from 'node-pg-migrate'
import { type AppendOnlyTable, createTable, instant, text } from '../append-only-table.ts'
import type { MigrationParameters } from './0001_append-only-tables.ts'

const TABLES: Readonly<Record<string, AppendOnlyTable>> = {
  incidents: {
    columns: [
      { name: 'number', type: 'integer', source: `(body::jsonb ->> 'number')::integer` },
      text('incident', 'incident'),
      text('kind', 'kind'),
      instant('at', 'at'),
    ],
    indexes: ['(number, seq)', '(incident, seq)', '(kind, at DESC)', '(at DESC)'],
  },
  decisions: {
    columns: [text('approval', 'approvalId'), text('kind', 'kind'), text('person', 'person'), instant('at', 'at')],
    indexes: ['(approval, seq)', '(person, kind, at DESC)', '(at DESC)'],
  },
}

export function up(migration: MigrationBuilder, { applicationRole }: MigrationParameters): void {
  for (const [name, table] of Object.entries(TABLES)) migration.sql(createTable(name, table, applicationRole))
}

/** What is append-only is not torn down by a tool. */
export const down = false
