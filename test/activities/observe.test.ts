/** Which failures of a read are tried again by the server, and which are a fact at the first look. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { observe, observeOnce } from '../../activities/observe.ts'
import { type FailureOwner, OpsError } from '../../domain/failures.ts'
import type { Observed } from '../../domain/observed.ts'

const problem = (owner: FailureOwner) => new OpsError({ owner, message: 'not now', hint: 'Wait.' })

function runAttempt(
  work: () => Promise<Observed<never>>,
  info: ConstructorParameters<typeof MockActivityEnvironment>[0] = {},
): Promise<Observed<never>> {
  const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') })
  return environment.run<[], Observed<never>, () => Promise<Observed<never>>>(work)
}

/** What becomes of an owner's problem in this attempt of three. */
async function ending(owner: FailureOwner, attempt: number, look = observe, maximumAttempts = 3): Promise<string> {
  const attemptOnce = () => look<never>(() => Promise.reject(problem(owner)))
  try {
    return (await runAttempt(attemptOnce, { attempt, retryPolicy: { maximumAttempts } })).kind
  } catch (error) {
    return error instanceof OpsError ? 'thrown' : String(error)
  }
}

/** A clock that runs while the look is under way. */
function slowly(context: TestContext, ms: number): typeof observe {
  let time = 0
  context.mock.method(performance, 'now', () => time)
  return look =>
    observe(() => {
      time += ms
      return look()
    })
}

describe('observe', () => {
  it('has what may pass within seconds tried again, and knows the last try', async () => {
    assert.deepEqual(
      [await ending('host', 1), await ending('host', 2), await ending('host', 3)],
      ['thrown', 'thrown', 'unknown'],
    )
    assert.deepEqual([await ending('host', 1, observe, 2), await ending('host', 2, observe, 2)], ['thrown', 'unknown'])
  })

  it('takes for a fact what waits for a person, and what no second changes', async () => {
    for (const owner of ['tool', 'configuration', 'permission', 'operator'] as const)
      assert.equal(await ending(owner, 1), 'unknown', owner)
  })

  it('does not try again what used up its time, nor a steady fact, nor without a known end', async context => {
    assert.equal(await ending('host', 1, slowly(context, 10_000)), 'unknown')
    assert.equal(await ending('host', 1, observeOnce), 'unknown')
    assert.equal((await runAttempt(() => observe<never>(() => Promise.reject(problem('host'))))).kind, 'unknown')
  })

  it('leaves mistakes and cancellations what they are', async () => {
    const mistake = new Error('a mistake')
    await assert.rejects(
      runAttempt(() => observe<never>(() => Promise.reject(mistake))),
      error => error === mistake,
    )
  })
})
