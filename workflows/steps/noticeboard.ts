/** Shows an incident where runs are looked for: search attributes, current details, and the queries. */
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributeUpdatePair } from '@temporalio/common'
import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow'
import { ALL_HOSTS } from '../../domain/ids.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import { incidentQuery, progressQuery } from '../messages.ts'
import { incidentMarkdown, incidentProgress } from './incident-details.ts'

const KEYS = {
  procedure: defineSearchAttributeKey('OpsProcedure', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('OpsPhase', SearchAttributeType.KEYWORD),
  severity: defineSearchAttributeKey('OpsSeverity', SearchAttributeType.KEYWORD),
  category: defineSearchAttributeKey('OpsCategory', SearchAttributeType.KEYWORD),
  incident: defineSearchAttributeKey('OpsIncident', SearchAttributeType.KEYWORD),
  targets: defineSearchAttributeKey('OpsTarget', SearchAttributeType.KEYWORD_LIST),
} as const

/** People write systems as they like; the index takes short words, and a longer one would stop the workflow. */
const WORD_LENGTH = 100
const WORDS = 20

export interface Noticeboard {
  show(incident: Incident): void
}

export function hangNoticeboard(): Noticeboard {
  let shown: Incident | null = null
  let found = ''
  setHandler(incidentQuery, () => shown, { description: 'The incident as it is; null until it has its number' })
  setHandler(progressQuery, () => incidentProgress(shown), { description: 'The live checklist of this run' })
  setCurrentDetails('waits for its number and for the people of the estate')
  return {
    show(incident) {
      if (incident === shown) return
      shown = incident
      setCurrentDetails(incidentMarkdown(incident))
      const pairs = searchPairs(incident)
      const text = JSON.stringify(pairs.map(({ value }) => value))
      if (text === found) return
      found = text
      upsertSearchAttributes([...pairs])
    },
  }
}

function searchPairs({ number, severity, category, status, systems }: Incident): readonly SearchAttributeUpdatePair[] {
  return [
    { key: KEYS.procedure, value: 'incident' },
    { key: KEYS.phase, value: status },
    { key: KEYS.severity, value: severity },
    { key: KEYS.category, value: category },
    { key: KEYS.incident, value: incidentName(number) },
    { key: KEYS.targets, value: targetsOf(systems) },
  ]
}

function targetsOf(systems: readonly string[]): string[] {
  if (systems.length === 0) return [ALL_HOSTS]
  return systems.slice(0, WORDS).map(system => system.slice(0, WORD_LENGTH).toWellFormed())
}
