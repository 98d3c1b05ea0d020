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

test('a signing secret that was cut opens no door', async context => {
  const folder = await temporaryFolder(context)
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  const slack = async (secrets: string) => ({
    OPS_SLACK_SIGNING_SECRET_FILE: await file('signing', secrets),
    OPS_SLACK_TOKEN_FILE: await file('token', 'xoxb-1'),
    OPS_SLACK_DOOR_KEY_FILE: await file('key', 'pem'),
  })
  const whole = 'a-signing-secret-of-the-tests'
  assert.deepEqual((await config(context, await slack(`${whole}\n`))).slack?.signingSecrets, [whole])
  for (const secrets of ['short', `${whole}\nshort\n`]) {
    await assert.rejects(config(context, await slack(secrets)), (error: Error) => {
      assert.match(error.message, /signing secret in .* is too short/)
      assert.doesNotMatch(error.message, /short\n|tests/)
      return true
    })
  }
  await assert.rejects(config(context, await slack('\n')), /is empty/)
})

test('a word that is no level of the log is refused, and a level is used', async context => {
  assert.equal((await config(context, { OPS_LOG_LEVEL: 'warn' })).logLevel, 'warn')
  await assert.rejects(config(context, { OPS_LOG_LEVEL: 'loud' }), /OPS_LOG_LEVEL/)
})

test('an address of its own that is none is refused', async context => {
  await assert.rejects(config(context, { OPS_INGRESS_HTTP: 'ingress:9510' }), /OPS_INGRESS_HTTP/)
})
