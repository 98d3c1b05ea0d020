/** How other runs of incidents stand: asked of Temporal itself, which knows also while nobody works. */
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client'
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { OpsError } from '../domain/failures.ts'
import { type Incident, parseIncidentName } from '../domain/incident/incident.ts'
import { goesOn, type Standing } from '../domain/incident/start.ts'
import type { KeywordAttribute } from '../domain/search-attributes.ts'
import { findIncident, findResponse } from './find-incident.ts'

const PHASE = defineSearchAttributeKey('OpsPhase' satisfies KeywordAttribute, SearchAttributeType.KEYWORD)

/** Well within the time of one try, so that a worker that stops does not wait for it. */
const END_MS = 5_000
/** Nearly always it ends at once; one that is opened again may take weeks. */
const AGAIN_MS = 60_000

/** Whoever is to be paged does not wait for long. */
const SURVIVOR_MS = 3_000
const MOST_MERGES = 10

type Run = Readonly<Record<'workflowId' | 'runId', string>>

export async function standingOf(client: Client, number: number): Promise<Standing> {
  const run = await findIncident(client, number)
  if (run === null) return 'absent'
  if (!goesOn(run)) return 'closed'
  const { status, typedSearchAttributes } = await client.workflow.getHandle(run.workflowId, run.runId).describe()
  // One that says its last words is as good as gone.
  return status.name === 'RUNNING' && typedSearchAttributes.get(PHASE) !== 'closed' ? 'open' : 'closed'
}

/** Follows continuations. Null when it was cancelled, was terminated, has failed, or is no longer known. */
export async function endOf(client: Client, { workflowId, runId }: Run): Promise<Incident | null> {
  try {
    const handle = client.workflow.getHandle<() => Promise<Incident>>(workflowId, runId)
    return await client.withDeadline(Date.now() + END_MS, () => handle.result())
  } catch (error) {
    if (error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError) return null
    throw new OpsError(
      {
        owner: 'tool',
        message: `${workflowId} has not ended yet`,
        hint: 'Nothing has to be done: it is asked again.',
        retryAfterMs: AGAIN_MS,
      },
      { cause: error },
    )
  }
}

/**
 * The workflow id of the incident that hears what is told this one: itself, or, once it has ended as a duplicate, the one
 * that goes on in its place. When nobody can say so in time, itself: a second incident is better than none.
 */
export async function heardBy(client: Client, workflowId: string): Promise<string> {
  const survivor = await survivorForSure(client, workflowId).catch(() => null)
  return survivor ?? workflowId
}

/** Which incident goes on in place of one that has ended; null when none does. Throws, to be tried again, when nobody can say so. */
export async function survivorForSure(client: Client, workflowId: string): Promise<string | null> {
  try {
    return await client.withDeadline(Date.now() + SURVIVOR_MS, () => survivorOf(client, workflowId))
  } catch (error) {
    if (error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError) return null
    throw new OpsError(
      {
        owner: 'tool',
        message: `nobody can say which incident goes on in place of ${workflowId}`,
        hint: 'Nothing has to be done: it is asked again.',
      },
      { cause: error },
    )
  }
}

async function survivorOf(client: Client, workflowId: string): Promise<string | null> {
  const latest = await client.workflow.getHandle(workflowId).describe()
  if (latest.status.name === 'RUNNING') return null
  let run: Run = { workflowId, runId: latest.runId }
  for (let merges = 1; merges <= MOST_MERGES; merges += 1) {
    const { mergedInto } = await client.workflow.getHandle<() => Promise<Incident>>(run.workflowId, run.runId).result()
    const number = mergedInto === null ? null : parseIncidentName(mergedInto)
    const next = number === null ? null : await findResponse(client, number)
    if (next === null || next.isOpen) return next?.workflowId ?? null
    run = next
  }
  return null
}
