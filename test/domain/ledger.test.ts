/** The text that is hashed: equal rows have equal text, and the text gives the row back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalText, chainedText } from '../../domain/ledger.ts'

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, shuffled(inner)]),
  )
}

const storable = fc
  .jsonValue({ maxDepth: 4, stringUnit: 'binary' })
  .map(value => JSON.parse(canonicalText(value)) as unknown)

test('the order of keys does not matter', () => {
  fc.assert(fc.property(storable, value => canonicalText(shuffled(value)) === canonicalText(value)))
})

test('reading it and writing it again changes nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), value => {
      const text = canonicalText(value)
      assert.equal(canonicalText(JSON.parse(text)), text)
    }),
  )
})

test('values without NUL and lone surrogates come back as they were', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      if (JSON.stringify(value).includes('\\u0000')) return
      assert.deepEqual(JSON.parse(canonicalText(value)), JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('what PostgreSQL cannot hold never comes out', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), value => {
      const text = canonicalText(value)
      return !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(text) && text.isWellFormed()
    }),
  )
  assert.equal(canonicalText({ b: '\0', 'a\0': ['\ud800x'] }), '{"a\ufffd":["\ufffdx"],"b":"\ufffd"}')
})

test('what is absent is not stored, and members are sorted', () => {
  assert.equal(canonicalText({ b: 1, a: { d: undefined, c: [{ z: 1, y: 2 }] } }), '{"a":{"c":[{"y":2,"z":1}]},"b":1}')
})

test('no two different rows chain over the same text', () => {
  const part = fc.string().filter(text => !text.includes('\n'))
  const row = fc.tuple(part, fc.nat(), part, fc.string())
  fc.assert(
    fc.property(
      row,
      row,
      ([h1, s1, k1, b1], [h2, s2, k2, b2]) =>
        chainedText(h1, s1, 'runs', k1, b1) !== chainedText(h2, s2, 'runs', k2, b2) ||
        (h1 === h2 && s1 === s2 && k1 === k2 && b1 === b2),
    ),
  )
})
