/** The database behind the service: stopped, and with a broken stream. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, find, healthCheck, inHost, sqlOn, untilStreaming } from '../support/live.ts'

test('PostgreSQL stopped on the standby', async () => {
  await inHost('beta', 'systemctl stop postgresql-opencode')
  const result = await healthCheck('only=database')
  await inHost('beta', 'systemctl start postgresql-opencode')
  assert.equal(result.code, 2)
  assert.equal(find(result, 'beta', 'database.reachable').verdict, 'fail')
  assert.equal(find(result, 'alpha', 'database.replication').verdict, 'warn')
  await untilStreaming()
})

test('replication broken: the standby fails, the primary warns', async () => {
  await sqlOn('alpha', 'alter role replicator nologin')
  await sqlOn('alpha', 'select pg_terminate_backend(pid) from pg_stat_replication')
  const result = await eventually('the broken stream being seen', async () => {
    const seen = await healthCheck('only=database')
    return seen.code === 2 ? seen : undefined
  })
  await sqlOn('alpha', 'alter role replicator login')
  assert.equal(find(result, 'beta', 'database.replication').verdict, 'fail')
  assert.equal(find(result, 'alpha', 'database.replication').verdict, 'warn')
  await untilStreaming()
})

test('put right, both are ok', async () => {
  const result = await eventually('a healthy pair', async () => {
    const seen = await healthCheck('only=database')
    return seen.code === 0 ? seen : undefined
  })
  assert.equal(find(result, 'beta', 'database.role').verdict, 'ok')
})
