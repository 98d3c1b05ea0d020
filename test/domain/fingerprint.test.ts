/** Errors that are the same must look the same, and different ones different (T32). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fingerprint, mask } from '../../domain/fingerprint.ts'
import { createRecordParser } from '../../domain/log-record.ts'

const parse = createRecordParser()
const of = (line: string): string => {
  const record = parse(`2026-11-23T04:02:02.856Z ERROR ${line}`)
  assert.ok(record !== null)
  return fingerprint(record)
}

describe('mask', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['session ses_df96e963affe9zNkxQIM9LUPH6 lost', 'session ses_<id> lost'],
    ['id 550e8400-e29b-41d4-a716-446655440000', 'id <uuid>'],
    ['at 0x7ffe12 commit a85284d0f3', 'at <hex> commit <hex>'],
    ['took 12.5 ms on port 3000', 'took <n> ms on port <n>'],
    ['no file "/tmp/a b" here', 'no file "…" here'],
    ["can't find 'x' or `y`", `can't find "…" or "…"`],
    ['decade facade tool_call session_opened', 'decade facade tool_call session_opened'],
  ]
  for (const [text, expected] of cases) it(text, () => assert.equal(mask(text), expected))

  it('takes secrets out before it cuts', () => {
    // Quoted text becomes short, so that what stands far behind is still shown.
    const far = `"${'x'.repeat(480)}" "${'x'.repeat(480)}" at`
    for (let length = 0; length < 32; length += 1)
      assert.doesNotMatch(mask(`${far}${' '.repeat(length)}ghp_correct0horse0battery1`), /corr/)
  })

  it('is bounded', () => assert.ok(mask('x '.repeat(10_000)).length <= 160))
})

describe('fingerprint', () => {
  it('ignores ids, numbers and durations', () => {
    const one = of('nope conn=6 code=-32601 error="\\"Method not found\\": nope" duration=12.5')
    assert.equal(of('nope conn=7 code=-32601 error="\\"Method gone\\": nope" duration=99'), one)
    assert.equal(one, 'nope code=-32601: "…": nope')
  })

  it('tells kinds of failure apart', () => {
    assert.notEqual(of('session/new conn=1 code=-32603 error=busy'), of('session/new conn=1 code=-32602 error=busy'))
    assert.notEqual(of('agent_exit pid=1 signal=SIGKILL'), of('agent_exit pid=1 signal=SIGTERM'))
    assert.notEqual(of('session/new error=busy'), of('session/load error=busy'))
  })

  it('takes the message of OpenCode, whatever its fields say', () => {
    const record = parse(
      'timestamp=2026-11-23T04:02:02.856Z level=ERROR run=1a message="tool 7 failed" error="Error: x"',
    )
    assert.equal(record === null ? null : fingerprint(record), 'tool <n> failed')
  })

  it('carries no secret', () => {
    assert.doesNotMatch(of('boot error="login password=hunter at postgres://u:planted@h/x"'), /hunter|planted/)
    assert.doesNotMatch(of(`leak of sk-ant-api03-${'abcd'.repeat(8)} seen`), /abcd/)
  })
})
