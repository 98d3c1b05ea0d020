/** What a health check hands over to be written down. */
import { type BegunRun, completedRecord } from '../completed-run.ts'
import type { Estate } from '../estate.ts'
import type { StepGroup } from '../health-check.ts'
import type { ChecklistStep } from '../progress.ts'
import type { RunDocument } from '../report/document.ts'
import type { ArtefactRef } from '../run-record.ts'
import type { Judgement } from './check.ts'
import type { HostAnswer, HostFacts } from './facts.ts'

export interface HealthDocumentInput {
  readonly run: BegunRun
  readonly estate: Estate
  readonly only: StepGroup | null
  readonly day: string
  readonly judgement: Judgement
  readonly answers: readonly HostAnswer[]
  readonly checklist: readonly ChecklistStep[]
  readonly closedAt: string
}

export function documentHealth({
  run,
  estate,
  only,
  day,
  judgement,
  answers,
  checklist,
  closedAt,
}: HealthDocumentInput): RunDocument {
  const facts = answers.flatMap(answer => (answer.kind === 'answered' ? [answer.facts] : []))
  return {
    title: 'Morning health check',
    estate: estate.name,
    timezone: estate.timezone,
    day,
    ...(only === null ? {} : { only }),
    record: completedRecord(run, {
      closedAt,
      verdict: judgement.verdict,
      targets: judgement.targets,
      findings: judgement.findings,
      artefacts: facts.flatMap(excerpt),
    }),
    trends: judgement.trends,
    latencies: facts.flatMap(latencies),
    patterns: facts.flatMap(patterns),
    checklist,
  }
}

function excerpt({ log }: HostFacts): readonly ArtefactRef[] {
  return log?.kind === 'observed' && log.value.excerpt !== null ? [log.value.excerpt] : []
}

function latencies({ host, availability }: HostFacts): RunDocument['latencies'] {
  if (availability?.kind !== 'observed') return []
  const samplesMs = availability.value.latenciesMs
  return samplesMs.length === 0 ? [] : [{ target: host.name, samplesMs }]
}

function patterns({ host, log }: HostFacts): RunDocument['patterns'] {
  if (log?.kind !== 'observed') return []
  return [{ target: host.name, errors: log.value.topErrors, warnings: log.value.topWarnings }]
}
