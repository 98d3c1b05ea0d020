/** `ops cancel`: asks a run to stop. The reason goes into the run's own history and, where one is configured, into the ledger. */
import { randomUUID } from 'node:crypto'
import type { CancelCommand } from '../../domain/commands.ts'
import { grpcCode, NOT_FOUND } from '../client.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { describeRun, type RunSummary, summarize } from '../run-records.ts'

export async function cancel(command: CancelCommand, context: Context): Promise<ExitCode> {
  const { terminal, person } = context
  const { client } = await context.temporal()
  const run = summarize(await describeRun(client, command))
  if (run.status !== 'running') return isOver(run, context)
  try {
    // The handle's own cancel() carries no reason.
    await client.workflowService.requestCancelWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: run.workflowId, runId: run.runId },
      identity: person,
      requestId: randomUUID(),
      reason: command.reason,
    })
  } catch (error) {
    if (grpcCode(error) !== NOT_FOUND) throw error
    // To some servers a run that has just ended is not there to be cancelled.
    const now = summarize(await describeRun(client, run))
    if (now.status === 'running') throw error
    return isOver(now, context)
  }
  await note(`cancel of ${run.workflowId} (run ${run.runId}) asked for: ${command.reason}`, run.target, context)
  if (context.json) terminal.json({ ...run, requested: true })
  else terminal.say(`${run.workflowId} was asked to stop; see how it ends with: ops show ${run.workflowId}`)
  return 0
}

function isOver(run: RunSummary, { terminal, json }: Context): ExitCode {
  if (json) terminal.json({ ...run, requested: false })
  else terminal.say(`${run.workflowId} is not running: ${run.status} at ${run.closedAt}`)
  return 0
}

/** A ledger that is away must not keep a person from stopping a run; its history has the reason anyway. */
async function note(reason: string, target: string, { settings, person, terminal }: Context): Promise<void> {
  const known = await settings()
  if (known.ledgerUrlFile === null) return
  try {
    const { withLedger } = await import('../ledger-access.ts')
    const at = new Date().toISOString()
    await withLedger(known, open => open.note({ id: randomUUID(), kind: 'note', target, at, reason, by: person }))
  } catch (error) {
    terminal.note(`not in the ledger: ${error instanceof Error ? error.message : String(error)}`)
  }
}
