/** Carries out an approved plan once, finds out what became of it, and takes it back when it does not help. */
import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  log,
  patched,
  sleep,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow'
import type { ChangeOrder } from '../../activities/response-hands.ts'
import type { ChangeName, ChangeRequest, ChangeResult, WorkaroundCheck, WorkaroundPlan } from '../../domain/changes.ts'
import type { HostName } from '../../domain/ids.ts'
import { onControlPlane, onHost } from '../proxies.ts'
import { failureWords, sentence } from './change-words.ts'

export interface Order extends ChangeOrder {
  readonly host: HostName
}

export type Planned = Order & { readonly plan: WorkaroundPlan }

/** The service has this long to answer. */
const VERIFY_MS = 2 * 60_000
/** Between two looks: soon at first, for most services are back within seconds. */
const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 15_000

/** A host that takes no task is waited for so long, to take back what was done there. */
const SILENT_MS = 2 * 60_000

/** These restart the service: health check and alerts expect it then, and whether it answers afterwards is their doing. */
const RESTARTS: readonly ChangeName[] = ['restart', 'rollback', 'raise-limit', 'deploy-fix']

/** Never throws for what happens on the host: everything ends in a state and a sentence. */
export async function carryOut(order: Planned, request: ChangeRequest): Promise<ChangeResult> {
  await noteChange(order, request, '')
  // The way back is known before the first step is taken.
  const back = (answered = true) => CancellationScope.nonCancellable(() => takeBack(order, request, answered))
  try {
    const failure = await apply(order)
    const isKnown = (seen: WorkaroundCheck) => isGood(order, seen) || (failure !== null && seen.state === 'not-done')
    return await judgeEnd(order, failure, await watch(order, isKnown), back)
  } catch (error) {
    if (!isCancellation(error)) throw error
    return await CancellationScope.nonCancellable(() => endCancelled(order, back))
  }
}

/** An incident of the next day recalls it; a restart is also expected by health check and alerts. */
async function noteChange(
  { host, plan, request: { name } }: Planned,
  request: ChangeRequest,
  way: '' | '-back',
): Promise<void> {
  const restarts = RESTARTS.includes(name)
  if (!restarts && !patched('every-change-is-noted')) return
  const { runId } = workflowInfo()
  const kind = restarts ? 'planned-restart' : 'change'
  await onControlPlane('briefly', restarts ? 'Note the restart as planned' : 'Note the change').record([
    {
      table: 'events',
      row: {
        id: `${runId}/${kind}${way}`,
        kind,
        target: host,
        at: new Date().toISOString(),
        reason: `${request.incident}: ${plan.title}${restarts || way === '' ? '' : ', taken back'}`,
        by: request.requestedBy,
      },
    },
  ])
}

/** Null when it went through; otherwise why its end is not known to be good. */
async function apply({ host, service, request, plan }: Planned): Promise<string | null> {
  try {
    await onHost(host, 'once', `Carry out: ${request.name} on ${host}`).applyChange({ service, request, plan })
    return null
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
    return failureWords(error)
  }
}

/** The last thing that was seen within the time, or what ends the watch; null when nothing was. */
async function watch(order: Planned, isEnd: (seen: WorkaroundCheck) => boolean): Promise<WorkaroundCheck | null> {
  const deadline = Date.now() + VERIFY_MS
  let seen: WorkaroundCheck | null = null
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    seen = (await look(order)) ?? seen
    if (seen !== null && isEnd(seen)) return seen
    if (Date.now() >= deadline) return seen
    await sleep(pause, { summary: `until the next look at ${order.host}` })
  }
}

async function look({ host, service, request, plan }: Planned): Promise<WorkaroundCheck | null> {
  try {
    return await onHost(host, 'read', `Is it done, and does ${service.unit} answer`).checkChange({
      service,
      request,
      plan,
    })
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
    log.warn('the host could not be looked at', { error })
    return null
  }
}

/** What does not restart the service is good by its own effect: a full disk is freed also where the service stays down. */
function isGood({ request: { name } }: Planned, { state, healthy }: WorkaroundCheck): boolean {
  if (state !== 'done' || healthy) return state === 'done'
  return !RESTARTS.includes(name) && patched('what-restarts-nothing-need-not-answer')
}

