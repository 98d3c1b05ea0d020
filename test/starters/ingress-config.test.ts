/** What the ingress makes of its environment, where the process alone does not show it. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readIngressConfig } from '../../starters/ingress-config.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function config(context: TestContext, environment: Readonly<Record<string, string>>) {
  const token = join(await temporaryFolder(context), 'token')
  await writeFile(token, 'alerts-token\n')
  return readIngressConfig({ OPS_ESTATE: '/estate.yaml', OPS_ALERTS_TOKEN_FILE: token, ...environment })
}

test('the doctor of the chat knows where this process answers', async context => {
  for (const [environment, expected] of [
    [{}, 'http://127.0.0.1:9510'],
    [{ OPS_HTTP: '10.99.1.1:9510' }, 'http://10.99.1.1:9510'],
    [{ OPS_HTTP: '0.0.0.0:9510' }, 'http://127.0.0.1:9510'],
    [{ OPS_HTTP: '0.0.0.0:9510', OPS_INGRESS_HTTP: 'http://ingress.internal' }, 'http://ingress.internal'],
    [{ OPS_INGRESS_HTTP: '' }, 'http://127.0.0.1:9510'],
  ] as const) {
    assert.equal((await config(context, environment)).self, expected)
  }
})

test('a word that is no level of the log is refused, and a level is used', async context => {
  assert.equal((await config(context, { OPS_LOG_LEVEL: 'warn' })).logLevel, 'warn')
  await assert.rejects(config(context, { OPS_LOG_LEVEL: 'loud' }), /OPS_LOG_LEVEL/)
})

test('an address of its own that is none is refused', async context => {
  await assert.rejects(config(context, { OPS_INGRESS_HTTP: 'ingress:9510' }), /OPS_INGRESS_HTTP/)
})
