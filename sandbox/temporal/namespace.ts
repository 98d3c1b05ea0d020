/**
 * The namespace and its search attributes, as the procedures need them. On a server that is not ours both may be in
 * somebody else's hands: then what is missing is said, with the command that adds it.
 */
import { Connection, type ConnectionOptions } from '@temporalio/client'
import { KEYWORD_ATTRIBUTES, KEYWORD_LIST_ATTRIBUTES } from '../../domain/search-attributes.ts'
import { messageOf, Problem } from '../estate/problem.ts'
import { waitFor } from '../estate/wait.ts'

/** By IndexedValueType of Temporal's API. */
const searchAttributes: Readonly<Record<string, 2 | 7>> = {
  ...Object.fromEntries(KEYWORD_ATTRIBUTES.map(name => [name, 2 as const])),
  ...Object.fromEntries(KEYWORD_LIST_ATTRIBUTES.map(name => [name, 7 as const])),
}

const retentionSeconds = 90 * 24 * 3600

/** Safe to repeat. @throws Problem when the server does not come to answer or refuses. */
export async function convergeNamespace(
  options: ConnectionOptions,
  namespace: string,
  signal?: AbortSignal,
): Promise<void> {
  const connection = await waitFor('a Temporal server answering', async () => await connect(options), {
    timeoutMs: 60_000,
    everyMs: 100,
    signal,
  })
  try {
    await registerNamespace(connection, namespace, signal)
    await addSearchAttributes(connection, namespace, signal)
  } finally {
    await connection.close()
  }
}

async function connect(options: ConnectionOptions): Promise<Connection> {
  return await Connection.connect({ ...options, connectTimeout: 2000 })
}

async function registerNamespace(connection: Connection, namespace: string, signal?: AbortSignal): Promise<void> {
  const service = connection.workflowService
  await waitFor(
    `the namespace '${namespace}'`,
    async () => {
      try {
        await service.describeNamespace({ namespace })
        return true
      } catch (error) {
        if (codeOf(error) !== 5) throw error
      }
      try {
        const retention = { seconds: retentionSeconds as never }
        await service.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention })
      } catch (error) {
        if (codeOf(error) === 6) return true
        if (codeOf(error) === 7 || codeOf(error) === 12) {
          throw new Problem(`the namespace '${namespace}' does not exist and may not be made from here`, {
            hint: 'Make it on the server, or name another one with TEMPORAL_NAMESPACE.',
          })
        }
        throw error
      }
      return undefined
    },
    { timeoutMs: 30_000, everyMs: 100, signal },
  )
}

async function addSearchAttributes(connection: Connection, namespace: string, signal?: AbortSignal): Promise<void> {
  const service = connection.operatorService
  await waitFor(
    'the search attributes',
    async () => {
      try {
        const present = (await service.listSearchAttributes({ namespace })).customAttributes ?? {}
        const missing = Object.entries(searchAttributes).filter(([name]) => present[name] === undefined)
        if (missing.length === 0) return true
        await service.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) })
        return undefined
      } catch (error) {
        if (codeOf(error) !== 7 && codeOf(error) !== 12) throw error
        throw new Problem(`the search attributes may not be made from here: ${messageOf(error)}`, {
          hint: `Add ${Object.keys(searchAttributes).join(', ')} to the namespace (Keyword; OpsTarget KeywordList).`,
        })
      }
    },
    { timeoutMs: 30_000, everyMs: 100, signal },
  )
}

/** The gRPC status: 5 not found, 6 exists, 7 permission denied, 12 not offered here. */
function codeOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
    ? error.code
    : undefined
}
