/** An incident without a server: each message counts once by its id, as in the real inbox, and is judged by the real rules. */
import { inspect } from 'node:util'
import type { IncidentAnswer, IncidentMessage } from '../../domain/incident/commands.ts'
import { decide } from '../../domain/incident/decide.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import { type Story, story } from '../domain/incident/sample-incident.ts'
import { away, type Behaviour } from './paper-temporal.ts'

export interface PaperIncident {
  readonly story: Story
  readonly answers: ReadonlyMap<string, IncidentAnswer>
  /** What a client of Temporal reaches of it. */
  readonly temporal: Behaviour
}

/** @param refusing why a message is refused before the rules see it; null when it is not. */
export function paperIncident(
  refusing: (message: IncidentMessage, incident: Incident) => string | null = () => null,
): PaperIncident {
  const told = story()
  const answers = new Map<string, IncidentAnswer>()
  const judge = (message: IncidentMessage): IncidentAnswer => {
    const { id } = message
    const why = refusing(message, told.incident)
    if (why !== null) return { id, outcome: 'refused', text: why, hint: 'Do otherwise.' }
    const { now, team, survivor } = told
    const { answer, incident, effects } = decide(told.incident, message, { now, team, survivor })
    told.incident = incident
    told.effects.push(...effects)
    return answer
  }
  return {
    story: told,
    answers,
    temporal: {
      runs: () => [{ workflowId: told.incident.workflowId, incident: `INC-${told.incident.number}` }],
      signal: async ({ payload }) => {
        const message = payload as IncidentMessage
        if (!answers.has(message.id)) answers.set(message.id, judge(message))
      },
      query: async (workflowId, query, id) => {
        if (workflowId !== told.incident.workflowId) throw away()
        if (query === 'incident') return told.incident
        if (query === 'answer') return answers.get(String(id)) ?? null
        throw new Error(`nobody asks an incident for ${inspect(query)}`)
      },
    },
  }
}
