/** Suggestions for a mistyped word: near ones only. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { didYouMean, nearest } from '../../domain/did-you-mean.ts'

const WORDS = ['health-check', 'list', 'show', 'schedules', 'estate']

for (const [word, expected] of [
  ['helth-check', 'health-check'],
  ['health-chekc', 'health-check'],
  ['healthcheck', 'health-check'],
  ['lsit', 'list'],
  ['LIST', 'list'],
  ['schedule', 'schedules'],
  ['frobnicate', null],
  ['x', null],
] as const) {
  test(`"${word}" is near to ${expected}`, () => assert.equal(nearest(word, WORDS), expected))
}

test('nothing near is nothing said', () => assert.equal(didYouMean('frobnicate', WORDS), ''))
