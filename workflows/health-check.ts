/**
 * Morning health check (D1): is every host of the estate fit for the day.
 *
 * 1. Read today's estate and recall what earlier runs saw.
 * 2. Visit all hosts in parallel: unit and machine (D1.1), availability (D1.2), log (D1.3), performance (D1.4), database.
 * 3. Judge the facts; one verdict per host, one for all.
 * 4. Write ledger and reports (D1.5).
 * 5. In the morning: tell the channel, and open or join an incident for each cause that fails.
 *
 * It only reads, so a crash at any step leaves nothing behind: the run goes on where it was. Anybody may cancel it at any
 * time; the ledger then says "cancelled". A silent host costs 10 s and is a finding. Without the ledger the run waits.
 */
import { ApplicationFailure, patched } from '@temporalio/workflow'
import { hoursBefore, isTooLate, localDay } from '../domain/calendar.ts'
import { type Estate, type Host, operatedHosts } from '../domain/estate.ts'
import type { SystemFacts } from '../domain/facts.ts'
import { type Judgement, judgeHealth } from '../domain/health/check.ts'
import { documentHealth } from '../domain/health/document.ts'
import type { HostAnswer, HostFacts } from '../domain/health/facts.ts'
import { type HealthCheckRequest, STEP_GROUPS, type StepGroup } from '../domain/health-check.ts'
import { ALL_HOSTS } from '../domain/ids.ts'
import { type Observed, observed, skipped } from '../domain/observed.ts'
import { findProcedure } from '../domain/procedures.ts'
import type { RunRecord } from '../domain/run-record.ts'
import { onControlPlane, onHost } from './proxies.ts'
import { announceHealth } from './steps/announce-health.ts'
import { eachHost, watchHost } from './steps/each-host.ts'
import { type Narrator, narrate } from './steps/narrate.ts'
import { type OpenRun, openRun, recordingTheEnd, report } from './steps/report.ts'

const PROCEDURE = 'health-check'

/** D1.2b: one warm-up and then these. */
const TIMED_HANDSHAKES = 20
const HANDSHAKE_DEADLINE_MS = 5_000

/** D1.4c. */
const CPU_WINDOW_SECONDS = 10

const READ_ESTATE = 'Read the estate file'
const RECALL = 'Recall earlier runs'
const JUDGE = 'Judge'
const REPORT = 'Write ledger and reports'

const GROUP_TITLES: Readonly<Record<StepGroup, string>> = {
  system: 'unit and machine (D1.1)',
  availability: 'availability (D1.2)',
  logs: 'log of 24 hours (D1.3)',
  performance: 'performance (D1.4)',
  database: 'database',
}

export async function healthCheck(request: HealthCheckRequest): Promise<RunRecord> {
  const run = openRun(PROCEDURE, request.host ?? ALL_HOSTS)
  const narrator = narrate([READ_ESTATE, RECALL])
  return await recordingTheEnd(run, () => checkHealth(run, request, narrator))
}

async function checkHealth(run: OpenRun, request: HealthCheckRequest, narrator: Narrator): Promise<RunRecord> {
  refuseWhenTooLate(run)

  narrator.phase('gather')
  narrator.begin(READ_ESTATE)
  const estate = await onControlPlane('idempotent', 'Read the estate file').readEstate()
  const hosts = chosenHosts(estate, request)
  narrator.done(READ_ESTATE, `${hosts.length} of ${estate.hosts.length} hosts`)

  // The past and the present are asked for at the same time; neither needs the other.
  narrator.begin(RECALL)
  const groups = request.only === null ? STEP_GROUPS : [request.only]
  announce(narrator, hosts, groups)
  const [background, answers] = await Promise.all([
    recall(run, estate, hosts, narrator),
    visitHosts(run, estate, hosts, groups, narrator),
  ])

  narrator.phase('judge')
  narrator.begin(JUDGE)
  const day = localDay(run.nominalTime, estate.timezone)
  const judgement = judgeHealth(estate, answers, background.histories, background.weeks, {
    day,
    at: run.startedAt,
  })
  narrator.done(JUDGE, words(judgement))

  narrator.phase('report')
  narrator.begin(REPORT)
  const record = await report(
    documentHealth({
      run,
      estate,
      only: request.only,
      day,
      judgement,
      answers,
      checklist: narrator.steps(),
      closedAt: new Date().toISOString(),
    }),
  )
  narrator.done(REPORT)
  if ((run.scheduled || request.announce === true) && patched('announce-health'))
    await announceHealth(record, estate, day)
  narrator.close(judgement.verdict)
  return record
}

/** Past its catch-up window a morning check says nothing about the morning. */
function refuseWhenTooLate(run: OpenRun): void {
  const window = findProcedure(PROCEDURE)?.cadence?.catchupWindow
  if (!run.scheduled || window === undefined || !isTooLate(run.nominalTime, new Date().toISOString(), window)) return
  throw ApplicationFailure.create({
    type: 'OperatorProblem',
    nonRetryable: true,
    message: `the check of ${run.nominalTime} comes more than ${window} late`,
    details: ['Start it by hand: ops run health-check.'],
  })
}

