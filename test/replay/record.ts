/** Adds a recorded history: `node test/replay/record.ts WORKFLOW_ID[@RUN_ID] health-check.ok`. Refuses to replace one. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { NAMESPACE } from '../../domain/ids.ts'

const [run, name] = process.argv.slice(2)
if (run === undefined || name === undefined || !/^[a-z-]+\.[a-z-]+$/.test(name)) {
  process.stderr.write('usage: node test/replay/record.ts WORKFLOW_ID[@RUN_ID] PROCEDURE.SHAPE\n')
  process.exit(64)
}
const file = join(import.meta.dirname, 'histories', `${name}.json`)
if (existsSync(file)) {
  process.stderr.write(`${file} exists: histories are only added to, choose another name\n`)
  process.exit(64)
}
const [workflowId = run, runId] = run.split('@')
const { connectionOptions, namespace } = loadClientConnectConfig()
const connection = await Connection.connect(connectionOptions)
const client = new Client({ connection, namespace: namespace ?? NAMESPACE })
const history = await client.workflow.getHandle(workflowId, runId).fetchHistory()
// A stack says where somebody's checkout lies, and replay does not look at it.
const text = historyToJSON(history).replaceAll(/("stackTrace":\s*)"(?:[^"\\]|\\.)*"/g, '$1""')
writeFileSync(file, `${text}\n`)
process.stdout.write(`${file}: ${history.events?.length} events\n`)
await connection.close()
