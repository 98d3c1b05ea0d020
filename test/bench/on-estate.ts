/** A benchmark on a booted estate: one of its own, up and down around it, or the one that BENCH_ESTATE names. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { LIVE_ESTATE, withEstate } from '../support/live-estate.ts'
import { endingWith } from './endings.ts'
import type { Figure } from './figures.ts'

export const ROOT = join(import.meta.dirname, '..', '..')

export interface BenchEstate {
  /** Of the command `ops`. */
  readonly environment: Readonly<Record<string, string>>
  readonly client: Client
}

type Measure = (estate: BenchEstate) => Promise<readonly Figure[]>

export async function onEstate(measure: Measure): Promise<readonly Figure[]> {
  const running = process.env.BENCH_ESTATE
  if (running) return await connected(running, measure)
  // Its own handler of signals ends the estate; here it is only waited for.
  const estate = withEstate(() => connected(LIVE_ESTATE, measure))
  return await endingWith(
    () => estate.catch(() => {}),
    () => estate,
  )
}

async function connected(estate: string, measure: Measure): Promise<readonly Figure[]> {
  const file = join(ROOT, '.sandbox', estate, 'env.json')
  const environment: Readonly<Record<string, string>> = JSON.parse(readFileSync(file, 'utf8'))
  const connection = await Connection.connect({ address: environment.TEMPORAL_ADDRESS ?? '' })
  return await endingWith(
    () => connection.close(),
    () =>
      measure({ environment, client: new Client({ connection, namespace: environment.TEMPORAL_NAMESPACE ?? 'ops' }) }),
  )
}
