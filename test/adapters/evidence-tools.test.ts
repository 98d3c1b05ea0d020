/** What the collectors of an incident read: real processes, sockets, files and tables, and the words of tools that cannot run here. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import pg from 'pg'
import { aptTransactions, readAptHistory } from '../../activities/adapters/apt-history.ts'
import { digestOfText, installText } from '../../activities/adapters/deployed-file.ts'
import { readHostChanges } from '../../activities/adapters/host-changes.ts'
import { readLogOfIncident } from '../../activities/adapters/incident-log.ts'
import { readDatabaseActivity } from '../../activities/adapters/postgres-activity.ts'
import { readVariable } from '../../activities/adapters/process-variable.ts'
import { readHottest } from '../../activities/adapters/processes.ts'
import { readChangedFiles, readGrownFiles, readNpmChanges } from '../../activities/adapters/recent-changes.ts'
import { createReleases } from '../../activities/adapters/releases.ts'
import { portConnections, readConnections } from '../../activities/adapters/sockets.ts'
import { exchangeFiles, previousOf, undoneOf } from '../../activities/adapters/swap-files.ts'
import { unitEvents } from '../../activities/adapters/systemd.events.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const DAY_MS = 86_400_000
const yesterday = () => Date.now() - DAY_MS

describe('processes', () => {
  it('finds the busy one, with its command and without its secrets', async context => {
    const busy = spawn(process.execPath, ['-e', 'for (;;);', '--', '--password', 'planted'], { stdio: 'ignore' })
    context.after(() => busy.kill('SIGKILL'))
    const { processes, hottest } = await readHottest(5)
    const row = hottest.find(({ pid }) => pid === busy.pid)
    assert.ok(row, JSON.stringify(hottest))
    assert.ok(row.cpuPercent > 5 && row.rssBytes > 1_000_000)
    assert.match(row.command, /for \(;;\);.*\[redacted\]/)
    assert.doesNotMatch(JSON.stringify(hottest), /planted/)
    assert.ok(processes >= hottest.length && hottest.length <= 5)
  })

  it('hands out one variable and says null for what is not there', async context => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore', env: { LIMIT: '7', OTHER: 'planted' } })
    context.after(() => child.kill('SIGKILL'))
    assert.equal(await readVariable(child.pid ?? 0, 'LIMIT'), '7')
    assert.equal(await readVariable(child.pid ?? 0, 'IMIT'), null)
    assert.equal(await readVariable(2 ** 22 + 1, 'LIMIT'), null)
  })
})

describe('sockets', () => {
  it('counts the connections to a port by peer', async context => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const arrived: Promise<unknown>[] = []
    const clients = ['127.0.0.1', '127.0.0.1', '127.0.0.7'].map(localAddress => {
      arrived.push(new Promise(resolve => server.once('connection', resolve)))
      return connect({ host: '127.0.0.1', port, localAddress })
    })
    context.after(() => {
      for (const client of clients) client.destroy()
      server.close()
    })
    await Promise.all(clients.map(client => new Promise(resolve => client.once('connect', resolve))))
    for (const found of [await readConnections(port), await readConnections(port)]) {
      assert.deepEqual(found, {
        port,
        isListening: true,
        established: 3,
        timeWait: 0,
        peers: [
          { address: '127.0.0.1', connections: 2 },
          { address: '127.0.0.7', connections: 1 },
        ],
      })
    }
  })

  it('says that nobody listens, and that a missing tool is not an empty answer', async () => {
    assert.deepEqual(await readConnections(1), { port: 1, isListening: false, established: 0, timeWait: 0, peers: [] })
    await assert.rejects(readConnections(1, { env: { PATH: '/nowhere' } }), { name: 'OpsError', owner: 'tool' })
  })

  it('understands both families, and IPv4 on an IPv6 socket', () => {
    const { peers, timeWait } = portConnections(
      3000,
      `ESTAB 0 0 [::ffff:10.0.0.1]:3000 [::ffff:10.0.0.9]:5\nESTAB 0 0 10.0.0.1:3000 10.0.0.9:6\nESTAB 0 0 [fe80::1%eth0]:3000 [fe80::2%eth0]:7\nTIME-WAIT 0 0 10.0.0.1:3000 10.0.0.9:8\n`,
    )
    assert.deepEqual(
      [timeWait, peers.map(({ address, connections }) => `${connections} ${address}`)],
      [1, ['2 10.0.0.9', '1 fe80::2']],
    )
    assert.throws(() => portConnections(1, 'what is this'), { name: 'OpsError', owner: 'tool' })
  })
})

describe('the log of an incident', () => {
  it('is read from file and rotated file; without the time for a day the last hour is what there is', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    const now = Date.now()
    const line = (minutes: number, text: string) => `${new Date(now - minutes * 60_000).toISOString()} ${text}\n`
    await writeFile(`${path}.1.gz`, gzipSync(line(26 * 60, 'INFO old') + line(300, 'ERROR usual code=1')))
    await writeFile(
      path,
      `${line(9, 'ERROR usual code=1')}    at somewhere\n${line(5, 'ERROR fresh code=2 token=planted')}`,
    )
    const source = { kind: 'file', path } as const
    const signal = new AbortController().signal
    const whole = await readLogOfIncident(source, 'x', now, signal)
    assert.deepEqual(
      [whole.compared, whole.errorsLastHour, whole.errorsDayBefore, whole.deltas.map(delta => delta.fingerprint)],
      ['day', 2, 1, ['fresh code=2']],
    )
    assert.match(whole.records.join('\n'), /at somewhere/)
    assert.doesNotMatch(JSON.stringify(whole), /planted/)
    const hurried = await readLogOfIncident(source, 'x', now, signal, 0)
    assert.deepEqual([hurried.compared, hurried.errorsLastHour], ['nothing', 2])
  })

  it('tells a missing and an empty log from a quiet one', async context => {
    const folder = await temporaryFolder(context)
    await writeFile(join(folder, 'empty.log'), '')
    const look = (name: string) =>
      readLogOfIncident({ kind: 'file', path: join(folder, name) }, 'x', Date.now(), new AbortController().signal)
    await assert.rejects(look('none.log'), { name: 'OpsError', message: /there is no log/ })
    await assert.rejects(look('empty.log'), { name: 'OpsError', message: /is empty/ })
  })
})

describe('the history of apt', () => {
  const block = (start: string, rest: string) =>
    `\nStart-Date: ${start}\nCommandline: apt-get -o Token=planted\n${rest}\nEnd-Date: ${start}\n`
  const local = (time: number) => {
    const date = new Date(time - new Date(time).getTimezoneOffset() * 60_000)
    return date.toISOString().replace('T', '  ').slice(0, 20)
  }

  it('names what was installed and upgraded, with both versions', () => {
    const changes = aptTransactions(
      block(
        '2026-11-23  19:56:12',
        'Install: libx:amd64 (1.0, automatic), y:all (2)\nUpgrade: curl:amd64 (7.88.1-10+deb12u5, 7.88.1-10+deb12u8)',
      ),
    )
    assert.deepEqual(
      changes.map(({ what }) => what),
      ['Install: libx 1.0, y 2', 'Upgrade: curl 7.88.1-10+deb12u5 → 7.88.1-10+deb12u8'],
    )
    assert.equal(changes[0]?.at, new Date('2026-11-23T19:56:12').toISOString())
  })

  it('reads the rotated file too and leaves out what is older', async context => {
    const folder = await temporaryFolder(context)
    const now = Date.now()
    await writeFile(join(folder, 'history.log'), block(local(now - 3_600_000), 'Remove: a:amd64 (1)'))
    await writeFile(
      join(folder, 'history.log.1.gz'),
      gzipSync(
        block(local(now - 7_200_000), 'Purge: b:amd64 (1)') + block(local(now - 2 * DAY_MS), 'Purge: c:amd64 (1)'),
      ),
    )
    await writeFile(join(folder, 'term.log'), block(local(now), 'Purge: d:amd64 (1)'))
    const changes = await readAptHistory(yesterday(), folder)
    assert.deepEqual(changes.map(({ what }) => what).toSorted(), ['Purge: b 1', 'Remove: a 1'])
    assert.doesNotMatch(JSON.stringify(changes), /planted/)
    assert.deepEqual(await readAptHistory(yesterday(), join(folder, 'none')), [])
  })
})

describe('changed files', () => {
  it('are those that were written since, a few folders deep', async context => {
    const folder = await temporaryFolder(context)
    await mkdir(join(folder, 'a/b/c/d'), { recursive: true })
    await writeFile(join(folder, 'old.conf'), '')
    await utimes(join(folder, 'old.conf'), 0, 0)
    for (const name of ['new.conf', '.hidden', 'a/b/near.conf', 'a/b/c/far.conf'])
      await writeFile(join(folder, name), '')
    await symlink('/etc/hostname', join(folder, 'link.conf'))
    const changes = await readChangedFiles('configuration', [folder, '/nowhere'], yesterday())
    assert.deepEqual(changes.map(({ what }) => what).toSorted(), [
      join(folder, 'a/b/near.conf'),
      join(folder, 'new.conf'),
    ])
  })

  it('of npm are packages by the change of their inode, for npm chooses the other times', async context => {
    const folder = await temporaryFolder(context)
    for (const name of ['opencode-ai', '@scope/thing']) {
      await mkdir(join(folder, name), { recursive: true })
      const file = join(folder, name, 'package.json')
      await writeFile(file, JSON.stringify({ name, version: '1.2.3' }))
      await utimes(file, 500_000_000, 500_000_000)
    }
    const changes = await readNpmChanges(yesterday(), [folder])
    assert.deepEqual(changes.map(({ what }) => what).toSorted(), ['@scope/thing 1.2.3', 'opencode-ai 1.2.3'])
    assert.deepEqual(await readNpmChanges(Date.now() + 60_000, [folder]), [])
  })

  it('that grow are named by size', async context => {
    const folder = await temporaryFolder(context)
    await writeFile(join(folder, 'small'), 'x')
    await writeFile(join(folder, 'large'), 'x'.repeat(1_000))
    const grown = await readGrownFiles(folder, yesterday(), 1)
    assert.deepEqual(
      grown.map(({ path, bytes }) => [path, bytes]),
      [[join(folder, 'large'), 1_000]],
    )
  })

  it('of a real host are told newest first', async () => {
    const { changes } = await readHostChanges(yesterday(), 'acp', createReleases())
    assert.deepEqual(
      changes,
      changes.toSorted((a, b) => (a.at > b.at ? -1 : 1)),
    )
  })
})

describe('the changes of a host', () => {
  it('are what is in force: a deploy is told as one, what is only kept is not', async context => {
    const folder = await temporaryFolder(context)
    const [etc, units, root] = [join(folder, 'etc'), join(folder, 'units'), join(folder, 'opt')]
    const configuration = join(etc, 'opencode.json')
    await Promise.all([mkdir(etc), mkdir(units), mkdir(join(root, 'releases/1.2.3-ab/bin'), { recursive: true })])
    const releases = createReleases(root, units)
    const places = { apt: join(folder, 'none'), npm: [], configuration: etc, deployed: configuration, units: [units] }
    const read = async () => {
      const { changes, lastDeploy } = await readHostChanges(yesterday(), 'acp', releases, undefined, places)
      return [changes.filter(({ kind }) => kind !== 'boot').map(({ what }) => what), lastDeploy?.kind]
    }
    await writeFile(configuration, '{}')
    await utimes(configuration, 0, 0)
    assert.deepEqual(await read(), [[], undefined])
    await installText(configuration, '{"a": 1}', digestOfText('{}'))
    assert.deepEqual(await read(), [[configuration], 'configuration'])
    await sleep(20)
    await releases.choose('acp', '1.2.3-ab', null)
    assert.deepEqual(await read(), [['opencode-ai 1.2.3-ab', configuration], 'version'])
    await releases.choose('acp', null)
    const before = digestOfText('{}')
    await exchangeFiles(configuration, before, previousOf(configuration), undoneOf(configuration))
    assert.deepEqual(await read(), [[], undefined], 'what was rolled back is no change of this day, and is not offered')
  })
})

describe('a source of changes that cannot be read', () => {
  it('is named, and leaves the others', async context => {
    const folder = await temporaryFolder(context)
    const [apt, configuration] = [join(folder, 'apt'), join(folder, 'opencode.json')]
    await writeFile(apt, 'no folder')
    await writeFile(configuration, '{}')
    const places = { apt, npm: [], configuration: folder, deployed: configuration, units: [] }
    const releases = createReleases(join(folder, 'opt'), folder)
    const { changes, unread } = await readHostChanges(yesterday(), 'acp', releases, undefined, places)
    assert.ok(changes.some(({ what }) => what === configuration))
    assert.deepEqual(unread, ['packages of Debian: the history of apt cannot be read: ENOTDIR'])
  })
})

describe('what systemd did with a unit', () => {
  it('is known by the ids of its messages', () => {
    const entry = (id: string, message: string) =>
      JSON.stringify({ MESSAGE_ID: id, MESSAGE: message, __REALTIME_TIMESTAMP: '1795392000000000' })
    const text = [
      entry('5eb03494b6584870a536b337290809b2', 'Scheduled restart job'),
      entry('fe6faa94e7774663a0da52717891d8ef', 'killed by the OOM killer'),
      JSON.stringify({ MESSAGE: 'Scheduled restart job, says a liar', __REALTIME_TIMESTAMP: '1795392000000000' }),
      'no JSON',
      '',
    ].join('\n')
    assert.deepEqual(
      unitEvents(text).map(({ kind }) => kind),
      ['restart-scheduled', 'out-of-memory', 'other'],
    )
  })
})

describe('the activity of PostgreSQL', () => {
  let postgres: TestPostgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())

  it('shows who waits for whom, and no query', async () => {
    const { host, port, database: name, user } = postgres.superuser
    await postgres.sql('create table busy (id int)')
    const [holder, waiter] = [new pg.Client(postgres.superuser), new pg.Client(postgres.superuser)]
    await holder.connect()
    await waiter.connect()
    await holder.query('begin; lock table busy')
    const waiting = waiter.query("select 'planted' from busy")
    try {
      const look = () => readDatabaseActivity({ host, port, name, user })
      let activity = await look()
      for (let n = 0; n < 50 && activity.blocked.length === 0; n += 1) activity = await look()
      const [blocked] = activity.blocked
      assert.deepEqual([blocked?.relation, blocked?.blockedBy.length], ['busy', 1])
      assert.match(blocked?.lock ?? '', /^relation /)
      assert.ok(activity.groups.some(({ state }) => state === 'idle in transaction'))
      assert.doesNotMatch(JSON.stringify(activity), /planted/)
    } finally {
      await holder.query('rollback')
      await waiting
      await Promise.all([holder.end(), waiter.end()])
    }
  })

  it('is an error and not empty where nobody answers', async () => {
    await assert.rejects(readDatabaseActivity({ host: '/nowhere', port: 1, name: 'x', user: 'x' }), {
      name: 'OpsError',
    })
  })
})
