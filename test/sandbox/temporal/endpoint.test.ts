import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadClientConfigProfile } from '@temporalio/envconfig'
import { nameEstate } from '../../../sandbox/estate/name.ts'
import { endpointOf, splitAddress } from '../../../sandbox/temporal/endpoint.ts'
import { fill } from '../../../sandbox/temporal/templates.ts'

const plan = nameEstate('sandbox', '/srv/ops')
const given = (variables: Record<string, string>) => {
  const profile = loadClientConfigProfile({ overrideEnvVars: variables, disableFile: true })
  return endpointOf(plan, { kind: 'given', address: profile.address ?? '', profile })
}

test('our own server stands on the bridge, for the hosts as for us', () => {
  const endpoint = endpointOf(plan, { kind: 'command', path: 'temporal', from: 'PATH' })
  assert.equal(endpoint.address, `${plan.address}:7233`)
  assert.equal(endpoint.onHosts.environment.TEMPORAL_ADDRESS, `${plan.address}:7233`)
  assert.equal(endpoint.relayTo, undefined)
})

test('a given server is relayed to the hosts', () => {
  const endpoint = given({ TEMPORAL_ADDRESS: '127.0.0.1:7233' })
  assert.deepEqual(endpoint.relayTo, { host: '127.0.0.1', port: 7233 })
  assert.deepEqual(endpoint.onHosts.environment, {
    TEMPORAL_ADDRESS: `${plan.address}:7233`,
    TEMPORAL_NAMESPACE: 'ops',
  })
})

test('through the relay TLS still asks for the real server', () => {
  const { environment, files } = given({
    TEMPORAL_ADDRESS: 'team.a2dd6.tmprl.cloud:7233',
    TEMPORAL_NAMESPACE: 'team.a2dd6',
    TEMPORAL_API_KEY: 'k',
    TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'PEM',
  }).onHosts
  assert.equal(environment.TEMPORAL_TLS, 'true')
  assert.equal(environment.TEMPORAL_TLS_SERVER_NAME, 'team.a2dd6.tmprl.cloud')
  assert.equal(environment.TEMPORAL_API_KEY, 'k')
  assert.equal(environment.TEMPORAL_TLS_SERVER_CA_CERT_PATH, '/etc/opencode-acp-ops/temporal-ca.pem')
  assert.deepEqual(files, { 'temporal-ca.pem': 'PEM' })
})

test('a server name that was given is kept', () => {
  const variables = {
    TEMPORAL_ADDRESS: '10.0.0.5:7233',
    TEMPORAL_TLS: 'true',
    TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
  }
  assert.equal(given(variables).onHosts.environment.TEMPORAL_TLS_SERVER_NAME, 'temporal.internal')
})

test('addresses are split at the last colon', () => {
  assert.deepEqual(splitAddress('[::1]:7233'), { host: '::1', port: 7233 })
  assert.deepEqual(splitAddress('temporal.example'), { host: 'temporal.example', port: 7233 })
})

test('a template with a place that has no value is refused', () => {
  assert.equal(fill('a @IP@ b', { IP: '1' }), 'a 1 b')
  assert.throws(() => fill('a @PORT@', { IP: '1' }), /@PORT@/)
})
