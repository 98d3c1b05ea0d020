/** A table of the ledger: columns GENERATED from the hashed text, no update, no delete, one login role that reads and inserts. */
import { escapeIdentifier } from 'pg'

export interface Column {
  readonly name: string
  readonly type: string
  readonly source: string
  readonly optional?: true
}

export const text = (name: string, field: string): Column => ({
  name,
  type: 'text',
  source: `body::jsonb ->> '${field}'`,
})
export const instant = (name: string, field: string): Column => ({
  name,
  type: 'timestamptz',
  source: `ledger.instant(body::jsonb ->> '${field}')`,
})
export const local = (name: string, field: string): Column => ({
  name,
  type: 'date',
  source: `ledger.local_day(body::jsonb ->> '${field}')`,
})

export interface AppendOnlyTable {
  readonly columns: readonly Column[]
  readonly indexes: readonly string[]
}

/** The SQL that makes the table; the functions that it names come with the first migration. */
export function createTable(name: string, { columns, indexes }: AppendOnlyTable, applicationRole: string): string {
  const generated = columns.map(
    ({ name: column, type, source, optional }) =>
      `  ${column} ${type} ${optional ? '' : 'NOT NULL '}GENERATED ALWAYS AS (${source}) STORED`,
  )
  return `
CREATE TABLE ledger.${name} (
  seq bigint PRIMARY KEY CHECK (seq > 0),
  key text NOT NULL UNIQUE,
  body text NOT NULL,
  prev_hash text NOT NULL UNIQUE,
  hash text NOT NULL UNIQUE CHECK (hash ~ '^[0-9a-f]{64}$'),
${generated.join(',\n')}
);
${indexes.map(index => `CREATE INDEX ON ledger.${name} ${index};`).join('\n')}
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.${name}
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse();
GRANT SELECT, INSERT ON ledger.${name} TO ${escapeIdentifier(applicationRole)};
`
}
