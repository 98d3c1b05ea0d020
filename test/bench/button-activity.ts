/**
 * How quickly an approved change begins: from a signed press of Approve at the real ingress until the host is told to carry
 * the change out, one press after the other. In between: who pressed (Slack), the signature of the door, its verification,
 * the ledger, the second dry run, the freeze switch, the note of the restart. The stages are those of the run's history.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { type SigningIdentity, signRequest } from '../../activities/adapters/signing.ts'
import type { Gate } from '../../domain/approvals/approval.ts'
import { askedForChange } from '../../domain/approvals/change-gate.ts'
import type { ChangeRequest, ChangeResult } from '../../domain/changes.ts'
import { ACTIONS } from '../../domain/chat/chat.ts'
import { CONTROL_QUEUE, changeWorkflowId } from '../../domain/ids.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { gatesQuery } from '../../workflows/messages.ts'
import { restartRequest } from '../support/restart-plan.ts'
import { pressBody, send } from '../support/slack-door.ts'
import { type ButtonRig, HOST, withButtonRig } from './button-rig.ts'
import { type Figure, ROUNDS, show, spread, tell } from './figures.ts'

const PRESSES = 12
const BUDGET_MS = 250
const PATIENCE_MS = 20_000

/** In the order in which they pass; each ends with the activity of this name. */
const STAGES: readonly (readonly [name: string, activity: string, moment: 'started' | 'completed'])[] = [
  ['proof', 'verifyStatement', 'completed'],
  ['ledger', 'record', 'completed'],
  ['dry run again', 'planChange', 'completed'],
  ['freeze switch', 'readFreeze', 'completed'],
  ['note of the restart', 'record', 'completed'],
  ['start on the host', 'applyChange', 'started'],
]

type Change = (request: ChangeRequest) => Promise<ChangeResult>

interface Press {
  readonly wholeMs: number
  /** Until Slack has its acknowledgement. */
  readonly acknowledgedMs: number
  /** Press until the signal is written down, then each of STAGES, ms. */
  readonly stages: readonly number[]
}

const REQUEST = { ...restartRequest, change: { ...restartRequest.change, host: HOST } }

export async function buttonActivity(): Promise<readonly Figure[]> {
  return await withButtonRig(async parts => {
    const rounds: Press[][] = []
    // Round -1 warms processes and caches and is not counted.
    for (let round = -1; round < ROUNDS; round++) {
      const presses: Press[] = []
      for (let press = 0; press < PRESSES; press++) presses.push(await pressOnce(parts))
      tell(`  ${round < 0 ? 'warm-up' : 'round'}: ${words(presses)}`)
      if (round >= 0) rounds.push(presses)
    }
    const whole = rounds.map(presses =>
      percentile(
        presses.map(({ wholeMs }) => wholeMs),
        0.95,
      ),
    )
    const all = rounds.flat()
    const p95 = spread(whole)
    const times = all.map(({ wholeMs }) => wholeMs)
    const acknowledged = percentile(
      all.map(({ acknowledgedMs }) => acknowledgedMs),
      0.95,
    )
    const stages = stageWords(index =>
      percentile(
        all.map(press => press.stages[index] ?? Number.NaN),
        0.5,
      ),
    )
    return [
      {
        name: 'button-activity',
        figure: `p50 ${percentile(times, 0.5).toFixed(0)} ms, p95 of a round ${show(p95, 'ms', 0)}, slowest ${Math.max(...times).toFixed(0)} ms, n ${times.length}`,
        baseline: `medians, ms: ${stages}; acknowledged p95 ${acknowledged.toFixed(0)}`,
        goal: `p95 of all ${percentile(times, 0.95).toFixed(0)} ms of <= ${BUDGET_MS}`,
        met: percentile(times, 0.95) <= BUDGET_MS,
      },
    ]
  })
}

