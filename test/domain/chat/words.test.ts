/** What follows the chat's command: words split as people type them, verbs in any case, mistakes answered with the nearest verb. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { plainText, wordsOf } from '../../../domain/chat/words.split.ts'
import { parseChatWords } from '../../../domain/chat/words.ts'
import { OpsError } from '../../../domain/failures.ts'
import { anyPerson } from '../../../domain/incident/words.ts'

const parse = (text: string) => parseChatWords(text, anyPerson)

describe('words', () => {
  for (const [text, words] of [
    ['', []],
    ['  ack   INC-7 ', ['ack', 'INC-7']],
    ['incident critical “acp down”', ['incident', 'critical', 'acp down']],
    ['incident „acp down“ now', ['incident', 'acp down', 'now']],
    ['a reason="two words" b', ['a', 'reason=two words', 'b']],
    [`note INC-7 it isn't "over`, ['note', 'INC-7', 'it', "isn't", '"over']],
    ['5" disk', ['5"', 'disk']],
    ['role lead <@U0ANA|ana>', ['role', 'lead', '@U0ANA']],
    ['see <https://x.example/a?b=1&amp;c|the page>', ['see', 'https://x.example/a?b=1&c']],
    ['&lt;!channel&gt; &amp;amp;', ['<!channel>', '&amp;']],
    ['<!channel> look', ['@channel', 'look']],
    ['line\nbreak', ['line', 'break']],
    ['empty ""', ['empty', '']],
  ] as const) {
    test(JSON.stringify(text), () => assert.deepEqual(wordsOf(text), words))
  }

  test('without quotes and markup the words are the text', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9' =.,-]{0,60}$/), text => {
        assert.equal(wordsOf(text).join(' '), text.trim().split(/\s+/).filter(Boolean).join(' '))
      }),
    )
  })
  test('a mention is the name of its person, and of nobody its account', () => {
    const personOf = (account: string) => (account === 'U0ANA' ? 'ana' : null)
    const words = ['ask', '@ana', '@U0NOBODY', '@U0ANA']
    assert.deepEqual(wordsOf('ask <@U0ANA|a.b> <@U0NOBODY> @U0ANA', personOf), words)
  })
  test('entities are undone once', () => assert.equal(plainText('&amp;lt;'), '&lt;'))
})

describe('verbs', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['', { kind: 'menu' }],
    ['HELP', { kind: 'help', topic: null }],
    ['whoami', { kind: 'whoami' }],
    ['ack', { kind: 'incident', request: { kind: 'tell', incident: null, command: { kind: 'acknowledge' } } }],
    ['status INC-7', { kind: 'incident', request: { kind: 'show', incident: 7, timeline: false } }],
    ['status', { kind: 'incident', request: { kind: 'list', open: true, sinceMs: null, search: null } }],
    ['approve apr-1a2b3c', { kind: 'decide', verdict: 'approve', approvalId: 'APR-1A2B3C', reason: '' }],
    ['deny APR-1A2B3C too risky', { kind: 'decide', verdict: 'deny', approvalId: 'APR-1A2B3C', reason: 'too risky' }],
    [
      'deny APR-1A2B3C reason="too risky"',
      { kind: 'decide', verdict: 'deny', approvalId: 'APR-1A2B3C', reason: 'too risky' },
    ],
    ['freeze moving racks', { kind: 'switch', verb: 'freeze', reason: 'moving racks' }],
    [
      'run health-check target=alpha only=logs',
      { kind: 'command', argv: ['run', 'health-check', '--target=alpha', 'only=logs'] },
    ],
    ['list open since=7d', { kind: 'command', argv: ['list', '--open', '--since=7d'] }],
    [
      'silence add acp/cpu for=2h reason="known issue"',
      { kind: 'command', argv: ['silence', 'add', 'acp/cpu', '--for=2h', '--reason=known issue'] },
    ],
  ]
  for (const [text, expected] of cases) test(text || '(nothing)', () => assert.deepEqual(parse(text), expected))
  test('secrets in a reason are taken out', () => {
    assert.deepEqual(parse('freeze token=abc123'), { kind: 'switch', verb: 'freeze', reason: 'token=[redacted]' })
  })
})

describe('refusals', () => {
  for (const [text, message] of [
    ['incidnet down', /unknown verb "incidnet"; did you mean "incident"/],
    ['resolve INC-7 x', /did you mean "incident resolve"/],
    ['approve', /no approval is named/],
    ['approve 7', /"7" is no approval/],
    ['deny APR-1A2B3C', /the reason is missing/],
    ['breakglass APR-1A2B3C  ', /the reason is missing/],
    ['freeze', /the reason is missing/],
    ['help frobnicate', /unknown verb "frobnicate"/],
  ] as const) {
    test(text, () => {
      assert.throws(
        () => parse(text),
        (error: unknown) => error instanceof OpsError && error.owner === 'operator' && message.test(error.message),
      )
    })
  }
})
