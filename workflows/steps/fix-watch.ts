/** Watches a host after the deploy of a fix (S51): service, alerts and log, for as long as the fix says. */
import { ActivityFailure, isCancellation, log, sleep } from '@temporalio/workflow'
import { reasonToTakeBack, type WatchBaseline, type WatchLook, watchPauseMs } from '../../domain/fixes/watch.ts'
import { onControlPlane, onHost } from '../proxies.ts'
import type { Order } from './carry-out.ts'

export interface Watched {
  readonly last: WatchLook
  /** Why it has to be taken back; null when the time is over and nothing stands against the fix. */
  readonly against: string | null
}

interface WatchOrder extends Order {
  readonly cause: string | null
  readonly watchSeconds: number
}

/** How it is before, over a time as long as the watch. */
export async function readBaseline(order: WatchOrder): Promise<WatchBaseline> {
  const { critical, errors } = await look(order, Date.now() - order.watchSeconds * 1_000)
  return { critical, errors }
}

export async function watchFix(order: WatchOrder, before: WatchBaseline): Promise<Watched> {
  const since = Date.now()
  const end = since + order.watchSeconds * 1_000
  for (;;) {
    const pause = Math.min(watchPauseMs(order.watchSeconds), Math.max(1, end - Date.now()))
    await sleep(pause, { summary: `watch ${order.host}` })
    const last = await look(order, since)
    const against = reasonToTakeBack(before, last)
    if (against !== null || Date.now() >= end) return { last, against }
  }
}

async function look({ host, service, cause }: WatchOrder, since: number): Promise<WatchLook> {
  const window = { since: new Date(since).toISOString(), until: new Date().toISOString() }
  const [seen, firing] = await Promise.all([
    orNull(() => onHost(host, 'read', `Look at ${service.unit}`).lookAtService({ service, ...window })),
    orNull(() => onControlPlane('briefly', 'What fires now').readAlerts({ cause: null })),
  ])
  const own = cause === null ? 'none' : await readOwn(cause)
  return {
    healthy: seen?.healthy ?? null,
    words: seen?.summary ?? `${host} does not answer`,
    errors: seen?.errors ?? null,
    critical: firing?.filter(({ severity }) => severity === 'critical').map(nameOf) ?? null,
    own,
  }
}

async function readOwn(cause: string): Promise<WatchLook['own']> {
  const own = await orNull(() => onControlPlane('briefly', 'Does its alert fire').readAlerts({ cause }))
  return own?.map(nameOf) ?? null
}

function nameOf({ name, instance }: { readonly name: string; readonly instance: string | null }): string {
  return instance === null ? name : `${name} (${instance})`
}

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
    log.warn('something could not be looked at', { error })
    return null
  }
}
