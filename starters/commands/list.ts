/** `ops list`: runs of our procedures, newest first, and whether changes are frozen. */
import { toSecond } from '../../domain/clock.ts'
import type { ListCommand } from '../../domain/commands.ts'
import { OpsError } from '../../domain/failures.ts'
import type { EventRow } from '../../domain/ledger.ts'
import { PROCEDURES } from '../../domain/procedures.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { frozenWords, withLedger } from '../ledger-access.ts'
import { type RunSummary, summarize } from '../run-records.ts'
import { table, verdictMark } from '../terminal.ts'

/** More than anybody reads; older ones are found with --since or in the ledger. */
const MOST = 200

export async function list(command: ListCommand, context: Context): Promise<ExitCode> {
  const { terminal } = context
  const { client } = await context.temporal()
  const runs: RunSummary[] = []
  for await (const info of client.workflow.list({ query: listQuery(command, Date.now()), pageSize: MOST })) {
    runs.push(summarize(info))
    if (runs.length === MOST) break
  }
  const frozen = await readFreeze(context)
  if (context.json) {
    terminal.json({ runs, frozen })
    return 0
  }
  if (frozen === 'unread') terminal.note('whether changes are frozen cannot be read now: the ledger does not answer')
  else if (frozen !== null) terminal.say(terminal.paint('yellow', frozenWords(frozen)))
  if (runs.length === 0) terminal.say('no runs')
  else for (const line of table(runs.map(run => row(run, context)))) terminal.say(line)
  return 0
}

/** Without a ledger nothing can be frozen from here; one that is away keeps no list back. */
async function readFreeze(context: Context): Promise<EventRow | null | 'unread'> {
  const settings = await context.settings()
  if (settings.ledgerUrlFile === null) return null
  try {
    return await withLedger(settings, ledger => ledger.currentFreeze())
  } catch (error) {
    if (error instanceof OpsError) return 'unread'
    throw error
  }
}

/** Temporal's list filter. By workflow type, so that only `--failed` needs a search attribute of ours (OpsVerdict). */
export function listQuery({ open, failed, sinceMs }: ListCommand, now: number): string {
  const types = PROCEDURES.map(({ workflowType }) => `'${workflowType}'`)
  return [
    `WorkflowType IN (${types.join(', ')})`,
    ...(open ? [`ExecutionStatus = 'Running'`] : []),
    ...(failed ? [`(ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated') OR OpsVerdict = 'fail')`] : []),
    ...(sinceMs === null ? [] : [`StartTime >= '${new Date(now - sinceMs).toISOString()}'`]),
  ].join(' AND ')
}

function row(run: RunSummary, { terminal }: Context): readonly string[] {
  const verdict =
    run.verdict === null
      ? terminal.paint('cyan', run.status === 'running' ? '▶ running' : '  ended  ')
      : verdictMark(terminal, run.verdict)
  return [
    verdict,
    toSecond(run.startedAt),
    run.workflowId,
    run.status === 'completed' || run.status === 'running' ? '' : run.status,
    terminal.paint('dim', run.runId),
  ]
}
