/** A streaming standby of a test's PostgreSQL, made by a real base backup, gone however the test ends. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import type { TestPostgres } from './postgres.ts'

const run = promisify(execFile)
const VERSIONS = '/usr/lib/postgresql'
export const SLOT = 'test_standby'

/** The end of its standard input is the end of the test. */
const KEEPER = `
( exec "$@" ) </dev/null & server=$!
read -r _
kill -QUIT "$server" 2>/dev/null; wait "$server"
rm -rf -- "$FOLDER"
`

export interface TestStandby {
  /** Directory of its socket; the port is 5432. */
  readonly host: string
  readonly sql: (text: string) => Promise<unknown>
  readonly stop: () => Promise<void>
}

export async function startStandby(primary: TestPostgres): Promise<TestStandby> {
  const versions = (await readdir(VERSIONS)).toSorted((a, b) => Number(a) - Number(b))
  const bin = join(VERSIONS, versions.at(-1) ?? '', 'bin')
  const folder = await mkdtemp('/var/tmp/ops-test-pg-')
  const asPostgres = await dropRoot(folder)
  const data = join(folder, 'data')
  const { host, user } = primary.superuser
  const copy = [
    join(bin, 'pg_basebackup'),
    '-h',
    host,
    '-U',
    user,
    '-D',
    data,
    '-R',
    '-X',
    'stream',
    '-c',
    'fast',
    '-C',
    '-S',
    SLOT,
  ]
  const [command = '', ...rest] = [...asPostgres, ...copy]
  await run(command, rest)
  const server = [
    join(bin, 'postgres'),
    '-D',
    data,
    '-k',
    folder,
    '-c',
    'listen_addresses=',
    '-F',
    '-c',
    'wal_retrieve_retry_interval=200ms',
  ]
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', ...asPostgres, ...server], {
    env: { ...process.env, FOLDER: folder },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const ended = once(keeper, 'exit')
  const sql = async (text: string): Promise<unknown> => {
    const client = new pg.Client({ host: folder, port: 5432, user, database: 'postgres' })
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }
  for (let tries = 0; tries < 150; tries += 1) {
    const answers = await sql('select 1').then(
      () => true,
      () => false,
    )
    if (answers) break
    await sleep(100)
  }
  keeper.unref()
  return {
    host: folder,
    sql,
    async stop() {
      keeper.ref()
      keeper.stdin.end()
      await ended
    },
  }
}

async function dropRoot(folder: string): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return []
  const numbers = await Promise.all(
    ['-u', '-g'].map(async flag => Number((await run('id', [flag, 'postgres'])).stdout)),
  )
  const [user = 0, group = 0] = numbers
  await chown(folder, user, group)
  return ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', '--']
}
