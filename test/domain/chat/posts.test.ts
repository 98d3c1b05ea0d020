/** Announcements of any length, by the limits of the stand-in: nothing of them is refused, and their end is always there. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { fitLines, inBlocks } from '../../../domain/chat/fit-lines.ts'
import { LIMITS } from '../../../domain/chat/limits.ts'
import { announcement } from '../../../domain/chat/posts.ts'
import { escaped } from '../../../domain/chat/text.ts'
import { resolutionNotice, statusNotice } from '../../../domain/incident/templates.ts'
import { checkMessageBlocks } from '../../../sandbox/slack/block-kit/check.ts'

const FIELDS = ['rootCause', 'resolution', 'duration', 'impact', 'prevention', 'monitoring', 'completion'] as const

function resolved(text: string) {
  const fields = Object.fromEntries(FIELDS.map((name, index) => [name, `${index} ${text}`])) as Record<
    (typeof FIELDS)[number],
    string
  >
  return announcement(resolutionNotice({ title: 'acp down', ...fields, postmortem: 'Friday 10:00 <UTC>' }))
}

const drawn = (message: ReturnType<typeof announcement>) => JSON.stringify(message.blocks)

describe('I3.3 of any length', () => {
  for (const [name, text] of [
    ['short', 'restarted'],
    ['500 words a field', 'word '.repeat(500)],
    ['3,000 letters a field', 'x'.repeat(3_000)],
    ['signs that have to be escaped', 'a & b < c > '.repeat(250)],
    ['ampersands only', '&'.repeat(3_000)],
    ['beyond the basic plane', '😀&'.repeat(1_000)],
  ] as const) {
    test(name, () => {
      const message = resolved(text)
      assert.doesNotThrow(() => checkMessageBlocks(message.blocks))
      for (const said of [drawn(message), message.text]) {
        assert.match(said, /Post-mortem scheduled: Friday 10:00 &lt;UTC&gt;/)
        for (const [index, label] of ['Root Cause', 'Resolution', 'Duration', 'Impact'].entries()) {
          assert.ok(said.includes(`- ${label}: ${index} ${escaped(text.slice(0, 10)).trim()}`), label)
        }
        assert.match(said, /Follow-up Actions:/)
      }
      assert.ok(message.text.length <= LIMITS.text)
    })
  }
})

test('a status update with long fields ends with the time of the next one', () => {
  const long = 'word & '.repeat(400)
  const message = announcement(
    statusNotice({
      status: 'Identified',
      findings: long,
      actions: long,
      expectedResolution: long,
      nextUpdate: '12:30',
    }),
  )
  assert.doesNotThrow(() => checkMessageBlocks(message.blocks))
  assert.match(drawn(message), /12:30/)
  assert.match(message.text, /12:30/)
})

test('of very many lines the first and the last are shown, and how many are not', () => {
  const message = announcement({
    subject: 'x',
    text: Array.from({ length: 3_000 }, (_, n) => `- line ${n} of many & more`).join('\n'),
  })
  assert.doesNotThrow(() => checkMessageBlocks(message.blocks))
  assert.match(drawn(message), /- line 0 of many/)
  assert.match(drawn(message), /… 2\d\d\d more lines/)
  assert.match(drawn(message), /- line 2999 of many/)
})

test('whatever the lines are, they fit, and none changes its place', () => {
  const line = fc.string({ unit: fc.constantFrom('a', '&', '<', ' ', '😀'), maxLength: 400 })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), fc.integer({ min: 1_500, max: 6_000 }), (lines, max) => {
      const shown = fitLines(lines, max, 1_000)
      assert.ok(escaped(shown.join('\n')).length <= max)
      if (escaped(lines.join('\n')).length < max && lines.every(one => escaped(one).length <= 1_000)) {
        assert.deepEqual(shown, lines)
      }
      if (lines.length > 0) assert.ok(lines.at(-1)?.startsWith(shown.at(-1)?.replace(/…$/, '') ?? '-'))
      const blocks = inBlocks(shown, 1_000)
      assert.equal(blocks.join('\n'), shown.join('\n'))
      for (const block of blocks) assert.ok(escaped(block).length <= 1_000)
    }),
    { numRuns: 500 },
  )
})
