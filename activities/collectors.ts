/** The collectors of an incident: which adapters each of them asks, and which words it puts the answer into. */
import type { AcpTransport, Database, LogSource } from '../domain/estate.ts'
import type { DatabaseFacts, DiskFacts, Handshake, MemoryFacts, ServiceFacts } from '../domain/facts.ts'
import { OpsError } from '../domain/failures.ts'
import type {
  ChangesReading,
  DatabaseActivity,
  EvidenceWords,
  GrownFile,
  LogReadingOfIncident,
  UnitEvent,
} from '../domain/incident/evidence.ts'
import { changesWords, connectionWords, diskWords, processWords } from '../domain/incident/evidence-words.host.ts'
import { databaseWords, logWords, serviceWords } from '../domain/incident/evidence-words.service.ts'
import type { HottestProcesses } from './adapters/processes.ts'
import type { PortConnections } from './adapters/sockets.ts'
import { observeOnce } from './observe.ts'
import type { Collector, EvidenceRequest } from './response-hands.ts'
import { portOf } from './service-port.ts'

interface Abortable {
  readonly signal: AbortSignal
}

export interface CollectorPorts {
  readonly readService: (unit: string, options: Abortable) => Promise<ServiceFacts>
  readonly showUnit: (unit: string, properties: string, options: Abortable) => Promise<ReadonlyMap<string, string>>
  readonly readUnitEvents: (unit: string, since: number, options: Abortable) => Promise<readonly UnitEvent[]>
  readonly shakeHands: (acp: AcpTransport, options: Abortable & { readonly deadlineMs: number }) => Promise<Handshake>
  readonly readLogOfIncident: (
    source: LogSource,
    unit: string,
    at: number,
    signal: AbortSignal,
  ) => Promise<LogReadingOfIncident>
  readonly readHottest: (size: number, signal: AbortSignal) => Promise<HottestProcesses>
  readonly readMemory: (signal: AbortSignal) => Promise<MemoryFacts>
  readonly readOomKills: () => Promise<number | null>
  readonly readConnections: (port: number, options: Abortable) => Promise<PortConnections>
  /** Null when the service does not tell. */
  readonly countSessions: (metricsUrl: string, signal: AbortSignal) => Promise<number | null>
  readonly readDisks: (options: Abortable) => Promise<readonly DiskFacts[]>
  readonly readGrownFiles: (folder: string, since: number, size: number) => Promise<readonly GrownFile[]>
  readonly inspectPostgres: (database: Database, signal: AbortSignal) => Promise<DatabaseFacts>
  readonly readDatabaseActivity: (database: Database, signal: AbortSignal) => Promise<DatabaseActivity>
  readonly readChanges: (since: number, unit: string, signal: AbortSignal) => Promise<ChangesReading>
}

type Collect = (request: EvidenceRequest, signal: AbortSignal) => Promise<EvidenceWords>

const DAY_MS = 86_400_000
const HOTTEST = 20
const GROWN = 10
const HANDSHAKE_MS = 8_000

const PROPERTIES = [
  ['Id', 'LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'FragmentPath', 'DropInPaths', 'NeedDaemonReload'],
  ['Result', 'NRestarts', 'Restart', 'MainPID', 'ExecMainCode', 'ExecMainStatus', 'ExecMainStartTimestamp'],
  ['InvocationID', 'ActiveEnterTimestamp', 'InactiveEnterTimestamp', 'StateChangeTimestamp', 'ConditionResult'],
  ['MemoryCurrent', 'MemoryHigh', 'MemoryMax', 'TasksCurrent', 'TasksMax', 'LimitNOFILE', 'CPUUsageNSec'],
]
  .flat()
  .join(',')

export function createCollectors(ports: CollectorPorts): Readonly<Record<Collector, Collect>> {
  return {
    async service({ service: { unit, acp }, at }, signal) {
      const [state, properties, events, handshake] = await Promise.all([
        ports.readService(unit, { signal }),
        ports.showUnit(unit, PROPERTIES, { signal }),
        ports.readUnitEvents(unit, Date.parse(at) - DAY_MS, { signal }),
        // An agent that cannot be asked here says nothing about the unit.
        observeOnce(() => ports.shakeHands(acp, { deadlineMs: HANDSHAKE_MS, signal })),
      ])
      return serviceWords({ unit, state, properties, events, handshake }, at)
    },

    async log({ service: { log, unit }, at }, signal) {
      return logWords(await ports.readLogOfIncident(log, unit, Date.parse(at), signal))
    },

    async processes(_request, signal) {
      const [{ processes, hottest }, memory, oomKills] = await Promise.all([
        ports.readHottest(HOTTEST, signal),
        ports.readMemory(signal),
        ports.readOomKills(),
      ])
      return processWords({ processes, hottest, memory, oomKills })
    },

    async connections({ service: { acp, sessionsLimit } }, signal) {
      const { url, metricsUrl } = overHttp(acp)
      const [connections, open] = await Promise.all([
        ports.readConnections(portOf(url), { signal }),
        metricsUrl === null ? null : observeOnce(() => ports.countSessions(metricsUrl, signal)),
      ])
      const sessions = { open: open?.kind === 'observed' ? open.value : null, limit: sessionsLimit }
      return connectionWords({ ...connections, sessions })
    },

    async disk({ service: { log }, at }, signal) {
      const folder = log.kind === 'file' ? log.path.slice(0, log.path.lastIndexOf('/')) || '/' : '/var/log'
      const [disks, grown] = await Promise.all([
        ports.readDisks({ signal }),
        ports.readGrownFiles(folder, Date.parse(at) - DAY_MS, GROWN),
      ])
      return diskWords({ disks, grown })
    },

    async database({ database }, signal) {
      if (database === null) {
        const summary = 'no database is configured'
        return { summary, text: `${summary}\n`, facts: { reachable: null } }
      }
      const server = await ports.inspectPostgres(database, signal)
      const activity = server.kind === 'reachable' ? await ports.readDatabaseActivity(database, signal) : null
      return databaseWords({ server, activity })
    },

    async changes({ service: { unit }, at }, signal) {
      return changesWords(await ports.readChanges(Date.parse(at) - DAY_MS, unit, signal), at)
    },
  }
}

function overHttp(acp: AcpTransport): Extract<AcpTransport, { kind: 'http' }> {
  if (acp.kind === 'http') return acp
  const hint = 'Nothing is to be done: an agent on standard streams listens on no port.'
  throw new OpsError({ owner: 'configuration', message: 'the service has no port', hint })
}
