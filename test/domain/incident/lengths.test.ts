/** Whoever says more than is kept reads how much that is; whoever does not reads nothing of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IncidentCommand } from '../../../domain/incident/commands.ts'
import { ana, ben } from '../../support/team.ts'
import { RESOLVE, ROOT_CAUSE, story } from './sample-incident.ts'

const update = (findings: string): IncidentCommand => ({
  kind: 'status',
  status: 'identified',
  findings,
  actions: 'cleaning it',
  expectedResolution: 'at noon',
})
const assessed = (impact: string): IncidentCommand => ({
  kind: 'classify',
  severity: null,
  category: null,
  impact,
  systems: null,
  expectedResolution: null,
})

const cases: readonly (readonly [limit: number, words: RegExp, say: (text: string) => IncidentCommand])[] = [
  [500, /^noted \(the first 500 characters\)$/, text => ({ kind: 'note', text })],
  [500, /paged \(the first 500 characters\)$/, message => ({ kind: 'page', person: ben, message })],
  [1_000, /on its way \(the first 1,000 characters of each\)$/, update],
  [1_000, /\(the first 1,000 characters\)$/, assessed],
  [1_000, /\(the first 1,000 characters\)$/, reason => ({ kind: 'reopen', reason })],
  [1_000, /\(the first 1,000 characters\)$/, reason => ({ kind: 'false-alarm', reason })],
]

describe('an answer says that something was cut', () => {
  for (const [limit, words, say] of cases) {
    const { kind } = say('')
    const answerTo = (text: string) => {
      const told = story()
      told.does(ana, { kind: 'acknowledge' })
      if (kind === 'reopen') told.does(ana, ROOT_CAUSE, RESOLVE)
      const answer = told.tell(ana, say(text))
      assert.equal(answer.outcome, 'done', answer.text)
      return answer.text
    }
    test(kind, () => {
      assert.match(answerTo('x'.repeat(limit + 1)), words)
      assert.doesNotMatch(answerTo(` ${'x'.repeat(limit)}\n`), /characters/)
    })
  }
})
