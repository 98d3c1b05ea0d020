/**
 * The brain of the control plane alone, in a process of its own, so that its memory can be read: workflows are polled and
 * nobody does their activities, so every run waits. Arguments: server's address, namespace, queue, size of the cache.
 */
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { workflowBundle } from '../../workers/bundle.ts'

const [address = '', namespace = '', taskQueue = '', cached = ''] = process.argv.slice(2)

// Whoever started this process reads its memory; when it is gone, nobody needs it any more.
process.on('disconnect', () => process.exit(1))

Runtime.install({ logger: new DefaultLogger('ERROR') })
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue,
  workflowBundle: await workflowBundle(),
  maxCachedWorkflows: Number(cached),
  // As in workers/control-plane.ts.
  maxConcurrentWorkflowTaskExecutions: 40,
  stickyQueueScheduleToStartTimeout: '5 seconds',
})
const running = worker.run()
process.on('message', () => process.send?.({ cached: worker.getStatus().numCachedWorkflows }))
process.send?.({ cached: 0 })
await running
