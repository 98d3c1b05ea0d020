/** `ops ledger`: proves, lists, migrates and extends the append-only record. */
import { randomUUID } from 'node:crypto'
import { migrateLedger } from '../../activities/adapters/ledger/migrate.ts'
import { toSecond } from '../../domain/clock.ts'
import type { LedgerCommand } from '../../domain/commands.ts'
import { OpsError } from '../../domain/failures.ts'
import { incidentName } from '../../domain/incident/incident.ts'
import type { ChainHead, DecisionRow, EventRow } from '../../domain/ledger.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { readSecretFile, withLedger } from '../ledger-access.ts'
import { type RecordedHead, recordedHead } from '../recorded-head.ts'
import { required } from '../settings.ts'
import { table, verdictMark } from '../terminal.ts'

const MOST = 100

export async function ledger(command: LedgerCommand, context: Context): Promise<ExitCode> {
  switch (command.action) {
    case 'verify':
      return verify(command.head, context)
    case 'list':
      return list(command.sinceMs, context)
    case 'migrate':
      return migrate(context)
    case 'note':
      return note(command, context)
  }
}

/** A chain proves itself up to its last row only: that no row was cut off behind it, a head on record elsewhere proves. */
async function verify(given: ChainHead | null, { terminal, json, settings }: Context): Promise<ExitCode> {
  const known = await settings()
  const expected = given === null ? await newestHead(known.artefacts) : { ...given, source: '--head' }
  const check = await withLedger(known, open => open.verify(expected ?? undefined))
  if (json) terminal.json({ ...check, comparedWith: expected })
  else if (check.kind === 'whole') {
    terminal.say(`${verdictMark(terminal, 'ok')} ${check.rows} rows, head ${check.head.sequence} ${check.head.hash}`)
  } else {
    const { table: name, sequence, key, what } = check.broken
    terminal.say(
      `${verdictMark(terminal, 'fail')} row ${sequence}${name === null ? '' : ` in ${name}`}${key === null ? '' : ` (${key})`}: ${what}`,
    )
    if (expected !== null && name === null) {
      terminal.say(`          missing: rows ${sequence} to ${expected.sequence} at least`)
    }
    terminal.say('          Keep the database as it is, compare with the reports, and tell its owner.')
  }
  if (!json) terminal.say(`          ${comparison(expected)}`)
  return check.kind === 'whole' ? 0 : 2
}

async function newestHead(artefacts: string | null): Promise<RecordedHead | null> {
  return artefacts === null ? null : await recordedHead(artefacts)
}

function comparison(expected: RecordedHead | null): string {
  if (expected !== null) return `compared with head ${expected.sequence} ${expected.hash}: ${expected.source}`
  return 'compared with no head: there is no report in OPS_ARTEFACTS and no --head, so a cut tail would not show'
}

async function list(sinceMs: number | null, { terminal, json, settings }: Context): Promise<ExitCode> {
  const since = sinceMs === null ? {} : { since: new Date(Date.now() - sinceMs).toISOString() }
  const { runs, events, incidents, decisions } = await withLedger(await settings(), async open => ({
    incidents: await open.listEntries({ limit: MOST, ...since }),
    decisions: await open.listDecisions({ limit: MOST, ...since }),
    runs: await open.listRuns({ limit: MOST, ...since }),
    events: await open.listEvents({ limit: MOST, ...since }),
  }))
  if (json) terminal.json({ runs, events, incidents, decisions })
  else {
    const rows = [
      ...runs.map(run => ({
        at: run.nominalTime,
        cells: [verdictMark(terminal, run.verdict), run.workflowId, run.status],
      })),
      ...events.map(event => ({ at: event.at, cells: [event.kind, event.target, `${event.reason} (${event.by})`] })),
      ...incidents.map(row => ({
        at: row.at,
        cells: [row.kind, incidentName(row.number), `${row.text} (${row.person ?? row.door})`],
      })),
      ...decisions.map(row => ({
        at: row.at,
        cells: [decisionWord(row), row.approvalId, `${row.text} (${row.person}, ${row.door})`],
      })),
    ].toSorted((a, b) => b.at.localeCompare(a.at))
    for (const line of table(rows.map(({ at, cells }) => [toSecond(at), ...cells]))) terminal.say(line)
    if (rows.length === 0) terminal.say('no rows')
  }
  return 0
}

function decisionWord({ kind, verdict, counted }: DecisionRow): string {
  if (kind === 'request') return counted ? kind : `${kind}, refused`
  if (kind !== 'attempt') return kind
  return counted ? verdict : `${verdict}, refused`
}

async function migrate({ terminal, json, settings }: Context): Promise<ExitCode> {
  const { ledgerOwnerUrlFile, ledgerUrlFile } = await settings()
  const owner = await readSecretFile(required(ledgerOwnerUrlFile, 'OPS_LEDGER_OWNER_URL_FILE'))
  const applicationRole = roleOf(await readSecretFile(required(ledgerUrlFile, 'OPS_LEDGER_URL_FILE')))
  const applied = await migrateLedger({ connectionString: owner }, { applicationRole })
  if (json) terminal.json({ applied })
  else terminal.say(applied.length === 0 ? 'the ledger is up to date' : `applied ${applied.join(', ')}`)
  return 0
}

/** The role that the tables are granted to is the one that the application logs in as. */
function roleOf(url: string): string {
  const role = URL.canParse(url) ? decodeURIComponent(new URL(url).username) : ''
  if (role !== '') return role
  throw new OpsError({
    owner: 'configuration',
    message: 'the URL in OPS_LEDGER_URL_FILE names no role',
    hint: 'Write postgres://role@host:port/database: the tables are granted to that role.',
  })
}

async function note(command: Extract<LedgerCommand, { action: 'note' }>, context: Context): Promise<ExitCode> {
  const { kind, target, reason } = command
  const event: EventRow = { id: randomUUID(), kind, target, at: new Date().toISOString(), reason, by: context.person }
  const { sequence } = await withLedger(await context.settings(), open => open.note(event))
  if (context.json) context.terminal.json(event)
  else context.terminal.say(`noted as row ${sequence}: ${kind} of ${target}, ${reason}`)
  return 0
}
