/** What a real PostgreSQL says: alone, as a primary with a standby, as a standby, cut off, refusing, hanging, gone. */
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspectPostgres } from '../../activities/adapters/postgres.ts'
import type { DatabaseFacts, ReplicationFacts } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { SLOT, startStandby, type TestStandby } from '../support/postgres-standby.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let primary: TestPostgres
let standby: TestStandby

before(async () => {
  primary = await startPostgres()
  await primary.sql('create role watcher login')
  await primary.sql('grant pg_monitor to watcher')
  standby = await startStandby(primary)
})
after(async () => {
  await standby?.stop()
  await primary?.stop()
})

const at = (host: string, user = 'watcher') => ({ host, port: 5432, name: 'postgres', user })
const ask = (host: string) => inspectPostgres(at(host))

function reachable(facts: DatabaseFacts) {
  assert.ok(facts.kind === 'reachable', JSON.stringify(facts))
  return facts
}

async function until<Kind extends ReplicationFacts['kind']>(
  host: string,
  kind: Kind,
  condition: (replication: Extract<ReplicationFacts, { kind: Kind }>) => boolean,
): Promise<Extract<ReplicationFacts, { kind: Kind }>> {
  for (let tries = 0; ; tries += 1) {
    const { replication } = reachable(await ask(host))
    const matching = replication as Extract<ReplicationFacts, { kind: Kind }>
    if (replication.kind === kind && condition(matching)) return matching
    assert.ok(tries < 50, JSON.stringify(replication))
    await sleep(200)
  }
}

describe('inspectPostgres', () => {
  it('sees a primary, its standby and its connections', async () => {
    const facts = reachable(await ask(primary.superuser.host))
    assert.match(facts.version, /^\d+\.\d+$/)
    assert.equal(facts.maxConnections, 100)
    assert.ok(facts.connections >= 1)
    const { standbys, inactiveSlots } = await until(
      primary.superuser.host,
      'primary',
      row => row.standbys[0]?.lagBytes === 0,
    )
    assert.deepEqual(
      standbys.map(({ name, state }) => [name, state]),
      [['walreceiver', 'streaming']],
    )
    assert.deepEqual(inactiveSlots, [])
  })

  it('sees a standby that has caught up: no seconds behind, however long ago the last write was', async () => {
    await sleep(1_500)
    const replication = await until(standby.host, 'standby', row => row.streaming && row.lagBytes === 0)
    assert.deepEqual(replication, { kind: 'standby', streaming: true, lagSeconds: 0, lagBytes: 0 })
  })

  it('sees a standby that replays nothing although WAL arrives', async () => {
    // A standby knows the age of its data only after it has replayed a transaction.
    await primary.sql('create table early (id int)')
    await until(standby.host, 'standby', row => row.lagSeconds === 0)
    await standby.sql('select pg_wal_replay_pause()')
    await sleep(1_100)
    await primary.sql('create table late (id int); insert into late select generate_series(1, 10000)')
    const { lagBytes, lagSeconds } = await until(standby.host, 'standby', row => (row.lagBytes ?? 0) > 0)
    assert.ok((lagBytes ?? 0) > 100_000)
    assert.ok((lagSeconds ?? 0) > 1, `${lagSeconds} s`)
    const { standbys } = await until(primary.superuser.host, 'primary', row => (row.standbys[0]?.lagBytes ?? 0) > 0)
    assert.ok((standbys[0]?.lagBytes ?? 0) > 100_000)
    await standby.sql('select pg_wal_replay_resume()')
    await until(standby.host, 'standby', row => row.lagSeconds === 0)
  })

  it('sees a standby that is cut off, and the slot that it left behind', async () => {
    await standby.sql(`alter system set primary_conninfo = 'host=/nowhere'`)
    await standby.sql('select pg_reload_conf()')
    const { streaming } = await until(standby.host, 'standby', row => !row.streaming)
    assert.equal(streaming, false)
    const { standbys } = await until(primary.superuser.host, 'primary', row => row.inactiveSlots.length === 1)
    assert.deepEqual(standbys, [])
    const { replication } = reachable(await ask(primary.superuser.host))
    assert.deepEqual(replication.kind === 'primary' ? replication.inactiveSlots : [], [SLOT])
  })

  it('takes a missing server for a fact', async context => {
    const facts = await ask(await temporaryFolder(context))
    assert.ok(facts.kind === 'unreachable')
    assert.match(facts.reason, /no server listens on the socket/)
    const refused = await inspectPostgres({ ...at('127.0.0.1'), port: 1 })
    assert.deepEqual(refused, { kind: 'unreachable', reason: 'nothing listens at 127.0.0.1:1' })
  })

  it('takes a missing database for a fact', async () => {
    const facts = await inspectPostgres({ ...at(primary.superuser.host), name: 'nowhere' })
    assert.deepEqual(facts, { kind: 'unreachable', reason: 'database "nowhere" does not exist' })
  })

  it('takes a full server for a fact', async () => {
    await primary.sql(`alter role watcher connection limit 0`)
    const facts = await ask(primary.superuser.host)
    await primary.sql(`alter role watcher connection limit -1`)
    assert.ok(facts.kind === 'unreachable')
    assert.match(facts.reason, /too many connections/)
  })

  it('takes a role that may not log in for a problem of permission', async () => {
    await assert.rejects(inspectPostgres(at(primary.superuser.host, 'nobody_there')), (error: unknown) => {
      assert.ok(error instanceof OpsError)
      assert.equal(error.owner, 'permission')
      assert.match(error.hint, /pg_monitor/)
      return true
    })
  })

  it('does not wait for ever for a server that hangs, and stops at once when cancelled', async context => {
    const folder = await temporaryFolder(context)
    await mkdir(folder, { recursive: true })
    const server = createServer(() => {}).listen(join(folder, '.s.PGSQL.5432'))
    context.after(() => server.close())
    const controller = new AbortController()
    const reason = new Error('cancelled')
    setTimeout(() => controller.abort(reason), 300)
    const [late, cancelled] = await Promise.allSettled([ask(folder), inspectPostgres(at(folder), controller.signal)])
    assert.ok(late.status === 'fulfilled' && late.value.kind === 'unreachable', JSON.stringify(late))
    assert.match(late.value.reason, /no answer .* in time/)
    assert.deepEqual(cancelled, { status: 'rejected', reason })
  })
})