function askedAt(at: string, door: SigningIdentity): ChangeRequest {
  const statement = {
    v: 1,
    ...askedForChange(REQUEST),
    person: REQUEST.requestedBy as PersonId,
    door: 'slack',
    at,
  } as const
  return { ...REQUEST, proof: signRequest(statement, door) }
}

async function pressOnce({ rig, url, door, nextApply }: ButtonRig): Promise<Press> {
  const handle = await rig.client.workflow.start<Change>('change', {
    workflowId: changeWorkflowId(HOST),
    taskQueue: CONTROL_QUEUE,
    args: [askedAt(new Date().toISOString(), door)],
  })
  const gate = await openGate(handle)
  const applied = nextApply()
  const value = { v: 1, w: gate.workflowId, a: gate.approvalId, d: gate.digest.slice(0, 12) }
  const [pressedAt, begun] = [Date.now(), performance.now()]
  const { status, ms } = await send(url, pressBody(ACTIONS.approve, value, 'U0BEN'))
  if (status !== 200) throw new Error(`the press was answered with ${status}`)
  const wholeMs = (await inTime(applied)) - begun
  const { state } = await handle.result()
  if (state !== 'done') throw new Error(`the change ended ${state}`)
  return { wholeMs, acknowledgedMs: ms, stages: await stagesOf(handle, pressedAt) }
}

/** And seen by people: its card is drawn, so that nothing else is under way. */
async function openGate(handle: WorkflowHandle<Change>): Promise<Gate> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(50)) {
    const gate = (await handle.query(gatesQuery)).find(({ state, card }) => state === 'open' && card !== null)
    if (gate !== undefined) return gate
  }
  throw new Error('nothing was asked')
}

async function inTime(applied: Promise<number>): Promise<number> {
  const timer = new AbortController()
  const late = sleep(PATIENCE_MS, null, { signal: timer.signal }).catch(() => null)
  const at = await Promise.race([applied, late])
  timer.abort()
  if (at === null) throw new Error('the change did not begin')
  return at
}

/** Times of the server, which is on this machine. */
async function stagesOf(handle: WorkflowHandle<Change>, pressedAt: number): Promise<readonly number[]> {
  const { events } = await handle.fetchHistory()
  const all = events ?? []
  const timeOf = ({ eventTime }: (typeof all)[number]) =>
    Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6
  const signal = all.findIndex(({ workflowExecutionSignaledEventAttributes: one }) => one?.signalName === 'decide')
  const moments = [pressedAt, timeAt(signal)]
  let from = signal
  for (const [, name, moment] of STAGES) {
    const scheduled = all.findIndex(
      ({ activityTaskScheduledEventAttributes: one }, index) => index > from && one?.activityType?.name === name,
    )
    const id = Number(all[scheduled]?.eventId ?? 0)
    const ended = all.findIndex(one => {
      const attributes =
        moment === 'started' ? one.activityTaskStartedEventAttributes : one.activityTaskCompletedEventAttributes
      return attributes?.scheduledEventId !== undefined && Number(attributes?.scheduledEventId) === id
    })
    moments.push(timeAt(ended))
    from = scheduled
  }
  return moments.slice(1).map((at, index) => at - (moments[index] ?? Number.NaN))

  function timeAt(index: number): number {
    const event = all[index]
    return event === undefined ? Number.NaN : timeOf(event)
  }
}

/** With where the time of the slowest went. */
function words(presses: readonly Press[]): string {
  const times = presses.map(({ wholeMs }) => wholeMs)
  const slowest = presses.toSorted((a, b) => b.wholeMs - a.wholeMs)[0]
  return `p50 ${percentile(times, 0.5).toFixed(0)} ms, p95 ${percentile(times, 0.95).toFixed(0)} ms, slowest: ${slowest === undefined ? '' : stageWords(index => slowest.stages[index])}`
}

function stageWords(ms: (index: number) => number | undefined): string {
  const names = ['until the signal', ...STAGES.map(([name]) => name)]
  return names.map((name, index) => `${name} ${(ms(index) ?? Number.NaN).toFixed(0)}`).join(', ')
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
