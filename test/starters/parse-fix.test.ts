/** Words about fixes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommand } from '../../starters/parse-command.ts'

const CI = ['--ci', 'passed', '--ci-url', 'https://ci.example.test/7']
const register = (...words: readonly string[]) => parseCommand(['fix', 'register', ...words]).command

test('a fix is a file or a version, with what it is checked by and how long it is watched', () => {
  assert.deepEqual(parseCommand(['fix']).command, { verb: 'fix', action: 'list' })
  const common = { verb: 'fix', action: 'register', title: 'T', ci: 'passed', ciUrl: 'https://ci.example.test/7' }
  assert.deepEqual(register('p.json', '--title', 'T', ...CI, '--check', 'prompt', '--watch', '20s', '--as', 'ana'), {
    ...common,
    source: { kind: 'file', path: 'p.json' },
    reproduction: { kind: 'prompt' },
    watchSeconds: 20,
    as: 'ana',
  })
  assert.deepEqual(register('opencode-ai@1.18.32', '--title', 'T', ...CI), {
    ...common,
    source: { kind: 'version', version: '1.18.32' },
    reproduction: null,
    watchSeconds: 1_800,
    as: null,
  })
})

test('what is missing or wrong is said', () => {
  const CASES: readonly (readonly [words: readonly string[], says: RegExp])[] = [
    [[], /nothing is named/],
    [['p.json', ...CI], /--title is missing/],
    [['p.json', '--title', 'T', '--ci', 'green', '--ci-url', 'x'], /"green" is not known/],
    [['p.json', '--title', 'T', '--ci', 'passed'], /--ci-url is missing/],
    [['p.json', '--title', 'T', ...CI, '--check', 'sh:ls'], /no check of the closed set/],
    [['p.json', '--title', 'T', ...CI, '--watch', '2d'], /no time to watch/],
    [['p.json', '--title', 'T', ...CI, '--watch', '0s'], /no time to watch/],
    [['p.json', 'q.json', '--title', 'T', ...CI], /too many words/],
  ]
  for (const [words, says] of CASES) assert.throws(() => register(...words), says)
})
