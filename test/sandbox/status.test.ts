import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showStatus, stateOf } from '../../sandbox/status.ts'

const base = { name: 'sandbox', address: '10.99.7.1', folder: '/x' }

test('an estate that is down is one line', () => {
  const answer = { ...base, state: 'down' }
  assert.equal(stateOf(answer), 'down')
  assert.deepEqual(showStatus(answer), ['estate sandbox: down, 10.99.7.1, /x'])
})

test('a host that is off and a pulled cable can be seen', () => {
  const hosts = [
    { name: 'alpha', address: '10.99.7.11', state: 'up', link: 'down' },
    { name: 'beta', address: '10.99.7.12', state: 'off', link: null },
  ]
  const services = [{ name: 'postgres', state: 'down', pid: null, log: '/x/postgres.log' }]
  const lines = showStatus({ ...base, state: 'up', hosts, services })
  assert.match(lines[1] ?? '', /alpha +up +10\.99\.7\.11, link down/)
  assert.match(lines[2] ?? '', /beta +off/)
  assert.match(lines[3] ?? '', /postgres +down$/)
})
