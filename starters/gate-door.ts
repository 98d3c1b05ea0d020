/** Decisions at every door: what waits, where a question is, passing on what was signed, and what became of it. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Attempt, Gate, SignedStatement, Statement } from '../domain/approvals/approval.ts'
import { lateRow, type Past, pastOfGate, pastOfRows } from '../domain/approvals/past.ts'
import { CONTROL_QUEUE } from '../domain/ids.ts'
import { type DecisionRow, rowKey } from '../domain/ledger.ts'
import type { lateRows } from '../workflows/late-rows.ts'
import { decideSignal, gatesQuery } from '../workflows/messages.ts'
import { askUntil } from './ask-until.ts'
import { isPassing } from './client.ts'
import { type Read, readEach } from './read-each.ts'

/** All gates that wait for somebody, oldest first, and the runs that did not say. Throws when none of them answers. */
export async function readGates(client: Client): Promise<Read<Gate>> {
  const query = `OpsGate IS NOT NULL AND ExecutionStatus = 'Running'`
  const ids: string[] = []
  for await (const run of client.workflow.list({ query })) ids.push(run.workflowId)
  const { answers, unread } = await readEach(client, ids, id => gatesOf(client, id))
  const open = answers.flat().filter(gate => gate.state === 'open')
  return { answers: open.toSorted((a, b) => a.openedAt.localeCompare(b.openedAt)), unread }
}

export type Sought =
  | { readonly kind: 'gate'; readonly gate: Gate }
  /** Its run has ended or forgotten it. */
  | { readonly kind: 'past'; readonly past: Past }
  | { readonly kind: 'unknown' }

export type Found = Exclude<Sought, { kind: 'unknown' }>

export interface Wanted {
  readonly approvalId: string
  /** Of the run that asked, where it is known; null to look for it. */
  readonly workflowId: string | null
}

/**
 * The index knows open questions only, a moment late; the ledger knows all of them. A run that still goes on is asked in
 * any case: it answers best, and what is tried too late is then on record.
 *
 * @param decisions the ledger's rows of one approval; none when it is not there.
 */
export async function seekGate(
  client: Client,
  { approvalId, workflowId }: Wanted,
  decisions: (approvalId: string) => Promise<readonly DecisionRow[]>,
): Promise<Sought> {
  const run = workflowId ?? (await indexedRun(client, approvalId))
  const gate = run === null ? null : await gateIn(client, run, approvalId)
  if (gate !== null) return { kind: 'gate', gate }
  const rows = await decisions(approvalId)
  const asked = rows.find(({ kind }) => kind === 'opened')?.workflowId ?? null
  const past = pastOfRows(rows)
  const known =
    asked === null || asked === run
      ? null
      : await gateIn(client, asked, approvalId).catch((error: unknown) => {
          if (past !== null && isPassing(error)) return null
          throw error
        })
  if (known !== null) return { kind: 'gate', gate: known }
  return past === null ? { kind: 'unknown' } : { kind: 'past', past }
}

/**
 * Passes a signed statement on to the run whose gate it is about: whether it counts is decided there. When that run hears
 * nothing any more, it is left to a run of its own to write down that it came too late. Settles when one of them has it.
 */
export async function passDecision(client: Client, found: Found, signed: SignedStatement): Promise<Found> {
  if (found.kind === 'past') {
    await recordLate(client, found.past, signed.statement)
    return found
  }
  const { gate } = found
  try {
    await signalDecision(client, gate.workflowId, signed)
    return found
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    const past = pastOfGate(gate)
    // An earlier try of the door may have been heard, and only its answer be lost.
    if (attemptOf(gate, signed.statement) === undefined) await recordLate(client, past, signed.statement)
    return { kind: 'past', past }
  }
}

/** Safe to repeat: the same statement is the same run, and the same row. */
async function recordLate(client: Client, past: Past, statement: Statement): Promise<void> {
  const row = lateRow(past, statement)
  await client.workflow.start<typeof lateRows>('lateRows', {
    workflowId: `late-rows:${rowKey(row)}`,
    taskQueue: CONTROL_QUEUE,
    args: [{ rows: [row] }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `A decision on ${past.approvalId} that came too late`,
  })
}

export async function signalDecision(client: Client, workflowId: string, signed: SignedStatement): Promise<void> {
  await client.workflow.getHandle(workflowId).signal(decideSignal, signed)
}

export interface Judgement {
  readonly gate: Gate
  readonly attempt: Attempt
}

/** The attempt that a statement became; null when nobody looked at it within the time. */
export async function judgementOf(
  client: Client,
  { workflowId, approvalId }: Gate,
  statement: Statement,
  withinMs: number,
): Promise<Judgement | null> {
  return await askUntil(client, withinMs, async () => {
    const gate = await gateIn(client, workflowId, approvalId)
    const attempt = gate === null ? undefined : attemptOf(gate, statement)
    return gate === null || attempt === undefined ? null : { gate, attempt }
  })
}

function attemptOf({ attempts }: Gate, statement: Statement): Attempt | undefined {
  return attempts.findLast(
    ({ person, verdict, saidAt }) =>
      person === statement.person && verdict === statement.verdict && saidAt === statement.at,
  )
}

async function indexedRun(client: Client, approvalId: string): Promise<string | null> {
  const query = `OpsGate = '${approvalId.replaceAll("'", '')}'`
  for await (const run of client.workflow.list({ query, pageSize: 1 })) return run.workflowId
  return null
}

async function gateIn(client: Client, workflowId: string, approvalId: string): Promise<Gate | null> {
  const gates = await gatesOf(client, workflowId).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return []
    throw error
  })
  return gates.find(gate => gate.approvalId === approvalId) ?? null
}

async function gatesOf(client: Client, workflowId: string): Promise<readonly Gate[]> {
  return await client.workflow.getHandle(workflowId).query(gatesQuery)
}
