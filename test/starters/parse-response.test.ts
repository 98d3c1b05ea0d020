/** Words about decisions, pages and silences. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseChatWords } from '../../domain/chat/words.ts'
import { ExitError, exitCodeOfError } from '../../starters/exit-codes.ts'
import { parseCommand } from '../../starters/parse-command.ts'

const parse = (line: string) => parseCommand(line.split(' ')).command

describe('a decision needs the same at the command line and in the chat', () => {
  for (const [verb, isOptional] of [
    ['approve', true],
    ['withdraw', true],
    ['deny', false],
    ['approve-alone', false],
    ['breakglass', false],
  ] as const) {
    test(`${verb} ${isOptional ? 'may have' : 'has'} a reason`, () => {
      const both = [
        (reason: string) => parse(`${verb} APR-1A2B3C4D5E${reason === '' ? '' : ` --reason ${reason}`}`),
        (reason: string) => parseChatWords(`${verb} APR-1A2B3C4D5E ${reason}`, () => null),
      ]
      for (const say of both) {
        const said = say('read')
        assert.equal('reason' in said && said.reason, 'read')
        if (isOptional) {
          const silent = say('')
          assert.equal('reason' in silent && silent.reason, '')
        } else assert.throws(() => say(''), /reason is missing/)
      }
    })
  }
  test('an option without its value is no reason', () => {
    assert.throws(() => parse('approve APR-1A2B3C4D5E --reason'), /--reason needs a value/)
  })
})

describe('a reason that no run would read is refused where it is given', () => {
  const LONGEST = 'x'.repeat(4_000)
  // A secret leaves a mark that may be longer than it was.
  const LENGTHENED = `${'x'.repeat(3_990)} pwd=a`
  const at = (verb: string) => (reason: string) => parseCommand([verb, 'APR-1A2B3C4D5E', '--reason', reason])
  const DOORS: readonly (readonly [door: string, say: (reason: string) => unknown])[] = [
    ...['approve', 'deny', 'breakglass', 'review'].map(verb => [`ops ${verb}`, at(verb)] as const),
    ['the chat', reason => parseChatWords(`deny APR-1A2B3C4D5E ${reason}`, () => null)],
  ]
  for (const [door, say] of DOORS) {
    test(`at ${door}`, () => {
      say(LONGEST)
      for (const reason of [`${LONGEST}x`, LENGTHENED]) {
        assert.throws(
          () => say(reason),
          error => {
            assert.equal(exitCodeOfError(error), 64)
            assert.match(String(error), /the reason is too long: 400\d characters, and 4000 are the most/)
            return true
          },
        )
      }
    })
  }
})

test('a silence has a length, and an end that somebody remembers', () => {
  const silence = parse('silence add acp/cpu --for 30d --reason R')
  assert.equal('forMs' in silence && silence.forMs, 30 * 86_400_000)
})

const REFUSED: readonly (readonly [string, RegExp, RegExp])[] = [
  ['silence add acp/cpu --for 31d --reason R', /31d is too long for a silence: 30d is the longest/, /change its rule/],
  ['silence add acp/cpu --for 99999w --reason R', /99999w is too long/, /30d at most/],
  ['silence add acp/cpu --for 0h --reason R', /"0h" is no length of time/, /30m/],
  ['silence add cpu --for 2h --reason R', /"cpu" is no cause: a cause is a service and a metric/, /opencode-acp\/cpu;/],
  ['silence end a/b/c', /"a\/b\/c" is no cause/, /SERVICE\/METRIC/],
  ['silence add ops/watchdog --for 2h --reason R', /ops\/watchdog .* cannot be silenced/, /Acknowledge its incident/],
  ['silence end ops/watchdog', /cannot be silenced/, /Acknowledge/],
  ['silence add --for 2h --reason R', /no cause is named/, /opencode-acp\/cpu/],
  [
    'page ana',
    /the word test is missing before "ana"/,
    /ops page test ana; in an incident, ops incident page INC-7 ana/,
  ],
  ['page', /nobody is named/, /ops page test PERSON/],
  ['page test', /nobody is named/, /ops page test PERSON/],
  ['page test ana ben', /too many words: ben/, /./],
]

describe('refused with what would be right', () => {
  for (const [line, message, hint] of REFUSED) {
    test(line, () =>
      assert.throws(
        () => parse(line),
        (error: unknown) => error instanceof ExitError && message.test(error.message) && hint.test(error.hint),
      ),
    )
  }
})
