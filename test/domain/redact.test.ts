/** What must disappear, what must stay, and that neither depends on how often or on how long a text it is applied to. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { redact } from '../../domain/redact.ts'

// Assembled here, so that nothing in this file looks like a secret to a scanner.
const github = `ghp_${'a1B2'.repeat(9)}`
const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0In0', 'c2lnbmF0dXJl'].join('.')
const key = ['-----BEGIN', 'PRIVATE KEY-----'].join(' ')
const keyEnd = ['-----END', 'PRIVATE KEY-----'].join(' ')

const GONE: readonly (readonly [what: string, text: string, secret: string])[] = [
  ['logfmt password', 'login user=joe password=hunter2 ok=1', 'hunter2'],
  ['quoted password', 'password="two words" next=1', 'two words'],
  ['environment', 'OPENCODE_SERVER_PASSWORD=s3cr3t', 's3cr3t'],
  ['AWS secret', 'AWS_SECRET_ACCESS_KEY=abc/def+1', 'abc/def'],
  ['JSON', '{"user":"joe","apiKey":"k-12345","n":1}', 'k-12345'],
  ['JSON inside a JSON string', String.raw`{"body":"{\"token\":\"t0k\\\"en\",\"n\":1}"}`, 't0k'],
  ['JavaScript object', "{ clientSecret: 'abc', id: 1 }", 'abc'],
  ['query string', 'GET /x?token=abcdef&page=2', 'abcdef'],
  ['bearer header', 'authorization: Bearer abc.def-123', 'abc.def'],
  ['bearer alone', 'sent Bearer s3cr3t-token-1', 's3cr3t-token-1'],
  ['basic', 'curl -H "Authorization: Basic dXNlcjpwYXNz"', 'dXNlcjpwYXNz'],
  ['basic alone', 'Basic dXNlcjpwYXNzMQ==', 'dXNlcjpwYXNzMQ'],
  ['cookie', 'cookie: sid=abc; theme=dark', 'abc'],
  ['flag', 'run --password hunter2 --verbose', 'hunter2'],
  ['URL', 'cannot reach postgres://ops:hunter2@db:5432/x', 'hunter2'],
  ['URL without user', 'redis://:hunter2@cache/0', 'hunter2'],
  ['URL with @ in the password', 'amqp://u:p@ss@mq/', 'p@ss'],
  ['URL cut before the @', 'cannot reach postgres://ops:correct-horse-batt', 'correct'],
  ['URL cut before the @, in quotes', 'error="postgres://ops:correct-horse-batt" conn=1', 'correct'],
  ['URL cut before the @, JSON inside', String.raw`"{\"url\":\"postgres://ops:12345x/y\"}"`, '12345x'],
  ['URL cut before the @, a long one', `amqp://u:${'p'.repeat(400)} x`, 'ppp'],
  ['GitHub, cut', 'token ghp_0123456789abcdef', '0123'],
  ['GitHub, fine-grained, cut', 'push github_pat_11ABCDEFG', '11ABC'],
  ['Slack, cut', 'xoxb-12345678', '1234'],
  ['OpenAI, cut', 'sk-a1B2c3D4', 'a1B2'],
  ['AWS key id, cut', 'AKIAABCD2345', 'ABCD'],
  ['private key', `x ${key}\nMIIEv\nabc=\n${keyEnd} y`, 'MIIEv'],
  ['private key in one line', String.raw`"${key}\nMIIEv\nabc=\n${keyEnd}"`, 'MIIEv'],
  ['private key cut short', `x ${key}\nMIIEv`, 'MIIEv'],
  ['end of a private key', `MIIEv\nabc=\n${keyEnd} y`, 'MIIEv'],
  ['AWS key id', `key AKIA${'ABCD'.repeat(4)} used`, 'AKIA'],
  ['GitHub', `push with ${github}`, github],
  ['GitHub, fine-grained', `github_pat_${'a1_B'.repeat(8)}`, 'a1_B'],
  ['Slack', 'xoxb-1234567890-abcdef', '1234567890'],
  ['OpenAI', `sk-${'a1B2'.repeat(8)}`, 'a1B2'],
  ['Anthropic', `x-api-key: sk-ant-api03-${'a1B2'.repeat(8)}`, 'a1B2'],
  ['web token', `seen ${jwt}`, 'eyJzdWIi'],
]

const STAYS: readonly string[] = [
  '2026-11-23T04:02:02.856Z INFO session/new conn=6 session=ses_df96e963affe9zNkxQIM9LUPH6 duration=2164.7',
  'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'input_tokens=200 outputTokens: 31 tokens=5 token_type=jwt tokenCount=3',
  'http://127.0.0.1:4873/@scope/package and ssh://git@host/path and http://[::1]:3000/acp',
  'listening at http://127.0.0.1:4096. See (http://a:80), http://b:81; {"url":"http://c:82"} and http://d:83: refused',
  String.raw`"GET http://127.0.0.1:4096\nPOST http://[::1]:3000/acp and http://:::9400"`,
  'postgres://h1:5432,h2:5432/x redis://cache:6379 npm_config_registry npm_lifecycle_event AIX sk_SK.UTF-8',
  '/var/lib/opencode/secrets/list of /etc/passwd',
  'basic authentication failed for the bearer of bad news',
  'disk-usage-report task-list-of-things-and-more-of-them',
  'a85284d0f3 550e8400-e29b-41d4-a716-446655440000 err_0a1b2c3d',
  '{"token":null,"password":false}',
]

describe('redact', () => {
  for (const [what, text, secret] of GONE) {
    it(`takes out: ${what}`, () => {
      const clean = redact(text)
      assert.ok(!clean.includes(secret), clean)
      assert.match(clean, /\[redacted/)
    })
  }

  for (const text of STAYS) it(`keeps: ${text.slice(0, 60)}`, () => assert.equal(redact(text), text))

  it('keeps what stands around a secret', () => {
    assert.equal(redact('GET /x?token=abc&page=2'), 'GET /x?token=[redacted]&page=2')
    assert.equal(redact('postgres://ops:pw@db:5432/x'), 'postgres://ops:[redacted]@db:5432/x')
    assert.equal(
      redact(`a ${key}\nx\n${keyEnd} b ${key}\nx\n${keyEnd} c`).replaceAll(' private key', ''),
      'a [redacted] b [redacted] c',
    )
  })

  it('leaves JSON valid', () => {
    const text = JSON.stringify({
      password: 'a"b\\c',
      token: 12,
      nested: { credentials: { secretKey: ['x'] } },
      msg: 'pwd=x',
    })
    const clean: unknown = JSON.parse(redact(text))
    assert.deepEqual(clean, {
      password: '[redacted]',
      token: '[redacted]',
      nested: { credentials: { secretKey: ['x'] } },
      msg: 'pwd=[redacted]',
    })
  })

  it('changes nothing the second time', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        ...GONE.map(([, text]) => text),
        ...STAYS,
        '=',
        ':',
        '"',
        "'",
        '\\',
        ' ',
        '@',
        '://',
        'a://u:',
        '80',
        'ghp_',
        'token',
        '-----',
      ),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), words => {
        const once = redact(words.join(''))
        assert.equal(redact(once), once)
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes time in proportion to the length, whatever the text', () => {
    const units = [
      'a',
      'eyJ',
      'eyJ-',
      'a://a:',
      'a://a:\\',
      'a://a:1,',
      'ghp_',
      'npm_',
      'bearer ',
      `${key}`,
      `${keyEnd}`,
      'password="',
      'password="\\',
      'cookie: ',
      '--token ',
      '\\"',
      'x=&',
    ]
    for (const unit of units) {
      const time = (length: number): number => {
        const text = unit.repeat(length / unit.length)
        const start = performance.now()
        redact(text)
        return performance.now() - start
      }
      // Ten times the text; a quadratic pattern would take a hundred times the time, in every round. What a busy machine
      // adds, it adds to some rounds only, so the best of several tells.
      time(50_000)
      const ratios: number[] = []
      while (ratios.length < 6 && Math.min(...ratios) >= 40) {
        const short = Math.max(1, time(200_000))
        ratios.push(time(2_000_000) / short)
      }
      assert.ok(
        Math.min(...ratios) < 40,
        `${JSON.stringify(unit)}: ${ratios.map(ratio => ratio.toFixed(1)).join(', ')}`,
      )
    }
  })
})
