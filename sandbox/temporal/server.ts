/** What is started for each kind of Temporal server on the estate's address: the server itself and its UI. */
import { join } from 'node:path'
import type { EstatePlan } from '../estate/name.ts'
import { pathsOf, ports } from '../estate/paths.ts'
import type { ChildSpec } from '../estate/processes.ts'
import { secret } from '../estate/secrets.ts'
import { attempt, run } from '../estate/shell.ts'
import type { TemporalBinaries } from './build.ts'
import { writeFilled } from './templates.ts'

/** Configuration and database schema of the pinned server; safe to repeat, and brings an older schema up to date. */
export async function preparePinned(plan: EstatePlan, binaries: TemporalBinaries): Promise<void> {
  const paths = pathsOf(plan)
  const password = secret(paths.secrets, 'temporal-password')
  const values = {
    IP: plan.address,
    DIR: paths.temporal,
    PG_HOST: plan.address,
    PG_PORT: String(ports.postgres),
    PG_USER: 'temporal',
    PG_PASSWORD: password,
  }
  for (const template of ['server-postgres.yaml', 'dynamic.yaml', 'ui.yaml']) {
    writeFilled(plan.checkout, template, paths.temporal, values)
  }
  await Promise.all([
    updateSchema(plan, binaries, 'temporal', 'temporal', password),
    updateSchema(plan, binaries, 'temporal_visibility', 'visibility', password),
  ])
}

async function updateSchema(
  plan: EstatePlan,
  binaries: TemporalBinaries,
  database: string,
  schema: string,
  password: string,
): Promise<void> {
  const target = [
    '--plugin',
    'postgres12',
    '--ep',
    plan.address,
    '-p',
    String(ports.postgres),
    '-u',
    'temporal',
    '--db',
    database,
  ]
  const env = { SQL_PASSWORD: password }
  const update = [...target, 'update-schema', '--schema-name', `postgresql/v12/${schema}`]
  const updated = await attempt(binaries.sqlTool, update, { env, cwd: '/' })
  if (updated.ok) return
  // A new database has no version to update from.
  await run(binaries.sqlTool, [...target, 'setup-schema', '-v', '0.0'], { env, cwd: '/' })
  await run(binaries.sqlTool, update, { env, cwd: '/' })
}

export function pinnedSpecs(plan: EstatePlan, binaries: TemporalBinaries): readonly [ChildSpec, ChildSpec] {
  const folder = pathsOf(plan).temporal
  return [
    {
      name: 'temporal-server',
      command: binaries.server,
      args: ['--config-file', join(folder, 'server-postgres.yaml'), '--allow-no-auth', 'start'],
    },
    { name: 'temporal-ui', command: binaries.ui, args: ['--root', folder, '--config', '.', '--env', 'ui', 'start'] },
  ]
}

/** The CLI's development server: its own SQLite file, its UI in the same process. */
export function commandSpec(plan: EstatePlan, path: string): ChildSpec {
  const folder = pathsOf(plan).temporal
  const address = ['--ip', plan.address, '--port', String(ports.temporal), '--ui-port', String(ports.ui)]
  const store = ['--db-filename', join(folder, 'dev-server.db'), '--sqlite-pragma', 'journal_mode=WAL']
  const features = ['--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true']
  return {
    name: 'temporal-server',
    command: path,
    args: ['server', 'start-dev', ...address, ...store, ...features, '--log-level', 'warn', '--log-format', 'json'],
  }
}
