/** What the rules of alerts asked for, carried out: incidents at once and in order, words and records in the background. */
import { ActivityFailure, ApplicationFailure, TemporalFailure } from '@temporalio/common'
import { CancellationScope, isCancellation, log, patched, sleep } from '@temporalio/workflow'
import type { AlertEffect } from '../../domain/alerts/effects.ts'
import { announcement, threadPost } from '../../domain/chat/posts.ts'
import { failureType } from '../../domain/failures.ts'
import { incidentWorkflowId } from '../../domain/ids.ts'
import { onChat, onControlPlane } from '../proxies.ts'

type Of<K extends AlertEffect['kind']> = Extract<AlertEffect, { kind: K }>
export type Errand = Of<'log' | 'notify-ops' | 'post-ops'>

/** Does not give up: nobody else knows of the trouble. Safe to repeat, because the message carries its id. */
export async function openIncident(cause: string, { declaration, message }: Of<'open-incident'>): Promise<void> {
  const workflowId = incidentWorkflowId(cause)
  for (;;) {
    try {
      return await onControlPlane('idempotent', `Open or join ${workflowId}`).openIncident({
        workflowId,
        declaration,
        message,
      })
    } catch (error) {
      rethrowUnlessFailed(error)
      log.warn('the incident could not be opened; it is tried again', { workflowId, error })
      await sleep('10 seconds', { summary: 'then open the incident again' })
    }
  }
}

/**
 * False when there is no incident that could be told: it has been closed meanwhile. Whatever else keeps it from being told
 * passes, and an end that it does not hear of it would wait for in vain.
 */
export async function tellIncident(cause: string, { message }: Of<'tell-incident'>): Promise<boolean> {
  const workflowId = incidentWorkflowId(cause)
  for (;;) {
    try {
      await onControlPlane('briefly', `Tell ${workflowId}`).tellIncident({ workflowId, message })
      return true
    } catch (error) {
      rethrowUnlessFailed(error)
      if (saysNobody(error) || !patched('only-who-has-ended-is-not-told')) return false
      log.warn('the incident could not be told; it is tried again', { workflowId, error })
      await sleep('10 seconds', { summary: 'then tell the incident again' })
    }
  }
}

export interface Errands {
  /** Returns at once: a Slack or a ledger that is away keeps nobody from the next alert. */
  start(effect: Errand): void
  /** When all of it is done. */
  settled(): Promise<void>
  /** Stops what is under way and says what is left of it, for the next run. A second try finds the first by its key. */
  park(): Promise<readonly Errand[]>
}

/** As many as one activity carries. */
const ROWS_AT_ONCE = 100

export function runErrands(left: readonly Errand[]): Errands {
  const underWay = new Map<Errand, Promise<void>>()
  const scope = new CancellationScope()
  let unwritten: Of<'log'>[] = []

  const begin = (effect: Errand, again = false): void => {
    const work = scope
      .run(() => carryOut(effect, again))
      .then(() => ended(effect))
      .catch(error => {
        // Stopped by `park`, and still to be done.
        if (isCancellation(error)) return
        rethrowUnlessFailed(error)
        log.warn('operations could not be told', { effect: effect.kind, error })
        ended(effect)
      })
    underWay.set(effect, work)
  }
  const ended = (effect: Errand): void => {
    underWay.delete(effect)
    if (effect.kind === 'log') writeOn()
  }
  /** In a flood, what comes while some rows are being written is written together afterwards. */
  const writeOn = (): void => {
    const isWriting = [...underWay.keys()].some(({ kind }) => kind === 'log')
    const rows = unwritten.flatMap(effect => effect.rows)
    if (isWriting || rows.length === 0) return
    unwritten = rows.length > ROWS_AT_ONCE ? [{ kind: 'log', rows: rows.slice(ROWS_AT_ONCE) }] : []
    begin({ kind: 'log', rows: rows.slice(0, ROWS_AT_ONCE) })
  }
  const start = (effect: Errand, again = false): void => {
    if (effect.kind === 'log') unwritten.push(effect)
    else begin(effect, again)
    writeOn()
  }
  for (const effect of left) start(effect, true)
  return {
    start: effect => start(effect),
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay.values())
    },
    async park() {
      if (underWay.size > 0) scope.cancel()
      await Promise.all(underWay.values())
      return [...underWay.keys(), ...unwritten]
    },
  }
}

/** `again`: an earlier run had begun it, and what it posted may stand there already. */
async function carryOut(effect: Errand, again: boolean): Promise<void> {
  if (effect.kind === 'log') {
    const rows = effect.rows.map(row => ({ table: 'events', row }) as const)
    await onControlPlane('idempotent', 'Write the alerts into the ledger').record(rows)
    return
  }
  const team = await onControlPlane('idempotent', 'Read where operations are told').readTeam({ orLast: true })
  const { key } = effect
  const post = async () => {
    if (team.slack === null) return
    const message =
      effect.kind === 'notify-ops' ? announcement(effect) : threadPost({ text: effect.text, mention: 'none' }, team)
    await onChat('Tell operations').post({ key, channel: team.slack.ops, thread: null, message, again })
  }
  const mail = async () => {
    if (effect.kind !== 'notify-ops' || team.audiences.ops.length === 0) return
    const { subject, text } = effect
    await onChat('Mail to operations').mail({ key, to: team.audiences.ops, subject, text })
  }
  // One way that is closed leaves the other open.
  const ends = await Promise.allSettled([post(), mail()])
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

function saysNobody(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : null
  return cause instanceof ApplicationFailure && cause.type === failureType('operator')
}

function rethrowUnlessFailed(error: unknown): void {
  if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
}
