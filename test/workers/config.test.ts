/** What a host worker is told by its environment. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OpsError } from '../../domain/failures.ts'
import { readHostConfig } from '../../workers/config.ts'

const ENVIRONMENT = { OPS_HOST: 'alpha', OPS_UPLOAD_URL: 'http://control:9400', OPS_HOST_TOKEN_FILE: '/token' }

const commandOf = (text: string) => readHostConfig({ ...ENVIRONMENT, OPS_ACP_COMMAND: text }).OPS_ACP_COMMAND

describe('the agent of a host', () => {
  test('is none unless the host names one, as a list of words', () => {
    assert.equal(readHostConfig(ENVIRONMENT).OPS_ACP_COMMAND, null)
    assert.deepEqual(commandOf('["/opt/opencode", "acp", "a b"]'), ['/opt/opencode', 'acp', 'a b'])
  })

  for (const text of ['', 'opencode acp', '[]', '[""]', '"opencode"', '[1]', 'null', '{}']) {
    test(`is not ${text === '' ? 'an empty text' : text}`, () => {
      const isRefusal = (error: unknown) =>
        error instanceof OpsError && error.owner === 'configuration' && /OPS_ACP_COMMAND/.test(error.message)
      assert.throws(() => commandOf(text), isRefusal)
    })
  }
})
