/** A PostgreSQL of one's own for a test: real, empty, reachable by a unix socket, and gone however the test ends. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg, { type QueryResultRow } from 'pg'

const run = promisify(execFile)

/** Debian keeps each major version's servers here. */
const VERSIONS = '/usr/lib/postgresql'

/**
 * Waits for the end of its standard input, which comes with the end of the test whatever ends it, then takes
 * everything away. `exec` keeps the server's own process id.
 */
const KEEPER = `
( exec "$@" ) </dev/null & server=$!
read -r _
kill -QUIT "$server" 2>/dev/null; wait "$server"
rm -rf -- "$FOLDER"
`

export interface TestPostgres {
  /** Superuser of the cluster. */
  readonly superuser: { readonly host: string; readonly port: number; readonly user: string; readonly database: string }
  /** The same cluster as somebody else. */
  as(user: string, database: string): { host: string; port: number; user: string; database: string }
  /** One statement as superuser. */
  sql<Row extends QueryResultRow>(text: string, database?: string): Promise<readonly Row[]>
  stop(): Promise<void>
}

export async function startPostgres(): Promise<TestPostgres> {
  const bin = join(VERSIONS, await newestVersion(), 'bin')
  const folder = await mkdtemp('/var/tmp/ops-test-pg-')
  const asPostgres = await dropRoot(folder)
  const data = join(folder, 'data')
  const initdb = [
    join(bin, 'initdb'),
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-sync',
    '--locale=C.UTF-8',
  ]
  const [command = '', ...rest] = [...asPostgres, ...initdb]
  await run(command, rest)

  const server = [join(bin, 'postgres'), '-D', data, '-k', folder, '-c', 'listen_addresses=', '-F']
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', ...asPostgres, ...server], {
    env: { ...process.env, FOLDER: folder },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const ended = once(keeper, 'exit')
  const as = (user: string, database: string) => ({ host: folder, port: 5432, user, database })
  const superuser = as('postgres', 'postgres')

  const sql = async <Row extends QueryResultRow>(text: string, database = 'postgres') => {
    const client = new pg.Client(as('postgres', database))
    await client.connect()
    try {
      return (await client.query<Row>(text)).rows
    } finally {
      await client.end()
    }
  }
  const stop = async () => {
    keeper.ref()
    keeper.stdin.end()
    await ended
  }
  try {
    await waitUntilItAnswers(() => sql('SELECT 1'))
  } catch (error) {
    await stop()
    throw error
  }
  keeper.unref()
  return { superuser, as, sql, stop }
}

async function newestVersion(): Promise<string> {
  const versions = (await readdir(VERSIONS))
    .filter(name => /^\d+$/.test(name))
    .toSorted((a, b) => Number(a) - Number(b))
  const newest = versions.at(-1)
  assert.ok(newest, `no PostgreSQL under ${VERSIONS}: apt-get install postgresql`)
  return newest
}

/** PostgreSQL refuses to run as root. */
async function dropRoot(folder: string): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return []
  const ids = await Promise.all(['-u', '-g'].map(async flag => Number((await run('id', [flag, 'postgres'])).stdout)))
  const [user = 0, group = 0] = ids
  await chown(folder, user, group)
  return ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', '--']
}

async function waitUntilItAnswers(ask: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await ask()
      return
    } catch (error) {
      if (attempt === 150) throw error
      await sleep(100)
    }
  }
}
