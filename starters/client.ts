/** The connection to Temporal, by the variables of @temporalio/envconfig (address, namespace, API key, TLS files, profile). */
import { Client, Connection, type ConnectionOptions, NamespaceNotFoundError } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { askAgain } from '../activities/ask-again.ts'
import { ExitError } from './exit-codes.ts'
import type { Settings } from './settings.ts'

const CONNECT_TIMEOUT_MS = 2_500

/**
 * gRPC's codes for "nobody there" and "too late"; both may have reached the server. Cancelled it is when the server sees the
 * end of the time a moment before we do.
 */
const UNANSWERED: readonly number[] = [1, 4, 14]
/** When a question needs a worker and none polls; when the server has too much to do. */
const NOT_NOW: readonly number[] = [8, 9]
const NOT_ALLOWED: readonly number[] = [7, 16]
export const NOT_FOUND = 5

export interface TemporalClient {
  readonly client: Client
  readonly address: string
  close(): Promise<void>
}

export async function connect(settings: Settings, identity: string): Promise<TemporalClient> {
  const config = loadClientConnectConfig({ overrideEnvVars: { ...settings.environment } })
  const options = config.connectionOptions as ConnectionOptions
  const address = options.address ?? 'localhost:7233'
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: CONNECT_TIMEOUT_MS })
    const client = new Client({
      connection,
      namespace: config.namespace ?? settings.namespace,
      identity,
      interceptors: { workflow: [askAgain] },
    })
    return { client, address, close: () => connection.close() }
  } catch (error) {
    throw asTemporalError(error, address) ?? unreachable(address, error)
  }
}

function unreachable(address: string, cause: unknown): ExitError {
  const hint = `Start the sandbox with \`npm start\`, or set TEMPORAL_ADDRESS to a server that runs; \`ops doctor\` looks at the rest.`
  return new ExitError(69, { owner: 'tool', message: `Temporal does not answer at ${address}`, hint }, { cause })
}

/** A connection failure or refusal as an error that says what to do; null when the error is something else. */
export function asTemporalError(error: unknown, address: string): ExitError | null {
  if (error instanceof NamespaceNotFoundError) return noNamespace(address, error)
  const code = grpcCode(error)
  if (code === null) return null
  if (UNANSWERED.includes(code)) return unreachable(address, error)
  if (NOT_NOW.includes(code)) return notNow(address, error)
  if (NOT_ALLOWED.includes(code)) {
    const hint = 'Check TEMPORAL_API_KEY or the TLS files, and what they are allowed to do.'
    return new ExitError(
      77,
      { owner: 'permission', message: `Temporal at ${address} refuses: ${words(error)}`, hint },
      { cause: error },
    )
  }
  return code === NOT_FOUND && /namespace/i.test(words(error)) ? noNamespace(address, error) : null
}

function notNow(address: string, cause: unknown): ExitError {
  const hint =
    'Try again in a minute. `ops doctor` says whether the workers poll; the UI shows why a workflow task fails.'
  const message = `Temporal at ${address} cannot do this now: ${words(cause)}`
  return new ExitError(69, { owner: 'tool', message, hint }, { cause })
}

function noNamespace(address: string, cause: unknown): ExitError {
  const hint = '`npm start` creates the namespace; on your own server create it, or set TEMPORAL_NAMESPACE.'
  return new ExitError(
    69,
    { owner: 'configuration', message: `Temporal at ${address}: ${words(cause)}`, hint },
    { cause },
  )
}

/** Whether the same request may succeed in a moment: nobody there, too late, not now. */
export function isPassing(error: unknown): boolean {
  return isUnanswered(error) || NOT_NOW.includes(grpcCode(error) ?? -1)
}

/** Whether nothing is known about what the server did with the request. */
export function isUnanswered(error: unknown): boolean {
  return UNANSWERED.includes(grpcCode(error) ?? -1)
}

/** The gRPC code of an error or of what caused it, or null. */
export function grpcCode(error: unknown): number | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code: unknown = Reflect.get(current, 'code')
    if (typeof code === 'number') return code
  }
  return null
}

function words(error: unknown): string {
  let text = String(error)
  for (let current = error; current instanceof Error; current = current.cause) {
    const details: unknown = Reflect.get(current, 'details')
    text = typeof details === 'string' && details !== '' ? details : current.message
  }
  return text
}
