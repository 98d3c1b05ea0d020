import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApplicationFailure } from '@temporalio/common'
import { type FailureOwner, OpsError } from '../../domain/failures.ts'
import { toFailure } from '../../workers/failures.ts'

const cases: readonly [FailureOwner, string, boolean][] = [
  ['host', 'HostProblem', false],
  ['tool', 'ToolProblem', false],
  ['configuration', 'ConfigurationProblem', true],
  ['permission', 'PermissionProblem', true],
  ['operator', 'OperatorProblem', true],
]
for (const [owner, type, nonRetryable] of cases) {
  test(`a problem of owner ${owner} travels as ${type}, ${nonRetryable ? 'not to be tried again' : 'to be tried again'}`, () => {
    const failure = toFailure(new OpsError({ owner, message: 'm', hint: 'Do this.' }))
    assert.ok(failure instanceof ApplicationFailure)
    assert.equal(failure.type, type)
    assert.equal(failure.nonRetryable, nonRetryable)
    assert.deepEqual(failure.details, ['Do this.'])
  })
}

test('what was told to come back later does so then, and everything else by the policy', () => {
  const delay = (failure: { readonly retryAfterMs?: number }) => {
    const made = toFailure(new OpsError({ owner: 'tool', message: 'm', hint: 'Wait.', ...failure }))
    assert.ok(made instanceof ApplicationFailure)
    return made.nextRetryDelay
  }
  assert.deepEqual([delay({ retryAfterMs: 30_000 }), delay({})], [30_000, undefined])
})

test('a mistake of ours is tried again some times, and not for hours', () => {
  const retryable = (attempt: number) => {
    const failure = toFailure(new TypeError('x is not a function'), attempt)
    return failure instanceof ApplicationFailure && !failure.nonRetryable
  }
  assert.deepEqual([1, 4, 5].map(retryable), [true, true, false])
})

test('no secret passes the seam', () => {
  const failure = toFailure(new Error('connect postgres://ops:hunter2@db/ops failed'))
  assert.doesNotMatch(failure.message, /hunter2/)
})
