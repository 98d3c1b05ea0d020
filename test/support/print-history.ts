/** Prints all that Temporal keeps of a run, payloads decoded, for a search through it. */
import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { NAMESPACE } from '../../domain/ids.ts'

const { connectionOptions, namespace } = loadClientConnectConfig()
const connection = await Connection.connect(connectionOptions)
const client = new Client({ connection, namespace: namespace ?? NAMESPACE })
const history = await client.workflow.getHandle(process.argv[2] ?? '').fetchHistory()
process.stdout.write(
  JSON.stringify(history, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
  ),
)
await connection.close()