function chosenHosts(estate: Estate, { host }: HealthCheckRequest): readonly Host[] {
  const hosts = host === null ? operatedHosts(estate) : estate.hosts.filter(({ name }) => name === host)
  if (hosts.length > 0) return hosts
  throw ApplicationFailure.create({
    type: 'OperatorProblem',
    nonRetryable: true,
    message: `the estate has no host ${host}`,
    details: [`Known hosts: ${estate.hosts.map(({ name }) => name).join(', ')}.`],
  })
}

function announce(narrator: Narrator, hosts: readonly Host[], groups: readonly StepGroup[]): void {
  for (const host of hosts) for (const group of groups) narrator.expect(stepTitle(host, group))
  narrator.expect(JUDGE)
  narrator.expect(REPORT)
}

async function recall(run: OpenRun, estate: Estate, hosts: readonly Host[], narrator: Narrator) {
  const background = await onControlPlane('idempotent', 'Recall what earlier runs saw').recallBackground({
    procedure: PROCEDURE,
    targets: hosts.map(({ name }) => name),
    before: run.nominalTime,
    days: 7,
    timezone: estate.timezone,
  })
  narrator.done(RECALL)
  return background
}

async function visitHosts(
  run: OpenRun,
  estate: Estate,
  hosts: readonly Host[],
  groups: readonly StepGroup[],
  narrator: Narrator,
): Promise<readonly HostAnswer[]> {
  const visits = await eachHost(hosts, host => visitHost(run, estate, host, groups, narrator))
  return visits.map(visit => {
    if (visit.kind === 'answered') return { kind: 'answered', facts: visit.value }
    for (const group of groups) narrator.skip(stepTitle(visit.host, group), 'host is silent')
    return visit
  })
}

async function visitHost(
  run: OpenRun,
  estate: Estate,
  host: Host,
  groups: readonly StepGroup[],
  narrator: Narrator,
): Promise<HostFacts> {
  const { name } = host
  const { service, database, zed, certificates } = estate
  const { unit, acp, log } = service
  const greeting = await onHost(name, 'read', `Is ${name} there`).greet()

  const step = async <T>(group: StepGroup, look: () => Promise<T>): Promise<T | null> => {
    if (!groups.includes(group)) return null
    narrator.begin(stepTitle(host, group))
    const facts = await look()
    narrator.done(stepTitle(host, group))
    return facts
  }

  const { observe, silence } = watchHost()
  // The CPU window comes before the handshakes, so that the check's own load is not measured.
  const measured = step('performance', async () => ({
    usage: await observe(() =>
      onHost(name, 'read', `Watch the CPU of ${unit} on ${name} for ${CPU_WINDOW_SECONDS} s`).measureUsage({
        unit,
        windowSeconds: CPU_WINDOW_SECONDS,
      }),
    ),
    sessions: await observe(() => onHost(name, 'read', `Count the open sessions of ${name}`).countSessions({ acp })),
  }))
  const available = measured.then(() =>
    step('availability', () =>
      observe(() =>
        onHost(name, 'read', `Shake hands with ${unit} on ${name} ${TIMED_HANDSHAKES} times`).probeAcp({
          acp,
          samples: TIMED_HANDSHAKES,
          deadlineMs: HANDSHAKE_DEADLINE_MS,
        }),
      ),
    ),
  )
  const [system, logFacts, databaseFacts, performance, availability] = await Promise.all([
    step('system', () =>
      observe(() =>
        onHost(name, 'read', `Look at unit, disks and memory of ${name}`)
          .inspectSystem({ unit, certificates, zed })
          .then(observed),
      ).then(systemOrUnknown),
    ),
    step('logs', () =>
      observe(() =>
        onHost(name, 'longRead', `Review the log of ${name}`).reviewLog({
          source: log,
          unit,
          since: hoursBefore(run.nominalTime, 24),
          until: run.nominalTime,
        }),
      ),
    ),
    step('database', async () =>
      database === null
        ? skipped('no database is configured')
        : await observe(() => onHost(name, 'read', `Ask the database of ${name}`).inspectDatabase({ database })),
    ),
    measured,
    available,
  ])
  return {
    host,
    greeting,
    system,
    availability,
    log: logFacts,
    usage: performance?.usage ?? null,
    sessions: performance?.sessions ?? null,
    database: databaseFacts,
    silence: silence(),
  }
}

/** When the whole inspection failed, each of its parts is unknown for the same reason. */
function systemOrUnknown(fact: Observed<SystemFacts>): SystemFacts {
  if (fact.kind === 'observed') return fact.value
  return { service: fact, failedUnits: fact, disks: fact, memory: fact, load: fact, certificates: fact, zed: fact }
}

function stepTitle(host: Host, group: StepGroup): string {
  return `${host.name}: ${GROUP_TITLES[group]}`
}

function words({ verdict, targets }: Judgement): string {
  return `${verdict} (${targets.map(target => `${target.name} ${target.verdict}`).join(', ')})`
}
