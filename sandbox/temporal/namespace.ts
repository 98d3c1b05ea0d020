/**
 * The namespace and its search attributes on a server that may have started a moment ago. On a server that is not ours both may
 * be in somebody else's hands: then what is missing is said, with the command that adds it.
 */
import { Connection, type ConnectionOptions } from '@temporalio/client'
import { OpsError } from '../../domain/failures.ts'
import { ensureNamespace, ensureSearchAttributes, missingSearchAttributes } from '../../starters/namespace.ts'
import { Problem } from '../estate/problem.ts'
import { waitFor } from '../estate/wait.ts'

/** Safe to repeat. @throws Problem when the server does not come to answer or refuses. */
export async function convergeNamespace(
  options: ConnectionOptions,
  namespace: string,
  signal?: AbortSignal,
): Promise<void> {
  const connection = await waitFor(
    'a Temporal server answering',
    async () => await Connection.connect({ ...options, connectTimeout: 2000 }),
    { timeoutMs: 60_000, everyMs: 100, signal },
  )
  try {
    // A server that has just started answers before it can write, and knows what it was told a moment later.
    await waitFor(
      `the namespace '${namespace}' and its search attributes`,
      async () => {
        try {
          await ensureNamespace(connection, namespace)
          await ensureSearchAttributes(connection, namespace)
          return (await missingSearchAttributes(connection, namespace)).length === 0 ? true : undefined
        } catch (error) {
          if (error instanceof OpsError) throw new Problem(error.message, { hint: error.hint })
          throw error
        }
      },
      { timeoutMs: 60_000, everyMs: 100, signal },
    )
  } finally {
    await connection.close()
  }
}
