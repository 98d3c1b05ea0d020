/** Calls the hands of a host in the estate through its Temporal and its own host worker, with that worker's rights. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Client, WorkflowFailedError } from '@temporalio/client'
import { ActivityFailure, ApplicationFailure } from '@temporalio/common'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { ResponseHands } from '../../activities/response-hands.ts'
import { estateEnvironment } from './live.ts'

export interface LiveHands {
  call<Verb extends keyof ResponseHands>(
    verb: Verb,
    argument: Parameters<ResponseHands[Verb]>[0],
  ): Promise<Awaited<ReturnType<ResponseHands[Verb]>>>
  close(): Promise<void>
}

export async function handsOf(host: string): Promise<LiveHands> {
  const { TEMPORAL_ADDRESS: address = '', TEMPORAL_NAMESPACE: namespace = 'ops' } = estateEnvironment()
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })
  const connection = await NativeConnection.connect({ address })
  const taskQueue = `hands-test-${randomUUID()}`
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowsPath: join(import.meta.dirname, 'hand-workflow.ts'),
  })
  const running = worker.run()
  const client = new Client({ connection, namespace })
  return {
    async call(verb, argument) {
      try {
        return await client.workflow.execute('callHand', {
          workflowId: `hands-test:${randomUUID()}`,
          taskQueue,
          args: [{ host, verb, argument }],
        })
      } catch (error) {
        throw reasonOf(error)
      }
    },
    async close() {
      worker.shutdown()
      await running
      await connection.close()
    },
  }
}

/** What the host said, without Temporal's frames around it. */
function reasonOf(error: unknown): unknown {
  const failed = error instanceof WorkflowFailedError ? error.cause : error
  const cause = failed instanceof ActivityFailure ? failed.cause : failed
  return cause instanceof ApplicationFailure ? Object.assign(new Error(cause.message), { type: cause.type }) : error
}
