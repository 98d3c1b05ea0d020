/** Finds an incident that somebody names at the command line, also one that has just begun. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { findIncident } from '../activities/find-incident.ts'
import type { IncidentRun } from '../domain/incident/start.ts'

const TRIES = 6
const PAUSE_MS = 300

/** The ledger gives a number before Temporal's index knows it: only what is not found for a while is not there. */
export async function findRun(client: Client, number: number): Promise<IncidentRun | null> {
  for (let tries = 1; ; tries += 1) {
    const run = await findIncident(client, number)
    if (run !== null || tries === TRIES) return run
    await sleep(PAUSE_MS)
  }
}
