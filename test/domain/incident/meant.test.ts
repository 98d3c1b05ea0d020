/** Who means another incident than the one that goes on under the same workflow id is told so, and changes nothing. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IncidentCommand } from '../../../domain/incident/commands.ts'
import { decide } from '../../../domain/incident/decide.ts'
import { ben } from '../../support/team.ts'
import { RESOLVE, ROOT_CAUSE, story } from './sample-incident.ts'

const COMMANDS: readonly IncidentCommand[] = [
  { kind: 'acknowledge' },
  { kind: 'role', role: 'commander', person: ben },
  { kind: 'note', text: 'it was the disk' },
  { kind: 'false-alarm', reason: 'tried out' },
  ROOT_CAUSE,
  RESOLVE,
]

const tell = (command: IncidentCommand, incident: number | undefined, number = 7) => {
  const { incident: state, now, team } = story()
  const meant = incident === undefined ? {} : { incident }
  const message = { id: 'm', by: { person: ben, door: 'slack' as const }, at: now, ...meant, command }
  const before = { ...state, number }
  const { answer, ...step } = decide(before, message, { now, team })
  return { answer, isUnchanged: step.incident === before && step.effects.length === 0 }
}

describe('an incident that is over', () => {
  for (const command of COMMANDS) {
    test(`${command.kind} is refused by the one that came after it`, () => {
      const { answer, isUnchanged } = tell(command, 3)
      assert.deepEqual([answer.outcome, isUnchanged], ['refused', true])
      assert.match(answer.text, /about INC-3, which is over; INC-7 is declared in its place/)
      assert.match(answer.outcome === 'refused' ? answer.hint : '', /ops incident show INC-7/)
    })
  }
  test('also while that one has no number yet', () => {
    const { answer, isUnchanged } = tell({ kind: 'acknowledge' }, 3, 0)
    assert.deepEqual([answer.outcome, isUnchanged], ['refused', true])
    assert.match(answer.text, /another incident goes on in its place/)
  })
})

test('whoever means this one, or says no number, is heard', () => {
  for (const meant of [7, undefined]) assert.equal(tell({ kind: 'acknowledge' }, meant).answer.outcome, 'done')
})
