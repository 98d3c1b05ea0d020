/**
 * Gathers what is known within a minute of the declaration (I2.1b, S46): every collector on every affected host at the same
 * time, and what the control plane knows beside it. One that fails or hangs is left out, and says why.
 */
import { ActivityFailure, isCancellation, patched, rootCause } from '@temporalio/workflow'
import type { Collected, Collector } from '../../activities/response-hands.ts'
import { type Estate, type Host, operatedHosts } from '../../domain/estate.ts'
import { ESTATE } from '../../domain/ids.ts'
import { rankHypotheses } from '../../domain/incident/hypotheses.ts'
import type { Evidence, Incident } from '../../domain/incident/incident.ts'
import type { Outcome } from '../../domain/incident/outcomes.ts'
import { evidenceSoFar } from '../../domain/incident/systems.ts'
import { type Observed, observed } from '../../domain/observed.ts'
import { onControlPlane, onHost } from '../proxies.ts'
import { type HostWatch, watchHost } from './each-host.ts'

/** Every collector of a host, with what it looks at. */
const LOOKS: Readonly<Record<Collector, string>> = {
  service: 'the service',
  log: 'the last records of the log',
  processes: 'the hottest processes',
  connections: 'the connections',
  disk: 'the disks',
  database: 'the database',
  changes: 'the changes of the last 24 hours',
}
const COLLECTORS = Object.keys(LOOKS) as readonly Collector[]

/** One line of evidence shows this many; the ledger has all of them. */
const SHOWN = 5

type Found = Collected & { readonly host: string }

/** Null when everything that is concerned was looked at since people began to work on it. */
export async function collectEvidence(incident: Incident): Promise<Outcome | null> {
  const { systems, cause } = incident
  const soFar = evidenceSoFar(incident)
  if (soFar !== null && !patched('later-hosts-are-looked-at')) return null
  const at = new Date().toISOString()
  let estate: Estate
  let trouble: readonly Evidence[] = []
  // Awaited in here: a function in between would move what follows behind other steps of runs that are under way.
  try {
    estate = await onControlPlane('briefly', 'Read the estate file').readEstate()
  } catch (error) {
    const before = await knownBefore(error)
    estate = before.estate
    trouble = before.trouble
  }
  const seen = new Set(soFar?.map(({ host }) => host))
  const hosts = affectedHosts(estate, systems).filter(({ name }) => !seen.has(name))
  if (soFar !== null && hosts.length === 0) return null
  const names = hosts.map(({ name }) => name)
  const [visits, work, alerts] = await Promise.all([
    Promise.all(hosts.map(host => visit(estate, host, at))),
    readRecentWork(names, at),
    readAlerts(cause),
  ])
  const looks = visits.flat()
  return {
    kind: 'evidence-collected',
    evidence: [...trouble, ...looks.map(({ evidence }) => evidence), work, alerts],
    hypotheses: rankHypotheses(looks.flatMap(({ found }) => (found === null ? [] : [found]))),
  }
}

interface KnownEstate {
  readonly estate: Estate
  /** That it is not of now, and why. */
  readonly trouble: readonly Evidence[]
}

/** Looking changes nothing, so hosts as they were before the estate file broke are better than no look at all. */
async function knownBefore(error: unknown): Promise<KnownEstate> {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
  if (!patched('evidence-of-hosts-known-before')) throw error
  const estate = await onControlPlane('briefly', 'Read the estate as known before').readEstate({ orLast: true })
  // A broken file lists every mistake below its first line.
  const [why = ''] = (rootCause(error) ?? error.message).split('\n')
  return { estate, trouble: [{ ...known('estate file', `${why}; hosts are as known before`), state: 'failed' }] }
}

/** Systems that are no hosts of the estate cannot be looked at; when none is, the trouble may be anywhere. */
function affectedHosts(estate: Estate, systems: readonly string[]): readonly Host[] {
  const named = estate.hosts.filter(({ name }) => systems.includes(name))
  return named.length > 0 ? named : operatedHosts(estate)
}

interface Look {
  readonly evidence: Evidence
  readonly found: Found | null
}

function visit(estate: Estate, host: Host, at: string): Promise<readonly Look[]> {
  const watch = watchHost()
  return Promise.all(COLLECTORS.map(collector => look(estate, host, collector, at, watch)))
}

async function look(estate: Estate, host: Host, collector: Collector, at: string, watch: HostWatch): Promise<Look> {
  const { service, database } = estate
  const { name } = host
  const fact = await watch.observe(async () =>
    observed(
      await onHost(name, 'collector', `Look at ${LOOKS[collector]} of ${name}`).collectEvidence({
        collector,
        service,
        database,
        at,
      }),
    ),
  )
  if (fact.kind !== 'observed') return { evidence: missing(name, collector, fact), found: null }
  const { summary, artefact } = fact.value
  return {
    evidence: { host: name, collector, state: 'collected', summary, artefact },
    found: { ...fact.value, host: name },
  }
}

async function readRecentWork(hosts: readonly string[], before: string): Promise<Evidence> {
  const fact = await watchHost().observe(async () =>
    observed(await onControlPlane('collector', 'Recall our own work of 24 hours').readRecentWork({ hosts, before })),
  )
  if (fact.kind !== 'observed') return missing(ESTATE, 'our work', fact)
  return known('our work', linesInOne(fact.value, 'no run or note of ours in the last 24 hours'))
}

async function readAlerts(cause: string | null): Promise<Evidence> {
  const fact = await watchHost().observe(async () =>
    observed(await onControlPlane('collector', 'Ask what fires now').readAlerts({ cause })),
  )
  if (fact.kind !== 'observed') return missing(ESTATE, 'alerts', fact)
  if (fact.value === null) return { ...known('alerts', 'nobody can be asked what fires'), state: 'failed' }
  const firing = fact.value.filter(({ state }) => state === 'firing')
  const lines = firing.map(
    ({ name, instance, summary }) => `${name}${instance === null ? '' : ` ${instance}`}: ${summary}`,
  )
  return known('alerts', linesInOne(lines, 'nothing fires'))
}

function known(collector: string, summary: string): Evidence {
  return { host: ESTATE, collector, state: 'collected', summary, artefact: null }
}

function missing(host: string, collector: string, fact: Exclude<Observed<unknown>, { kind: 'observed' }>): Evidence {
  return { host, collector, state: 'failed', summary: fact.reason, artefact: null }
}

function linesInOne(lines: readonly string[], none: string): string {
  if (lines.length === 0) return none
  const shown = lines.slice(0, SHOWN).join(' · ')
  return lines.length > SHOWN ? `${shown} · and ${lines.length - SHOWN} more` : shown
}
