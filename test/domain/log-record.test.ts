/** Lines of every form that services have written, and lines that only look like records. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { continuesRecord, createRecordParser, durationOf, fieldOf, type LogRecord } from '../../domain/log-record.ts'

const parse = createRecordParser()
const at = Date.UTC(2026, 10, 23, 4, 2, 2, 856)

function record(line: string): LogRecord {
  const parsed = parse(line)
  assert.ok(parsed !== null, line)
  return parsed
}

describe('createRecordParser', () => {
  const events: readonly (readonly [string, LogRecord['level'], string])[] = [
    ['2026-11-23T04:02:02.856Z INFO session/new conn=6 session=ses_1 duration=2164.7', 'info', 'session/new'],
    ['2026-11-23T04:02:02.856Z ERROR agent_exit pid=15317 code=null', 'error', 'agent_exit'],
    ['2026-11-23T04:02:02.856Z WARNING slow', 'warn', 'slow'],
    ['2026-11-23T04:02:02.856Z FATAL words before the first field a=1', 'error', 'words before the first field'],
    ['2026-11-23T04:02:02.856Z INFO', 'info', ''],
    ['2026-11-23T05:02:02.856+01:00 DEBUG zoned a=1', 'debug', 'zoned'],
    ['timestamp=2026-11-23T04:02:02.856Z level=ERROR run=1 message="two words" a=1', 'error', 'two words'],
    ['timestamp=2026-11-23T04:02:02.856Z level=INFO run=1 message=connected fd=2', 'info', 'connected'],
    ['timestamp=2026-11-23T04:02:02.856Z level=WARN a="message=no" message=late', 'warn', 'late'],
  ]
  for (const [line, level, event] of events) {
    it(line, () => {
      const parsed = record(line)
      assert.deepEqual([parsed.at, parsed.level, parsed.event], [at, level, event])
    })
  }

  it('reads the older form of OpenCode, whose time is UTC', () => {
    const parsed = record('ERROR 2026-11-23T04:02:02 +22ms service=bun cmd=["a"] running')
    assert.deepEqual([parsed.at, parsed.level, parsed.event], [at - 856, 'error', 'running'])
  })

  const none = [
    '',
    '    at stack (file:1:2)',
    'ERROR without a time',
    '2026-11-23T04:02:02.856Z SHOUT not a level',
    '2026-13-23T04:02:02.856Z INFO month 13',
    '2026-11-23T04:02:99.856Z INFO second 99',
    '2026-11-23T04:02:0x.856Z INFO not digits',
    '2026-11-23 04:02:02 INFO no zone',
    'timestamp=yesterday level=INFO message=x',
    'timestamp=2026-11-23T04:02:02.856Z message="no level=ERROR"',
    '20261123 INFO x',
  ]
  for (const line of none) it(`no record: ${line}`, () => assert.equal(parse(line), null))

  it('does not carry a minute from one line to the next', () => {
    record('2026-11-23T04:02:02.856Z INFO a')
    assert.equal(record('2026-11-23T04:03:02.856Z INFO a').at, at + 60_000)
    assert.equal(record('2026-11-23T04:02:02.856Z INFO a').at, at)
  })

  it('agrees with Date about every time', () => {
    const date = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
    fc.assert(fc.property(date, when => record(`${when.toISOString()} INFO x`).at === when.getTime()))
  })

  it('never fails, whatever a line holds', () => {
    const prefix = fc.constantFrom(
      '',
      '2026-11-23T04:02:02.856Z INFO ',
      'timestamp=2026-11-23T04:02:02.856Z level=INFO ',
    )
    const text = fc.array(fc.constantFrom('a', ' ', '=', '"', '\\', 'duration=', 'message=', '7'), { maxLength: 40 })
    fc.assert(
      fc.property(prefix, text, (start, words) => {
        const parsed = parse(start + words.join(''))
        if (parsed !== null) durationOf(parsed)
      }),
    )
  })
})

describe('fieldOf', () => {
  const line = record(
    '2026-11-23T04:02:02.856Z ERROR x note="duration=77 code=1" code=-32603 error="\\"no\\": é" duration=12.5',
  )

  it('looks at fields and not into quoted text', () => {
    assert.equal(fieldOf(line, 'code'), '-32603')
    assert.equal(fieldOf(line, 'note'), 'duration=77 code=1')
    assert.equal(fieldOf(line, 'error'), '"no": é')
    assert.equal(fieldOf(line, 'ode'), null)
    assert.equal(fieldOf(line, 'missing'), null)
  })

  const durations: readonly (readonly [string, number | null])[] = [
    ['duration=12.5', 12.5],
    ['duration=120ms', 120],
    ['duration=1.5s', 1_500],
    ['duration=2m', 120_000],
    ['duration=40us', 0.04],
    ['duration=ms', null],
    ['duration="90"', 90],
    ['note="duration=90"', null],
    ['x_duration=90', null],
  ]
  for (const [field, expected] of durations) {
    it(`${field} is ${expected} ms`, () =>
      assert.equal(durationOf(record(`2026-11-23T04:02:02.856Z INFO x ${field}`)), expected))
  }
})

describe('continuesRecord', () => {
  for (const line of [
    '    at f (x:1:2)',
    '\tat f',
    '}',
    'Caused by: x',
    'TypeError: x',
    'java.lang.Error',
    '',
    'at f',
  ]) {
    it(JSON.stringify(line), () => assert.equal(continuesRecord(line), line !== 'java.lang.Error'))
  }
  for (const line of ['some words', '2026', 'INFO']) it(`not ${line}`, () => assert.equal(continuesRecord(line), false))
})
