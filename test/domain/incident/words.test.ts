/** What people say about incidents, through either door: words in, request or a useful refusal out. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { OpsError } from '../../../domain/failures.ts'
import { INCIDENT_VERBS } from '../../../domain/incident/words.table.ts'
import { type PersonReader, parseIncidentWords } from '../../../domain/incident/words.ts'
import type { PersonId } from '../../../domain/team/team.ts'

const PEOPLE = ['ana', 'ben']
const personOf: PersonReader = text => {
  const name = text === 'me' ? 'ana' : text.replace('@', '').toLowerCase()
  return PEOPLE.includes(name) ? (name as PersonId) : null
}
const parse = (...words: string[]) => parseIncidentWords(words, personOf)
const told = (...words: string[]) => {
  const request = parse(...words)
  assert.equal(request.kind, 'tell')
  return request.kind === 'tell' ? { incident: request.incident, ...request.command } : null
}
const declared = { kind: 'declare', severity: 'high', category: 'availability', hosts: [], impact: null }

describe('declaring', () => {
  const cases: readonly (readonly [readonly string[], object])[] = [
    [['critical', 'acp down'], { severity: 'critical', title: 'acp down' }],
    [['CRITICAL:', 'acp', 'down'], { severity: 'critical', title: 'acp down' }],
    [['acp', 'down'], { title: 'acp down' }],
    [['declare', 'low', 'disk', 'hosts=alpha,beta'], { severity: 'low', title: 'disk', hosts: ['alpha', 'beta'] }],
    [
      ['declare', 'slow', '--severity', 'medium', '--category=performance'],
      { severity: 'medium', category: 'performance', title: 'slow' },
    ],
    [['cpu=99', 'on', 'alpha'], { title: 'cpu=99 on alpha' }],
    [['db', 'down', 'impact=nobody can log in'], { title: 'db down', impact: 'nobody can log in' }],
    [['leak of password=hunter2'], { title: 'leak of password=[redacted]' }],
    [['resolver', 'of', 'DNS', 'is', 'down'], { title: 'resolver of DNS is down' }],
    [['declare', 'note'], { title: 'note' }],
    [['[Critical]', 'acp down'], { severity: 'critical', title: 'acp down' }],
    [['High,', 'acp', 'down'], { severity: 'high', title: 'acp down' }],
    [['slow', 'answers'], { title: 'slow answers' }],
    [['log', 'disk', 'full'], { title: 'log disk full' }],
    [['media', 'server', 'down'], { title: 'media server down' }],
    [['critcal acp down'], { title: 'critcal acp down' }],
    [['high', 'sev1', 'tickets', 'pile', 'up'], { title: 'sev1 tickets pile up' }],
    [['declare', 'severity=medium', 'Low water'], { severity: 'medium', title: 'Low water' }],
    [['declare', 'severity=medium', 'critcal', 'x'], { severity: 'medium', title: 'critcal x' }],
  ]
  for (const [words, expected] of cases) {
    test(words.join(' '), () => assert.deepEqual(parse(...words), { ...declared, ...expected }))
  }
  test('nothing, or a severity alone, asks for the form', () => {
    for (const words of [[], ['declare'], ['critical']]) {
      const request = parse(...words)
      assert.deepEqual([request.kind, request.kind === 'form' && request.form], ['form', 'declare'])
      assert.match(
        request.kind === 'form' ? request.usage : '',
        /^Write incident declare .*incident declare critical "acp down"\.$/,
      )
    }
  })
  test('a long title is cut and kept whole as the impact', () => {
    const request = parse('x'.repeat(500))
    assert.ok(request.kind === 'declare' && request.title.length === 200 && request.impact?.length === 500)
  })
})

describe('telling', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['ack', { incident: null, kind: 'acknowledge' }],
    ['ACK inc-7', { incident: 7, kind: 'acknowledge' }],
    ['ack 7', { incident: 7, kind: 'acknowledge' }],
    ['ack INC7', { incident: 7, kind: 'acknowledge' }],
    ['ack #7', { incident: 7, kind: 'acknowledge' }],
    ['note 7 hello', { incident: 7, kind: 'note', text: 'hello' }],
    ['note #7 hello', { incident: 7, kind: 'note', text: 'hello' }],
    ['note inc7 hello', { incident: 7, kind: 'note', text: 'hello' }],
    ['snooze 7 1h', { incident: 7, kind: 'snooze', minutes: 60 }],
    ['close 7', { incident: 7, kind: 'close' }],
    ['note INC-7 7 of 9 hosts', { incident: 7, kind: 'note', text: '7 of 9 hosts' }],
    ['snooze INC-7 1h', { incident: 7, kind: 'snooze', minutes: 60 }],
    ['role INC-7 lead @ben', { incident: 7, kind: 'role', role: 'commander', person: 'ben' }],
    ['take', { incident: null, kind: 'role', role: 'commander', person: 'ana' }],
    ['handoff INC-7 ben', { incident: 7, kind: 'hand-off', what: 'acknowledgement', to: 'ben' }],
    ['handoff INC-7 scribe ben', { incident: 7, kind: 'hand-off', what: 'scribe', to: 'ben' }],
    [
      'workaround INC-7 restart alpha',
      { incident: 7, kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} },
    ],
    [
      'workaround INC-7 raise-limit host=alpha sessions=40',
      { incident: 7, kind: 'workaround', name: 'raise-limit', host: 'alpha', parameters: { sessions: '40' } },
    ],
    ['fix INC-7 alpha FIX-3', { incident: 7, kind: 'fix', host: 'alpha', fix: 'FIX-3' }],
    ['merge INC-7 into INC-8', { incident: 7, kind: 'merge', into: 'INC-8' }],
    ['followup INC-7 done 2', { incident: 7, kind: 'follow-up-done', number: 2 }],
    [
      'followup INC-7 prevention owner=ben due=2026-12-01 Alert on full disks',
      {
        incident: 7,
        kind: 'follow-up',
        about: 'prevention',
        owner: 'ben',
        due: '2026-12-01',
        title: 'Alert on full disks',
      },
    ],
    ['resolve INC-7 restarted', { incident: 7, kind: 'resolve', resolution: 'restarted' }],
    ['close INC-7', { incident: 7, kind: 'close' }],
  ]
  for (const [line, expected] of cases) test(line, () => assert.deepEqual(told(...line.split(' ')), expected))

  test('a status update with all fields is told, otherwise it is asked for', () => {
    assert.deepEqual(told('status', 'INC-7', 'identified', 'findings=disk', 'actions=cleaning', 'expected=1 h'), {
      incident: 7,
      kind: 'status',
      status: 'identified',
      findings: 'disk',
      actions: 'cleaning',
      expectedResolution: '1 h',
    })
    for (const line of ['status INC-7', 'rootcause INC-7', 'workaround INC-7', 'resolve INC-7']) {
      const request = parse(...line.split(' '))
      assert.ok(request.kind === 'form' && request.incident === 7, line)
    }
  })
})

describe('looking', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['list', { kind: 'list', open: true, sinceMs: null, search: null }],
    ['list all since=7d', { kind: 'list', open: false, sinceMs: 604_800_000, search: null }],
    ['list disk full', { kind: 'list', open: false, sinceMs: null, search: 'disk full' }],
    ['show INC-7', { kind: 'show', incident: 7, timeline: false }],
    ['timeline', { kind: 'show', incident: null, timeline: true }],
    ['export INC-7 --format json', { kind: 'export', incident: 7, format: 'json' }],
  ]
  for (const [line, expected] of cases) test(line, () => assert.deepEqual(parse(...line.split(' ')), expected))
})

describe('what is refused says what would be right', () => {
  for (const [line, message] of [
    ['akc INC-7', /unknown word "akc"; did you mean "ack"/],
    ['resolv', /did you mean "resolve"/],
    ['resolve restarted it', /which incident/],
    ['close', /which incident/],
    ['resolve 3 hosts are back', /which incident is meant\? Name it first: resolve INC-3/],
    ['false-alarm 3 tests', /which incident/],
    ['critcal acp down', /"critcal" is no severity; did you mean "critical"\?/],
    ['declare hgih x y', /did you mean "high"/],
    ['declare meduim: x', /did you mean "medium"/],
    ['lwo x', /did you mean "low"/],
    ['critcal', /did you mean "critical"/],
    ['sev1 acp down', /"sev1" is no severity; did you mean "critical"/],
    ['SEV-2: acp down', /did you mean "high"/],
    ['p4 acp slow', /did you mean "low"/],
    ['URGENT acp down', /did you mean "critical"/],
    ['note INC-7', /the note is missing/],
    ['role INC-7 boss ana', /unknown role "boss"/],
    ['role INC-7 scribe zoe', /nobody here is called "zoe"/],
    ['ack INC-7 now', /too many words: now/],
    ['snooze INC-7 forever', /no time/],
    ['declare --sevrity high down', /unknown option --sevrity; did you mean "severity"/],
    ['declare down --hosts', /hosts needs a value/],
    ['declare down hosts=ALL', /cannot be a host/],
    ['classify INC-7', /nothing is said/],
    ['followup INC-7 prevention owner=ana due=2026-13-45 x', /due is no day/],
    ['list since=yesterday', /no length of time/],
  ] as const) {
    test(line, () => {
      assert.throws(
        () => parse(...line.split(' ')),
        (error: unknown) => error instanceof OpsError && message.test(error.message) && error.hint !== '',
      )
    })
  }
})

test('whatever is typed is a request or a refusal with a hint, never a defect', () => {
  const word = fc.oneof(
    fc.constantFrom(...INCIDENT_VERBS.flatMap(({ name, keys }) => [name, ...keys.map(key => `${key}=x`)])),
    fc.constantFrom('INC-7', '7', 'ana', 'alpha', 'high', '2026-12-01', '1h', '--', '--x', '='),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), words => {
      try {
        const request = parse(...words)
        if (request.kind === 'declare') assert.ok(request.title !== '' && request.title.length <= 401)
      } catch (error) {
        assert.ok(error instanceof OpsError && error.owner === 'operator' && error.hint !== '', String(error))
      }
    }),
    { numRuns: 2_000 },
  )
})
