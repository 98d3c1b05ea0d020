/** Outside text in a message: what disappears, what is escaped once, where it is cut. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  cleaned,
  code,
  cut,
  escaped,
  fitted,
  markup,
  moment,
  oneLine,
  paragraph,
  piece,
} from '../../../domain/chat/text.ts'

describe('outside text', () => {
  // Assembled here, so that nothing in this file looks like a secret to a scanner.
  const token = `xoxb-${'a1B2'.repeat(4)}`
  const cases: readonly (readonly [string, text: string, shown: string])[] = [
    ['plain', 'acp down', 'acp down'],
    ['a call of the channel', '<!channel> <@U0DEE> <#C1>', '&lt;!channel&gt; &lt;@U0DEE&gt; &lt;#C1&gt;'],
    ['a link', '<https://evil.example|Runbook>', '&lt;https://evil.example|Runbook&gt;'],
    ['an entity', '&lt;!here&gt;', '&amp;lt;!here&amp;gt;'],
    ['quotes stay', `"it's"`, `"it's"`],
    ['a turned direction', 'abc\u202Efed\u2066x\u2069', 'abcfedx'],
    ['signs of no width', 'pay\u200Bload\uFEFF\u00AD', 'payload'],
    ['controls', 'a\u0000b\u001B[31mc\u007F\u0085d', 'ab[31mc d'],
    ['lines', ' a\r\n\tb\u2028c \n', 'a b c'],
    ['backticks', '`rm` ```', 'ˋrmˋ ˋˋˋ'],
    ['half a pair', 'a\uD800b', 'a\uFFFDb'],
    ['a secret', `token ${token}`, 'token [redacted]'],
    ['a secret with an invisible sign in it', `${token.slice(0, 3)}\u200B${token.slice(3)}`, '[redacted]'],
  ]
  for (const [name, text, shown] of cases) {
    it(name, () => assert.equal(piece(text).mrkdwn, shown))
  }

  it('a paragraph keeps its lines, one line does not', () => {
    assert.equal(paragraph('a\nb\n', 100).mrkdwn, 'a\nb')
    assert.equal(oneLine('a\n  b'), 'a b')
  })

  it('code cannot be left', () => {
    assert.equal(code('a`b` <@U1>').mrkdwn, '`aˋbˋ &lt;@U1&gt;`')
    assert.equal(code(' ').mrkdwn, '')
  })

  it('markup goes in as it is, everything else escaped', () => {
    assert.equal(markup`*${'<b>'}* ${code('x')} ${3}`.mrkdwn, '*&lt;b&gt;* `x` 3')
  })

  it('a moment is drawn in the zone of its reader', () => {
    assert.equal(
      moment('2026-11-23T14:02:11.500Z').mrkdwn,
      '<!date^1795442531^{date_short_pretty} {time_secs}|2026-11-23T14:02:11Z>',
    )
    assert.equal(moment('<soon>').mrkdwn, '&lt;soon&gt;')
  })
})

describe('what is cut', () => {
  const cases: readonly (readonly [text: string, max: number, shown: string])[] = [
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['😀😀', 4, '😀😀'],
    ['😀😀', 3, '😀…'],
    ['', 3, ''],
  ]
  for (const [text, max, shown] of cases) {
    it(`"${text}" to ${max}`, () => assert.equal(cut(text, max), shown))
  }

  it('never ends within a character or an entity, and is as long as it may be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 30 }), (text, max) => {
        const whole = text.toWellFormed()
        const short = escaped(whole, max)
        assert.ok(short.length <= max)
        assert.ok(short.isWellFormed())
        assert.match(short, /^(?:[^&<>]|&(?:amp|lt|gt);)*$/)
        if (escaped(whole).length <= max) assert.equal(short, escaped(whole))
        else assert.ok(short.endsWith('…') && escaped(whole).startsWith(short.slice(0, -1)))
      }),
    )
  })

  it('lines that do not fit are counted', () => {
    const lines = Array.from({ length: 10 }, (_, n) => markup`line ${n}`)
    assert.equal(fitted(lines, 50), 'line 0\nline 1\nline 2\n… 7 more')
    assert.equal(fitted(lines.slice(0, 2), 50), 'line 0\nline 1')
  })

  it('cleaning twice changes nothing more', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => assert.equal(cleaned(cleaned(text)), cleaned(text))))
  })
})
