/** The line that does the same: a real shell takes it apart, the real parser reads it, and out comes what was wanted. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { IncidentCommand } from '../../domain/incident/commands.ts'
import { cleanText } from '../../domain/incident/words.said.ts'
import type { IncidentRequest } from '../../domain/incident/words.table.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { parseCommand } from '../../starters/parse-command.ts'
import { cliLine, decisionLine, runLine, silenceLine } from '../../starters/slack/instead.ts'

/** As the shell hands them to `ops`. */
function argvOf(line: string): readonly string[] {
  const [ops, ...argv] = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`])
    .toString()
    .split('\0')
    .slice(0, -1)
  assert.equal(ops, 'ops')
  return argv
}

function commandOf(line: string) {
  return parseCommand(argvOf(line)).command
}

function requestOf(line: string) {
  const command = commandOf(line)
  assert.equal(command.verb, 'incident', line)
  return command.verb === 'incident' ? command.request : null
}

const person = 'ben' as PersonId
const nothing = { severity: null, category: null, impact: null, systems: null, expectedResolution: null }

const COMMANDS: readonly IncidentCommand[] = [
  { kind: 'classify', ...nothing, severity: 'critical' },
  { kind: 'classify', ...nothing, impact: 'nobody’s --json works', systems: ['alpha', 'beta'] },
  { kind: 'classify', severity: 'low', category: 'data', impact: 'a b', systems: ['alpha'], expectedResolution: '1 h' },
  { kind: 'review', at: '2026-12-01 10:00', notes: null },
  { kind: 'review', at: null, notes: 'what we learnt:\nmuch' },
  { kind: 'page', person, message: '' },
  { kind: 'page', person, message: 'come' },
  { kind: 'workaround', name: 'raise-limit', host: 'alpha', parameters: { sessions: '40', why: 'a b' } },
  { kind: 'status', status: null, findings: '--help', actions: 'x=1', expectedResolution: '-' },
  { kind: 'unsubscribe' },
]

describe('every part of what was wanted is in it', () => {
  for (const command of COMMANDS) {
    test(cliLine({ kind: 'tell', command }, 'INC-7'), () => {
      assert.deepEqual(requestOf(cliLine({ kind: 'tell', command }, 'INC-7')), { kind: 'tell', incident: 7, command })
    })
  }
  test('a run, with its host and its group of steps', () => {
    const wanted = commandOf('ops run health-check --target alpha only=logs')
    assert.equal(wanted.verb, 'run')
    if (wanted.verb === 'run') assert.deepEqual(commandOf(runLine(wanted)), wanted)
    const all = commandOf('ops run health-check')
    if (all.verb === 'run') assert.deepEqual(commandOf(runLine(all)), all)
  })
  test('a silence and its end', () => {
    for (const line of [`ops silence add acp/cpu --for 2h --reason "ben's test: 100 %"`, 'ops silence end acp/cpu']) {
      const wanted = commandOf(line)
      assert.equal(wanted.verb, 'silence')
      if (wanted.verb === 'silence' && wanted.action !== 'list') {
        assert.deepEqual(commandOf(silenceLine(wanted)), wanted)
      }
    }
  })
  test('a decision whose reason looks like an option', () => {
    const line = decisionLine({ verdict: 'deny', approvalId: 'APR-1A2B3C4D5E', reason: '--no, `rm`' })
    assert.deepEqual(commandOf(line), { verb: 'deny', approvalId: 'APR-1A2B3C4D5E', reason: '--no, `rm`', as: null })
  })
})

describe('whatever people write', () => {
  const sign = fc.constantFrom('a', 'B', '7', ' ', '\n', "'", '"', '`', '$', '\\', '-', '=', '<', '&', '!', 'ü', '😀')
  const wild = fc.array(sign, { minLength: 1, maxLength: 40 }).map(signs => cleanText(signs.join('')))
  const tricky = fc.constantFrom(
    'hosts=beta is down',
    '--help',
    '-h',
    '--json',
    '--as=ben',
    'low',
    'INC-9 again',
    'x=1',
  )
  const text = fc.oneof(wild, tricky).filter(words => words !== '')
  const check = (wanted: fc.Arbitrary<IncidentRequest>) =>
    fc.assert(
      fc.property(wanted, request => {
        assert.ok(request.kind === 'declare' || request.kind === 'tell')
        assert.deepEqual(requestOf(cliLine(request, request.kind === 'tell' ? 'INC-7' : null)), request)
      }),
      { numRuns: 60 },
    )

  test('a declaration stays itself', () => {
    const impact = fc.option(text, { nil: null })
    const hosts = fc.constantFrom([], ['alpha', 'beta'])
    const known = { kind: 'declare', severity: 'low', category: 'data' } as const
    check(fc.record({ title: text, impact, hosts }).map(given => ({ ...known, ...given })))
  })
  test('so does what is told', () => {
    const commands: fc.Arbitrary<IncidentCommand> = fc.oneof(
      text.map(words => ({ kind: 'note', text: words }) as const),
      text.map(words => ({ kind: 'resolve', resolution: words }) as const),
      text.map(words => ({ kind: 'page', person, message: words }) as const),
      text.map(words => ({ kind: 'review', at: null, notes: words }) as const),
    )
    check(commands.map(command => ({ kind: 'tell', incident: 7, command }) as const))
  })
})

test('a number that nobody knows is left out where the only open one may be meant', () => {
  assert.deepEqual(
    [
      cliLine({ kind: 'tell', command: { kind: 'acknowledge' } }),
      cliLine({ kind: 'tell', command: { kind: 'close' } }),
      cliLine({ kind: 'tell', command: { kind: 'close' } }, 'INC-7'),
    ],
    ['ops incident ack', 'ops incident close INC-n', 'ops incident close INC-7'],
  )
})
