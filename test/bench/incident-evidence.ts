/** From the declaration of an incident until its evidence of all hosts is complete, by the times that stand in the incident. */
import { end, open, untilIt } from './bench-incident.ts'
import { type Figure, ROUNDS, show, spread, tell } from './figures.ts'
import { onEstate } from './on-estate.ts'

const BUDGET_SECONDS = 60

export async function incidentEvidence(): Promise<readonly Figure[]> {
  return await onEstate(async ({ client }) => {
    const all: number[] = []
    const pieces: number[] = []
    const failed: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const workflowId = await open(client, `evidence ${round}`)
      const { startedAt, evidenceAt, evidence } = await untilIt(client, workflowId, one => one.evidenceAt !== null, 120)
      await end(client, workflowId)
      const seconds = (Date.parse(evidenceAt ?? '') - Date.parse(startedAt)) / 1_000
      const missing = evidence.filter(({ state }) => state !== 'collected')
      tell(`  ${evidence.length} pieces after ${seconds.toFixed(1)} s, ${missing.length} of them missing`)
      all.push(seconds)
      pieces.push(evidence.length)
      failed.push(...missing.map(({ host, collector }) => `${collector} of ${host}`))
    }
    const seconds = spread(all)
    return [
      {
        name: 'declaration to evidence complete',
        figure: show(seconds, 's', 1),
        baseline: `${spread(pieces).min} pieces at least`,
        goal: `max <= ${BUDGET_SECONDS} s, none missing${failed.length === 0 ? '' : `: ${failed.join(', ')}`}`,
        met: seconds.max <= BUDGET_SECONDS && failed.length === 0,
      },
    ]
  })
}
