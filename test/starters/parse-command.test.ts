/** The command language, as tables: what is understood, and what is refused with which words. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command } from '../../domain/commands.ts'
import { parseHostName } from '../../domain/ids.ts'
import { ExitError } from '../../starters/exit-codes.ts'
import { helpText } from '../../starters/help.ts'
import { parseCommand } from '../../starters/parse-command.ts'
import { VERBS } from '../../starters/verbs.ts'

const words = (line: string) => line.split(' ').filter(word => word !== '')
const alpha = parseHostName('alpha')
const RUN = { verb: 'run', procedure: 'health-check', target: null, only: null, wait: false, announce: false } as const
const ONE = { workflowId: 'health-check:all', runId: null }

const UNDERSTOOD: readonly (readonly [string, Command])[] = [
  ['', { verb: 'help', topic: null }],
  ['--help', { verb: 'help', topic: null }],
  ['help run', { verb: 'help', topic: 'run' }],
  ['run --help', { verb: 'help', topic: 'run' }],
  ['run -h', { verb: 'help', topic: 'run' }],
  ['--version', { verb: 'version' }],
  ['run health-check', RUN],
  ['run health-check --target alpha', { ...RUN, target: alpha }],
  ['run health-check --target=alpha only=logs --wait', { ...RUN, target: alpha, only: 'logs', wait: true }],
  [
    'run only=logs health-check --wait'.replace('only=logs health-check', 'health-check only=logs'),
    { ...RUN, only: 'logs', wait: true },
  ],
  ['run --wait health-check', { ...RUN, wait: true }],
  ['run health-check --target all', RUN],
  ['list', { verb: 'list', open: false, failed: false, sinceMs: null }],
  ['list --open --failed --since 7d', { verb: 'list', open: true, failed: true, sinceMs: 7 * 86_400_000 }],
  ['list --since 30m', { verb: 'list', open: false, failed: false, sinceMs: 1_800_000 }],
  ['show health-check:all', { verb: 'show', ...ONE }],
  ['show health-check:all --run r1', { verb: 'show', workflowId: 'health-check:all', runId: 'r1' }],
  ['report health-check:all', { verb: 'report', ...ONE, format: 'text', output: null }],
  ['report health-check:all --html --output r.html', { verb: 'report', ...ONE, format: 'html', output: 'r.html' }],
  ['report health-check:all --json', { verb: 'report', ...ONE, format: 'json', output: null }],
  ['cancel health-check:all --reason moved', { verb: 'cancel', ...ONE, reason: 'moved' }],
  ['schedules', { verb: 'schedules', action: 'list' }],
  ['schedules sync', { verb: 'schedules', action: 'sync' }],
  ['schedules upcoming', { verb: 'schedules', action: 'upcoming' }],
  [
    'schedules pause health-check --reason R',
    { verb: 'schedules', action: 'pause', procedure: 'health-check', reason: 'R' },
  ],
  ['schedules trigger health-check', { verb: 'schedules', action: 'trigger', procedure: 'health-check' }],
  ['estate', { verb: 'estate', action: 'show', file: null }],
  ['estate check my.yaml', { verb: 'estate', action: 'check', file: 'my.yaml' }],
  ['ledger', { verb: 'ledger', action: 'list', sinceMs: null }],
  ['ledger verify', { verb: 'ledger', action: 'verify', head: null }],
  [
    `ledger verify --head 12:${'a'.repeat(64)}`,
    { verb: 'ledger', action: 'verify', head: { sequence: 12, hash: 'a'.repeat(64) } },
  ],
  [
    'ledger note planned-restart --target alpha --reason patch',
    { verb: 'ledger', action: 'note', kind: 'planned-restart', target: 'alpha', reason: 'patch' },
  ],
  ['slack manifest', { verb: 'slack', action: 'manifest', url: null, command: null }],
  [
    'slack manifest https://ops.example.com/slack/events /ops2',
    { verb: 'slack', action: 'manifest', url: 'https://ops.example.com/slack/events', command: '/ops2' },
  ],
  ['doctor', { verb: 'doctor' }],
  ['whoami', { verb: 'whoami', as: null, key: null }],
]

describe('understood', () => {
  for (const [line, command] of UNDERSTOOD) {
    test(`ops ${line}`, () => assert.deepEqual(parseCommand(words(line)).command, command))
  }

  test('--json belongs to the answer, not to the command', () => {
    assert.deepEqual(parseCommand(['list', '--json']), { ...parseCommand(['list']), json: true })
  })

  test('a secret in a reason goes no further than the door', () => {
    for (const line of [
      'cancel w',
      'schedules pause health-check',
      'schedules resume health-check',
      'ledger note --target alpha',
    ]) {
      const { command } = parseCommand([...words(line), '--reason', 'new password=hunter2, see ticket'])
      assert.ok('reason' in command)
      assert.equal(command.reason, 'new password=[redacted] see ticket', line)
    }
  })

  test('a reason keeps its spaces and may begin with a hyphen', () => {
    assert.deepEqual(parseCommand(['cancel', 'w', '--reason=-5 degrees, too cold']).command, {
      verb: 'cancel',
      workflowId: 'w',
      runId: null,
      reason: '-5 degrees, too cold',
    })
  })
})

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['rnu health-check', /unknown verb "rnu"; did you mean "run"\?/],
  ['frobnicate', /unknown verb "frobnicate"$/],
  ['help rnu', /unknown verb "rnu"/],
  ['--json list', /option --json stands before the verb/],
  ['run', /no procedure is named/],
  ['run helth-check', /unknown procedure "helth-check"; did you mean "health-check"\?/],
  ['run health-check --targte alpha', /unknown option --targte; did you mean "--target"\?/],
  ['run health-check -x', /unknown option -x/],
  ['run health-check --target', /--target needs a value/],
  ['run health-check --target --wait', /--target needs a value/],
  ['run health-check --target Alpha!', /"Alpha!" cannot be a host/],
  ['run health-check --target estate', /"estate" cannot be a host/],
  ['run health-check --wait --wait', /--wait is there twice/],
  ['run health-check --wait=yes', /--wait takes no value/],
  ['run health-check only=lgos', /unknown group of steps "lgos"; did you mean "logs"\?/],
  ['run health-check olny=logs', /unknown key "olny"; did you mean "only"\?/],
  ['run health-check logs', /"logs" is not key=value/],
  ['run health-check --plan', /only reads: there is no plan/],
  ['list --since soon', /"soon" is no length of time/],
  ['list --since 0d', /"0d" is no length of time/],
  ['list alpha', /too many words: alpha/],
  ['show', /no workflow id is given/],
  ['show one two', /too many words: two/],
  ['report w --html --text', /exclude each other/],
  ['cancel w', /--reason is missing/],
  ['schedules snyc', /unknown word "snyc"; did you mean "sync"\?/],
  ['schedules pause health-check', /--reason is missing/],
  ['ledger note planned-restart --reason R', /--target is missing/],
  ['ledger note restart --target alpha --reason R', /unknown word "restart"/],
  ['ledger verify --head 12', /"12" is no head/],
  ['slack manifset', /did you mean "manifest"\?/],
  ['slack manifest ops.example.com', /"ops.example.com" is no address that Slack can reach/],
  ['slack manifest http://ops.example.com/slack/events', /is no address that Slack can reach/],
  ['slack manifest https://ops.example.com/slack/events ops', /"ops" is no slash command/],
  ['doctor now', /too many words: now/],
]

describe('refused with exit code 64', () => {
  for (const [line, message] of REFUSED) {
    test(`ops ${line}`, () => {
      assert.throws(
        () => parseCommand(words(line)),
        (error: unknown) => {
          assert.ok(error instanceof ExitError)
          assert.match(error.message, message)
          assert.notEqual(error.hint, '')
          assert.equal(error.exitCode, 64)
          return true
        },
      )
    })
  }
})

test('every verb has a help that names its options', () => {
  for (const { name, options } of VERBS) {
    const text = helpText(name)
    for (const option of options) assert.match(text, new RegExp(`--${option.name}\\b`), name)
    assert.ok(helpText(null).includes(`  ${name}`))
  }
})
