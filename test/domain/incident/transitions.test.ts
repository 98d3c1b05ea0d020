/** The table of transitions: what is in it, what is not, and that its diagram says the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reachable, transitionDiagram, transitionTable } from '../../../domain/incident/diagram.ts'
import { isOpen, TRANSITIONS, transition } from '../../../domain/incident/transitions.ts'

for (const [from, verb, to, exists] of [
  ['declared', 'acknowledge', 'investigating', true],
  ['identified', 'acknowledge', 'investigating', false],
  ['declared', 'status', 'resolving', true],
  ['resolving', 'status', 'investigating', true],
  ['resolved', 'status', 'investigating', false],
  ['declared', 'resolve', 'resolved', true],
  ['resolved', 'resolve', 'resolved', false],
  ['resolved', 'close', 'closed', true],
  ['investigating', 'close', 'closed', false],
  ['resolved', 'reopen', 'investigating', true],
  ['closed', 'reopen', 'investigating', true],
  ['declared', 'reopen', 'investigating', false],
  ['closed', 'merge', 'closed', false],
  ['declared', 'false-alarm', 'closed', true],
] as const) {
  test(`${from} ${exists ? 'moves' : 'does not move'} by ${verb} to ${to}`, () =>
    assert.equal(transition(from, verb, to) !== null, exists))
}

test('every state is reached, every move has a reason, every state but the last has a deadline', () => {
  assert.deepEqual(reachable().toSorted(), [
    'closed',
    'declared',
    'identified',
    'investigating',
    'resolved',
    'resolving',
  ])
  for (const { reason, deadline, to } of TRANSITIONS) {
    assert.notEqual(reason, '')
    assert.equal(deadline === '', to === 'closed')
  }
})

test('what moves for different reasons has rows of its own', () => {
  const rows = transitionTable()
    .split('\n')
    .filter(row => row.startsWith('| reopen'))
    .map(row => row.split('|').map(cell => cell.trim()))
  assert.deepEqual(
    rows.map(([, , from, , why]) => [from, why]),
    [
      ['resolved', 'it fires or is reported again'],
      ['closed', 'it fires or is reported again, until its last words are said'],
    ],
  )
})

test('no move is in the table twice', () => {
  const moves = TRANSITIONS.map(({ from, verb, to }) => `${from} ${verb} ${to}`)
  assert.equal(new Set(moves).size, moves.length)
})

test('only what ends an incident has an ending', () => {
  for (const { to, ending } of TRANSITIONS) assert.equal(ending !== null, to === 'closed')
  assert.deepEqual((['declared', 'resolving', 'resolved', 'closed'] as const).map(isOpen), [true, true, false, false])
})

test('the diagram has one arrow for each pair of states', () => {
  const diagram = transitionDiagram()
  assert.match(diagram, /^```mermaid\nstateDiagram-v2\n {2}\[\*\] --> declared: declare\n/)
  assert.match(diagram, /\n {2}declared --> investigating: acknowledge, status\n/)
  assert.match(diagram, /\n {2}resolved --> closed: close, merge, false-alarm\n/)
  const pairs = new Set(TRANSITIONS.map(({ from, to }) => `${from} ${to}`))
  assert.equal(diagram.split('-->').length - 1, pairs.size + 1)
})

test('the table has one row for each verb, where it leads and why', () => {
  const rows = transitionTable().split('\n')
  assert.ok(rows.every(row => row.length === rows[0]?.length))
  assert.equal(rows.length, 2 + 11)
  assert.ok(rows.some(row => /^\| close +\| resolved +\| closed \(completed\)/.test(row)))
})
