// Real PostgreSQL for the usage tests: a primary and a hot standby in a folder, on Unix sockets
// only. PostgreSQL refuses to run as root, so under root everything runs as its own user.
import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SANDBOX } from './harness.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
const OWNER = isRoot ? 'postgres' : userInfo().username

const SETTINGS = `
listen_addresses = ''
fsync = off
shared_buffers = 16MB
max_connections = 20
wal_level = replica
hot_standby = on
`

export type Cluster = Awaited<ReturnType<typeof createPrimary>>

const as = (file: string, args: readonly string[]) =>
  isRoot ? run('runuser', ['-u', OWNER, '--', file, ...args]) : run(file, args)

const binaries = async () => {
  const versions = (await readdir('/usr/lib/postgresql')).sort((a, b) => Number(a) - Number(b))
  return `/usr/lib/postgresql/${versions.at(-1)}/bin`
}

async function makeOwned(path: string): Promise<string> {
  await mkdir(path)
  if (isRoot) await run('chown', [`${OWNER}:`, path])
  return path
}

function control(bin: string, data: string, socket: string) {
  const pgCtl = (...args: readonly string[]) => as(`${bin}/pg_ctl`, ['-D', data, '-w', '-s', ...args])
  return {
    data,
    socket,
    /** What the gateway connects with: its own role, its own user by peer and the map. */
    url: `postgresql://opencode_gateway@/opencode_db?host=${socket}`,
    start: () => pgCtl('-l', join(data, 'server.log'), '-o', `-k ${socket}`, 'start'),
    stop: () => pgCtl('-m', 'immediate', 'stop').catch(() => undefined),
    promote: () => pgCtl('promote'),
    async query(sql: string): Promise<string> {
      const { stdout } = await as('psql', [
        '-h',
        socket,
        '-d',
        'opencode_db',
        '-XAtq',
        '-v',
        'ON_ERROR_STOP=1',
        '-c',
        sql,
      ])
      return stdout.trim()
    },
  }
}

/** A running primary with `opencode_db`, the schema applied twice, and the gateway's peer map. */
export async function createPrimary(folder: string) {
  await chmod(folder, 0o755)
  const bin = await binaries()
  const socket = await makeOwned(join(folder, 'sa'))
  const data = join(await makeOwned(join(folder, 'pa')), 'data')
  await as(`${bin}/initdb`, ['-D', data, '-A', 'peer', '-U', OWNER, '--no-sync', '--data-checksums'])
  await writeFile(join(data, 'postgresql.auto.conf'), SETTINGS)
  await writeFile(
    join(data, 'pg_hba.conf'),
    `local all ${OWNER} peer\nlocal replication ${OWNER} peer\nlocal opencode_db opencode_gateway peer map=opencode\n`,
  )
  await writeFile(join(data, 'pg_ident.conf'), `opencode ${userInfo().username} opencode_gateway\n`)
  const primary = control(bin, data, socket)
  await primary.start()
  await as('createdb', ['-h', socket, 'opencode_db'])
  const apply = () =>
    as('psql', [
      '-h',
      socket,
      '-d',
      'opencode_db',
      '-Xq',
      '-v',
      'ON_ERROR_STOP=1',
      '-f',
      join(SANDBOX, 'gateway/schema.sql'),
    ])
  await apply()
  await apply()
  return primary
}

/** A hot standby of `primary`, caught up when this returns. */
export async function createStandby(folder: string, primary: Cluster): Promise<Cluster> {
  const bin = await binaries()
  const socket = await makeOwned(join(folder, 'sb'))
  const data = join(await makeOwned(join(folder, 'pb')), 'data')
  await as(`${bin}/pg_basebackup`, ['-h', primary.socket, '-D', data, '-c', 'fast', '--no-sync'])
  await writeFile(
    join(data, 'postgresql.auto.conf'),
    `${SETTINGS}primary_conninfo = 'host=${primary.socket} user=${OWNER}'\n`,
  )
  await as('touch', [join(data, 'standby.signal')])
  const standby = control(bin, data, socket)
  await standby.start()
  return standby
}
