/** What a namespace needs before the first run: the namespace itself and the search attributes. Repeating it changes nothing. */
import type { ConnectionLike } from '@temporalio/client'
import { OpsError } from '../domain/failures.ts'
import { KEYWORD_ATTRIBUTES, KEYWORD_LIST_ATTRIBUTES } from '../domain/search-attributes.ts'
import { grpcCode } from './client.ts'

/** IndexedValueType of Temporal's API. */
const KEYWORD = 2
const KEYWORD_LIST = 7

const NOT_FOUND = 5
const ALREADY_EXISTS = 6
const NOT_ALLOWED: readonly number[] = [7, 12, 16]

const WANTED: Readonly<Record<string, number>> = {
  ...Object.fromEntries(KEYWORD_ATTRIBUTES.map(name => [name, KEYWORD])),
  ...Object.fromEntries(KEYWORD_LIST_ATTRIBUTES.map(name => [name, KEYWORD_LIST])),
}

/** The names that the namespace lacks, or has with another type. */
export async function missingSearchAttributes(
  connection: ConnectionLike,
  namespace: string,
): Promise<readonly string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  return Object.entries(WANTED)
    .filter(([name, type]) => Number(customAttributes[name]) !== type)
    .map(([name]) => name)
}

/** Registers what is missing and waits until the namespace knows it. Throws OpsError with the command to run when it may not. */
export async function ensureSearchAttributes(connection: ConnectionLike, namespace: string): Promise<void> {
  try {
    const missing = await missingSearchAttributes(connection, namespace)
    if (missing.length === 0) return
    const searchAttributes = Object.fromEntries(missing.map(name => [name, WANTED[name] ?? KEYWORD]))
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes }).catch((error: unknown) => {
      // Somebody else was quicker.
      if (grpcCode(error) !== ALREADY_EXISTS) throw error
    })
  } catch (error) {
    if (!NOT_ALLOWED.includes(grpcCode(error) ?? -1)) throw error
    throw new OpsError(
      {
        owner: 'permission',
        message: `the search attributes of namespace ${namespace} cannot be registered from here`,
        hint: `Let somebody who may run: ${registrationCommand(namespace)}`,
      },
      { cause: error },
    )
  }
}

/** The same with Temporal's own tool, for people. */
export function registrationCommand(namespace: string): string {
  const attributes = [
    ...KEYWORD_ATTRIBUTES.map(name => `--name ${name} --type Keyword`),
    ...KEYWORD_LIST_ATTRIBUTES.map(name => `--name ${name} --type KeywordList`),
  ]
  return `temporal operator search-attribute create --namespace ${namespace} ${attributes.join(' ')}`
}

/** Creates the namespace when it is missing. Closed runs are kept that many days; older ones are in the ledger. */
export async function ensureNamespace(
  connection: ConnectionLike,
  namespace: string,
  retentionDays = 90,
): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace })
    return
  } catch (error) {
    if (grpcCode(error) !== NOT_FOUND) throw error
  }
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: (retentionDays * 86_400) as never },
    })
  } catch (error) {
    if (grpcCode(error) === ALREADY_EXISTS) return
    if (!NOT_ALLOWED.includes(grpcCode(error) ?? -1)) throw error
    const message = `the namespace ${namespace} does not exist and cannot be created from here`
    const hint = 'Create it on the server, or name another one with TEMPORAL_NAMESPACE.'
    throw new OpsError({ owner: 'permission', message, hint }, { cause: error })
  }
}