async function judgeEnd(
  order: Planned,
  failure: string | null,
  seen: WorkaroundCheck | null,
  back: () => Promise<WayBack>,
): Promise<ChangeResult> {
  const { host, plan } = order
  const { title } = plan
  const because = failure === null ? '' : ` (${failure})`
  if (seen === null || seen.state === 'unknown') {
    const found = seen === null ? `${host} cannot be looked at` : seen.summary
    const outcome = `${title}: whether it was done is not known${because}: ${found}. It is not tried again; look at ${host} yourself.`
    return { state: 'failed', outcome }
  }
  if (isGood(order, seen)) return { state: 'done', outcome: `${title}: done; ${sentence(seen.summary)}` }
  const taken = await back()
  if (seen.state === 'not-done' && failure !== null) {
    return { state: 'failed', outcome: `${title}: it was not carried out${because}. ${taken.words}` }
  }
  const trouble = `${title}: it did not help: ${sentence(seen.summary)}`
  return { state: taken.end === 'back' ? 'reverted' : 'failed', outcome: `${trouble} ${taken.words}` }
}

/** Asked to stop in the middle. */
async function endCancelled(order: Planned, back: (answered: boolean) => Promise<WayBack>): Promise<ChangeResult> {
  const taken = await back(!(await wasDownAlready(order)))
  if (taken.end === 'back') return { state: 'reverted', outcome: `${order.plan.title}: cancelled. ${taken.words}` }
  const seen = await look(order)
  const found = seen === null ? `${order.host} cannot be looked at, so look yourself` : seen.summary
  const state = order.plan.undo === null ? 'cancelled' : 'failed'
  return { state, outcome: `${order.plan.title}: cancelled in the middle. ${taken.words} Now: ${sentence(found)}` }
}

/** A service that is down while the change is not in force was down before it. False also where nobody can tell. */
async function wasDownAlready(order: Planned): Promise<boolean> {
  if (order.plan.undo === null || !patched('what-was-never-done-need-not-answer')) return false
  const seen = await look(order)
  return seen !== null && seen.state === 'not-done' && !seen.healthy
}

export interface WayBack {
  /** `unwell`: everything is as before, and the service does not answer all the same. */
  readonly end: 'back' | 'unwell' | 'not-back'
  readonly words: string
}

/**
 * Never throws for what happens on the host: what could not be taken back is said. `answered`: whether the service did
 * before the change; where it did not, it need not afterwards.
 */
export async function takeBack(order: Planned, change: ChangeRequest, answered = true): Promise<WayBack> {
  if (order.plan.undo === null) return { end: 'not-back', words: 'It cannot be taken back.' }
  // The way back changes the host as well; a ledger that is away does not stand in it.
  await noteChange(order, change, '-back').catch(unlessFailed)
  const taken = await revert(order)
  const hasToAnswer = answered && RESTARTS.includes(order.request.name)
  if (taken.end !== 'back' || !hasToAnswer || !patched('what-was-taken-back-has-to-answer')) return taken
  // A restart that went through says little: the service may die right after it.
  const seen = await watch(order, isBefore)
  if (seen !== null && isBefore(seen)) return taken
  const found = seen === null ? `${order.host} cannot be looked at` : seen.summary
  return {
    end: 'unwell',
    words: `${taken.words} The service is NOT well (it may not have been before either): ${sentence(found)} Look at ${order.host} now.`,
  }
}

function isBefore({ state, healthy }: WorkaroundCheck): boolean {
  return state !== 'done' && healthy
}

async function revert({ host, service, request, plan }: Planned): Promise<WayBack> {
  for (const deadline = Date.now() + SILENT_MS; ; ) {
    try {
      // The host recognises what is already as before, so a second try is safe; a third one would only keep people waiting.
      const hands = onHost(host, 'longRead', `Take it back: ${request.name} on ${host}`)
      return { end: 'back', words: `Taken back: ${sentence(await hands.revertChange({ service, request, plan }))}` }
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
      if (!isSilence(error) || Date.now() >= deadline || !patched('a-silent-host-is-waited-for')) {
        return { end: 'not-back', words: `It could NOT be taken back: ${failureWords(error)} Look at ${host} now.` }
      }
      await sleep(LONGEST_PAUSE_MS, { summary: `until ${host} may be there again, to take it back` })
    }
  }
}

/** Nobody took the task: the worker may be starting anew. */
function isSilence({ cause }: ActivityFailure): boolean {
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START'
}

function unlessFailed(error: unknown): void {
  if (!(error instanceof ActivityFailure)) throw error
  log.warn('a change is not noted', { error })
}
