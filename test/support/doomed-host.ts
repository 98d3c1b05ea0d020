/**
 * A host worker in a process of its own, to be killed: it plans, and in the middle of carrying out it says so and does nothing
 * more. Arguments: address and namespace of Temporal, and the file to which it writes what it was asked for.
 */
import { appendFileSync } from 'node:fs'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { ResponseHands } from '../../activities/response-hands.ts'
import { type HostName, hostQueue } from '../../domain/ids.ts'
import { guardActivity } from '../../workers/failures.ts'
import { restartPlan } from './restart-plan.ts'

const [address, namespace, file] = process.argv.slice(2)
if (address === undefined || namespace === undefined || file === undefined) throw new Error('three arguments')

const hands: Pick<ResponseHands, 'planChange' | 'applyChange'> = {
  planChange: async () => restartPlan,
  applyChange: async () => {
    appendFileSync(file, 'apply\n')
    return await new Promise<never>(() => undefined)
  },
}

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue: hostQueue('alpha' as HostName),
  activities: hands,
  interceptors: { activity: [context => ({ inbound: guardActivity(context) })] },
})
await worker.run()
