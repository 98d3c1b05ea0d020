/**
 * The ledger's five tables and the rights on them. Everything that is queried is GENERATED from `body`, the text that is
 * hashed, so that no column can say something else than the chain proves.
 */

import type { MigrationBuilder } from 'node-pg-migrate'
import { escapeIdentifier } from 'pg'
import { type AppendOnlyTable, createTable, instant, local, text } from '../append-only-table.ts'

export interface MigrationParameters {
  /** Login role of the workers and doors: reads and inserts, nothing else. */
  readonly applicationRole: string
}

// `text::timestamptz` and `text::date` depend on session settings for loose texts only; the pattern admits none of those,
// which is what makes the promise IMMUTABLE true.
const FUNCTIONS = `
CREATE FUNCTION ledger.instant(iso text) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
BEGIN
  IF iso !~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d:?\\d\\d)$' THEN
    RAISE EXCEPTION 'not an ISO time with its zone' USING ERRCODE = 'invalid_datetime_format';
  END IF;
  RETURN iso::timestamptz;
END $body$;

CREATE FUNCTION ledger.local_day(iso text) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
BEGIN
  IF iso !~ '^\\d{4}-\\d\\d-\\d\\d$' THEN
    RAISE EXCEPTION 'not a day like 2026-11-23' USING ERRCODE = 'invalid_datetime_format';
  END IF;
  RETURN iso::date;
END $body$;

CREATE FUNCTION ledger.names(list jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT entry ->> 'name' FROM jsonb_array_elements(list) AS entry);

CREATE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'Append a row that corrects the earlier one.';
END $body$;
`

const RUN = [text('workflow_id', 'workflowId'), text('run_id', 'runId')]

const TABLES: Readonly<Record<string, AppendOnlyTable>> = {
  runs: {
    columns: [
      ...RUN,
      text('procedure', 'procedure'),
      text('target', 'target'),
      instant('nominal_time', 'nominalTime'),
      local('day', 'day'),
      text('status', 'status'),
      text('verdict', 'verdict'),
      { name: 'limited_to', type: 'text', source: `body::jsonb ->> 'only'`, optional: true },
      { name: 'targets', type: 'text[]', source: `ledger.names(body::jsonb -> 'targets')` },
    ],
    indexes: ['(procedure, nominal_time DESC)', '(nominal_time DESC)', '(workflow_id)'],
  },
  findings: {
    columns: [
      ...RUN,
      text('target', 'target'),
      text('finding', 'id'),
      text('verdict', 'verdict'),
      instant('nominal_time', 'nominalTime'),
    ],
    indexes: ['(run_id, target)', '(target, finding, nominal_time DESC)'],
  },
  measurements: {
    columns: [
      ...RUN,
      text('procedure', 'procedure'),
      text('target', 'target'),
      text('metric', 'metric'),
      instant('nominal_time', 'nominalTime'),
      local('day', 'day'),
      { name: 'value', type: 'double precision', source: `(body::jsonb ->> 'value')::double precision` },
    ],
    indexes: ['(procedure, target, day)'],
  },
  artefacts: { columns: [...RUN, text('kind', 'kind'), text('sha256', 'sha256')], indexes: ['(run_id)'] },
  events: {
    columns: [text('kind', 'kind'), text('target', 'target'), instant('at', 'at')],
    indexes: ['(at DESC)', '(target, kind, at DESC)'],
  },
}

export function up(migration: MigrationBuilder, { applicationRole }: MigrationParameters): void {
  const role = escapeIdentifier(applicationRole)
  migration.sql(FUNCTIONS)
  for (const [name, table] of Object.entries(TABLES)) migration.sql(createTable(name, table, applicationRole))
  migration.sql(`REVOKE ALL ON SCHEMA ledger FROM PUBLIC; GRANT USAGE ON SCHEMA ledger TO ${role};`)
}

/** What is append-only is not torn down by a tool. */
export const down = false
