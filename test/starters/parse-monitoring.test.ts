/** Words about the monitoring's rules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommand } from '../../starters/parse-command.ts'

const propose = (...words: readonly string[]) => parseCommand(['monitoring', 'propose', ...words]).command

test('a proposal is a file, its tests, a reason, and perhaps an incident', () => {
  const common = { verb: 'monitoring', action: 'propose', rules: 'r.yml' }
  assert.deepEqual(propose('r.yml', '--tests', 'a.yml, b.yml', '--reason', 'R', '--incident', 'inc-7', '--as', 'ana'), {
    ...common,
    tests: ['a.yml', 'b.yml'],
    reason: 'R',
    incident: 7,
    as: 'ana',
  })
  assert.deepEqual(propose('r.yml', '--tests', 'a.yml', '--reason', 'password=hunter2 leaked'), {
    ...common,
    tests: ['a.yml'],
    reason: 'password=[redacted] leaked',
    incident: null,
    as: null,
  })
})

test('what is missing or wrong is said', () => {
  const CASES: readonly (readonly [words: readonly string[], says: RegExp])[] = [
    [[], /no rules file is named/],
    [['r.yml', '--reason', 'R'], /--tests is missing/],
    [['r.yml', '--tests', 'a.yml'], /--reason is missing/],
    [['r.yml', '--tests', 'a.yml,,b.yml', '--reason', 'R'], /names no file somewhere/],
    [['r.yml', '--tests', 'a.yml', '--reason', 'R', '--incident', '7x'], /"7x" is no incident/],
    [['r.yml', 'q.yml', '--tests', 'a.yml', '--reason', 'R'], /too many words/],
  ]
  for (const [words, says] of CASES) assert.throws(() => propose(...words), says)
  assert.throws(() => parseCommand(['monitoring', 'propos', 'r.yml']), /unknown word "propos"; did you mean "propose"/)
})
