/** What counts, in which window, and that the memory for it is bounded. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createDurations } from '../../domain/durations.ts'
import { createLogReview } from '../../domain/log-review.ts'
import { percentiles } from '../../domain/percentiles.ts'
import { createTopPatterns } from '../../domain/top-patterns.ts'

const until = Date.parse('2026-11-23T09:00:00.000Z')
const since = until - 86_400_000

function review(lines: readonly string[]) {
  const log = createLogReview({ since, until })
  for (const line of lines) log.line(line, false)
  return { ...log.result(true), excerpt: log.excerpt() }
}

const inside = '2026-11-23T08:00:00.000Z'

describe('createLogReview', () => {
  it('counts after `since` up to and including `until`, and the day before apart', () => {
    const { errors, records, previous } = review([
      '2026-11-21T09:00:00.000Z ERROR too-old',
      '2026-11-21T09:00:00.001Z ERROR before',
      '2026-11-22T09:00:00.000Z WARN before',
      '2026-11-22T09:00:00.001Z ERROR inside',
      '2026-11-23T09:00:00.000Z ERROR inside',
      '2026-11-23T09:00:00.001Z ERROR too-new',
    ])
    assert.deepEqual([records, errors, previous], [2, 2, { errors: 1, warnings: 1 }])
  })

  const requests: readonly (readonly [string, requests: number, failed: number])[] = [
    ['INFO session/new conn=1 duration=5', 1, 0],
    ['INFO initialize conn=1 duration=5', 1, 0],
    ['INFO session/new conn=1', 0, 0],
    ['ERROR session/new conn=1 code=-32603 duration=5', 1, 1],
    ['ERROR session/new conn=1 code=-32602 duration=5', 1, 0],
    ['ERROR nope conn=1 code=-32601 duration=5', 1, 0],
    ['ERROR session/prompt conn=1 code=-32800 duration=5', 1, 0],
    ['ERROR session/prompt conn=1 duration=5', 1, 1],
    ['ERROR odd conn=1 code=-32603 duration=5', 1, 1],
    ['INFO _vendor/method conn=1 duration=5', 1, 0],
    ['INFO tool_call session=x duration=5', 0, 0],
    ['INFO health_probe duration=5', 0, 0],
    ['ERROR agent_exit pid=1', 0, 0],
    ['INFO note text="session/new duration=5"', 0, 0],
  ]
  for (const [line, count, failed] of requests) {
    it(`${line}: ${count} request, ${failed} failed`, () => {
      const result = review([`${inside} ${line}`])
      assert.deepEqual([result.requests, result.failedRequests], [count, failed])
    })
  }

  it('keeps turns of a prompt apart from other requests', () => {
    const {
      durations,
      turns,
      requests: n,
    } = review([
      `${inside} INFO session/prompt conn=1 duration=9000`,
      `timestamp=${inside} level=INFO run=1 message=request method=session/list duration=7`,
      `timestamp=${inside} level=INFO run=1 message=stream duration=8`,
    ])
    assert.deepEqual([n, turns?.max, durations?.n, durations?.max], [2, 9_000, 1, 7])
  })

  it('counts lines that begin no record and continue none', () => {
    const { unparsable, records } = review([
      'garbage',
      `${inside} ERROR x`,
      '  at f',
      '',
      'garbage',
      `${inside} INFO y`,
    ])
    assert.deepEqual([unparsable, records], [2, 2])
  })

  it('does not blame the window for garbage of the day before', () => {
    const { unparsable } = review(['2026-11-22T08:00:00.000Z INFO x', 'garbage', `${inside} INFO y`])
    assert.equal(unparsable, 0)
  })

  it('shows the last errors, warnings and connections, with stack traces and without secrets', () => {
    const errors = Array.from(
      { length: 30 },
      (_, n) => `2026-11-23T08:00:${String(n).padStart(2, '0')}.000Z ERROR e${n}`,
    )
    const { excerpt } = review([
      ...errors,
      '    at secret password=planted',
      `${inside} INFO connected conn=1`,
      '    continues the connection',
      `${inside} INFO other`,
      '    continues nothing that is kept',
    ])
    assert.equal(excerpt.errors.length, 20)
    assert.equal(excerpt.errors.at(-1)?.line.split('\n')[1], '    at secret password=[redacted]')
    assert.equal(excerpt.errors[0]?.line, errors[10])
    assert.deepEqual(
      excerpt.connections.map(({ line }) => line),
      [`${inside} INFO connected conn=1\n    continues the connection`],
    )
  })
})

describe('the excerpt', () => {
  it('redacts before it cuts, and stays bounded', () => {
    // Wherever the cut falls in them, nothing of the secrets is shown.
    const secrets = 'postgres://ops:correct-horse-battery@db/x ghp_correct0horse0battery1'
    for (let length = 3_880; length < 4_000; length += 3) {
      const filler = '.'.repeat(length)
      const { excerpt } = review([`${inside} ERROR ${filler} ${secrets}`, `${inside} WARN x`, ` ${filler} ${secrets}`])
      const lines = [...excerpt.errors, ...excerpt.warnings].map(({ line }) => line)
      assert.equal(lines.length, 2)
      for (const line of lines) {
        assert.doesNotMatch(line, /corr/)
        assert.ok(line.length <= 4_000)
      }
    }
  })
})

describe('createTopPatterns', () => {
  it('never loses a frequent one among many rare ones', () => {
    const patterns = createTopPatterns(50)
    for (let n = 0; n < 20_000; n += 1) patterns.add(n % 10 === 0 ? 'frequent' : `rare ${n}`)
    assert.equal(patterns.top(1)[0]?.fingerprint, 'frequent')
    assert.ok((patterns.top(1)[0]?.count ?? 0) >= 2_000)
  })

  it('is exact while there is room', () => {
    const patterns = createTopPatterns()
    for (const text of ['b', 'a', 'b', 'c', 'a']) patterns.add(text)
    assert.deepEqual(patterns.top(2), [
      { fingerprint: 'a', count: 2 },
      { fingerprint: 'b', count: 2 },
    ])
  })
})

describe('createDurations', () => {
  const values = fc.array(fc.double({ min: 0.001, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 300 })

  it('is exact while there is room', () => {
    fc.assert(
      fc.property(values, list => {
        const durations = createDurations()
        for (const value of list) durations.add(value)
        const { mean, ...figures } = durations.percentiles() ?? { mean: 0 }
        const { mean: expectedMean, ...expected } = percentiles(list) ?? { mean: 0 }
        assert.deepEqual(figures, expected)
        assert.ok(Math.abs(mean - expectedMean) <= 1e-9 * expectedMean)
      }),
    )
  })

  it('is off by one per cent at most when there is none', () => {
    fc.assert(
      fc.property(values, list => {
        const durations = createDurations(10)
        for (const value of list) durations.add(value)
        const actual = durations.percentiles()
        const expected = percentiles(list)
        for (const name of ['p50', 'p90', 'p95', 'p99'] as const) {
          const [a = 0, b = 0] = [actual?.[name], expected?.[name]]
          assert.ok(Math.abs(a - b) <= 0.01 * b + 0.001, `${name}: ${a} instead of ${b}`)
        }
        assert.deepEqual([actual?.n, actual?.max], [expected?.n, expected?.max])
      }),
    )
  })

  it('knows nothing of no values', () => assert.equal(createDurations().percentiles(), null))
})
