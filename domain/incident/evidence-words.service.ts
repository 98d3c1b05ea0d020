/** The service itself put into words: its unit, its log, its database. */
import type { Handshake } from '../facts.ts'
import type { DatabaseReading, EvidenceWords, LogReadingOfIncident, ServiceReading, UnitEvent } from './evidence.ts'
import { formatSeconds, lines, plural } from './evidence-format.ts'
import { HOUR_MS, type PatternDelta } from './recent-records.ts'

export function serviceWords(
  { unit, state, properties, events, handshake }: ServiceReading,
  at: string,
): EvidenceWords {
  const restarts = events.filter(event => event.kind === 'restart-scheduled')
  const restartsLastHour = restarts.filter(event => Date.parse(event.at) > Date.parse(at) - HOUR_MS).length
  const answer = handshakeWords(handshake.kind === 'observed' ? handshake.value : null)
  const since = state.stateSeconds === null ? '' : ` for ${formatSeconds(state.stateSeconds)}`
  const crashes = restartsLastHour === 0 ? '' : `, ${plural(restartsLastHour, 'automatic restart')} in the last hour`
  return {
    summary: `${unit} is ${state.activeState} (${state.subState})${since}, main process ${state.mainPid || 'none'}${crashes}; ${answer}`,
    text: lines(
      `unit ${unit}`,
      ...[...properties].map(([name, value]) => `${name}=${value}`),
      '',
      `handshake: ${answer}`,
      '',
      'what systemd did with it in the last 24 hours',
      ...(events.length === 0 ? ['nothing'] : events.map(({ at, kind, message }) => `${at} ${kind} ${message}`)),
    ),
    facts: {
      unit,
      loadState: state.loadState,
      activeState: state.activeState,
      subState: state.subState,
      result: state.result,
      exitStatus: state.exitStatus,
      mainPid: state.mainPid,
      restarts: state.restarts,
      restartsLastHour,
      stateSeconds: state.stateSeconds === null ? null : Math.round(state.stateSeconds),
      oomKills: events.filter(isOutOfMemory).length,
      answers: handshake.kind === 'observed' ? handshake.value.kind === 'answered' : null,
      refusal: handshake.kind === 'observed' && handshake.value.kind === 'refused' ? handshake.value.reason : null,
    },
  }
}

function isOutOfMemory({ kind }: UnitEvent): boolean {
  return kind === 'out-of-memory'
}

function handshakeWords(handshake: Handshake | null): string {
  if (handshake === null) return 'it was not asked for a handshake'
  switch (handshake.kind) {
    case 'answered':
      return `it answers a handshake in ${Math.round(handshake.latencyMs)} ms (${handshake.agentName} ${handshake.agentVersion})`
    case 'refused':
      return `it answers no handshake: ${handshake.reason}`
  }
}

export function logWords(reading: LogReadingOfIncident): EvidenceWords {
  const { records, errorsLastHour, errorsDayBefore, files } = reading
  const deltas = knownDeltas(reading)
  const fresh = deltas.filter(({ kind }) => kind === 'new')
  const top = deltas[0]
  const compared = comparison(reading)
  const named = top === undefined ? '' : `; ${top.kind}: ${top.fingerprint} (${top.lastHour})`
  return {
    summary: `${plural(errorsLastHour, 'error')} in the last hour, ${compared}${named}`,
    text: lines(
      `error patterns of the last hour that are new or have grown (${compared})`,
      ...(deltas.length === 0
        ? [reading.compared === 'nothing' ? 'not known' : 'none']
        : deltas.map(delta => `${delta.kind} ${delta.lastHour} (${delta.dayBefore}) ${delta.fingerprint}`)),
      '',
      `the last ${plural(records.length, 'record')} of ${files.join(', ')}`,
      ...records,
    ),
    facts: {
      records: records.length,
      errorsLastHour,
      errorsDayBefore: reading.compared === 'day' ? errorsDayBefore : null,
      newPatterns: reading.compared === 'nothing' ? null : fresh.length,
      newPattern: fresh[0]?.fingerprint ?? null,
      newPatternCount: fresh[0]?.lastHour ?? null,
      grownPattern: deltas.find(({ kind }) => kind === 'grown')?.fingerprint ?? null,
    },
  }
}

/** Without a whole day nobody knows how many are usual, and without any of it what is new. */
function knownDeltas({ deltas, compared }: LogReadingOfIncident): readonly PatternDelta[] {
  switch (compared) {
    case 'day':
      return deltas
    case 'part':
      return deltas.filter(({ kind }) => kind === 'new')
    case 'nothing':
      return []
  }
}

function comparison({ compared, errorsDayBefore }: LogReadingOfIncident): string {
  switch (compared) {
    case 'day':
      return `${errorsDayBefore} in the day before`
    case 'part':
      return `${errorsDayBefore} in the part of the day before that the log holds`
    case 'nothing':
      return 'nothing of the day before to compare with'
  }
}

export function databaseWords({ server, activity }: DatabaseReading): EvidenceWords {
  if (server.kind === 'unreachable') {
    const summary = `PostgreSQL does not answer: ${server.reason}`
    return { summary, text: lines(summary), facts: { reachable: false, reason: server.reason } }
  }
  const blocked = activity?.blocked ?? []
  const longest = Math.max(0, ...blocked.map(({ waitSeconds }) => waitSeconds))
  const oldest = Math.max(0, ...(activity?.groups ?? []).map(({ oldestSeconds }) => oldestSeconds))
  const waiting =
    blocked.length === 0
      ? 'nobody waits for a lock'
      : `${blocked.length} wait for a lock, the longest ${formatSeconds(longest)}`
  return {
    summary: `PostgreSQL ${server.version}, ${server.replication.kind}: ${server.connections} of ${server.maxConnections} connections, ${waiting}, oldest transaction ${formatSeconds(oldest)}`,
    text: lines(
      `PostgreSQL ${server.version}, ${server.replication.kind}, ${server.connections} of ${server.maxConnections} connections`,
      '',
      'connections, user, application, state, waits for, oldest transaction in seconds',
      ...(activity?.groups ?? []).map(
        row =>
          `${row.connections} ${row.user} ${row.application || '-'} ${row.state} ${row.waitsFor || '-'} ${Math.round(row.oldestSeconds)}`,
      ),
      '',
      'waiting for a lock: process, user, seconds, lock, relation, blocked by',
      ...(blocked.length === 0
        ? ['none']
        : blocked.map(
            row =>
              `${row.pid} ${row.user} ${Math.round(row.waitSeconds)} ${row.lock} ${row.relation ?? '-'} ${row.blockedBy.join(',')}`,
          )),
    ),
    facts: {
      reachable: true,
      role: server.replication.kind,
      connections: server.connections,
      maxConnections: server.maxConnections,
      blocked: blocked.length,
      longestWaitSeconds: Math.round(longest),
      oldestTransactionSeconds: Math.round(oldest),
    },
  }
}
