/** The database behind the service: reachable, in the right role, replicating. A standby is judged as a standby. */
import type { Host } from '../estate.ts'
import type { DatabaseFacts, ReplicationFacts } from '../facts.ts'
import type { Finding } from '../findings.ts'
import type { Observed } from '../observed.ts'
import type { Thresholds } from '../thresholds.ts'
import { finding, judgeAbove, judgeObserved, megabytes, round } from './judge.ts'

export interface DatabaseContext {
  readonly host: Host
  /** How many standbys the estate file names. */
  readonly standbys: number
  readonly thresholds: Thresholds
}

export function judgeDatabase(fact: Observed<DatabaseFacts>, context: DatabaseContext): readonly Finding[] {
  const target = context.host.name
  const subject = { id: 'database.reachable', target, manualId: 'D1.4' }
  return judgeObserved(subject, fact, facts => {
    if (facts.kind === 'unreachable') {
      const hint = `Run "systemctl status 'postgresql*'" on ${target}; look for a full disk first.`
      return finding(subject, 'fail', `the database does not answer: ${facts.reason}`, {}, hint)
    }
    return [
      finding(subject, 'ok', `PostgreSQL ${facts.version} answers`, { version: facts.version }),
      judgeConnections(facts, context),
      judgeRole(facts.replication, context),
      ...(facts.replication.kind === 'primary'
        ? judgePrimary(facts.replication, context)
        : [judgeStandby(facts.replication, context)]),
    ]
  })
}

function judgeConnections(
  facts: DatabaseFacts & { kind: 'reachable' },
  { host, thresholds }: DatabaseContext,
): Finding {
  const used = (100 * facts.connections) / facts.maxConnections
  const verdict = judgeAbove(used, thresholds.connectionsUsedPercent)
  return finding(
    { id: 'database.connections', target: host.name, manualId: 'W1.3a' },
    verdict,
    `${facts.connections} of ${facts.maxConnections} connections in use`,
    { connections: facts.connections, maxConnections: facts.maxConnections },
    verdict === 'ok'
      ? ''
      : `See who holds them: "select usename, state, count(*) from pg_stat_activity group by 1, 2".`,
  )
}

function judgeRole(replication: ReplicationFacts, { host }: DatabaseContext): Finding {
  const subject = { id: 'database.role', target: host.name, manualId: 'Q2' }
  const evidence = { role: replication.kind, expected: host.role }
  if (replication.kind === host.role)
    return finding(subject, 'ok', `is the ${host.role}, as the estate file says`, evidence)
  const hint =
    'Two primaries lose data: find out who promoted it before anything is changed, then correct the estate file.'
  return finding(subject, 'fail', `is a ${replication.kind}, but the estate file says ${host.role}`, evidence, hint)
}

/**
 * The primary serves without its standby, so a missing one is its warning only; the failure is the standby's own finding.
 */
function judgePrimary(
  replication: ReplicationFacts & { kind: 'primary' },
  context: DatabaseContext,
): readonly Finding[] {
  const { host, standbys, thresholds } = context
  const subject = { id: 'database.replication', target: host.name, manualId: 'Q2' }
  if (standbys === 0) return [finding(subject, 'skipped', 'no standby is configured')]
  const streaming = replication.standbys.filter(standby => standby.state === 'streaming')
  const lagSeconds = Math.max(0, ...streaming.map(standby => standby.lagSeconds ?? 0))
  const lagBytes = Math.max(0, ...streaming.map(standby => standby.lagBytes ?? 0))
  const evidence = {
    streaming: streaming.map(standby => standby.name),
    expected: standbys,
    lagSeconds: round(lagSeconds),
    lagBytes,
    inactiveSlots: replication.inactiveSlots,
  }
  if (streaming.length < standbys) {
    const summary = `${streaming.length} of ${standbys} standbys stream from here`
    const hint = 'Look at the standby; an inactive slot keeps WAL here until the disk is full.'
    return [finding(subject, 'warn', summary, evidence, hint)]
  }
  const verdict = judgeAbove(lagSeconds, thresholds.replicationLagSeconds)
  const summary = `${streaming.length} streaming, at most ${round(lagSeconds)} s and ${megabytes(lagBytes)} behind`
  // The standby judges its own lag; the primary repeats it as a warning at most.
  return [
    finding(subject, verdict === 'ok' ? 'ok' : 'warn', summary, evidence, verdict === 'ok' ? '' : 'See the standby.'),
  ]
}

function judgeStandby(
  replication: ReplicationFacts & { kind: 'standby' },
  { host, thresholds }: DatabaseContext,
): Finding {
  const subject = { id: 'database.replication', target: host.name, manualId: 'Q2' }
  const evidence = {
    streaming: replication.streaming,
    lagSeconds: replication.lagSeconds === null ? null : round(replication.lagSeconds),
    lagBytes: replication.lagBytes,
  }
  if (!replication.streaming) {
    const hint = `See the PostgreSQL log on ${host.name}: is the primary reachable, and does the slot exist there?`
    return finding(subject, 'fail', 'does not stream from the primary', evidence, hint)
  }
  if (replication.lagSeconds === null) {
    return finding(
      subject,
      'unknown',
      'streams, but its lag is not known',
      evidence,
      'Write something on the primary and check again.',
    )
  }
  const verdict = judgeAbove(replication.lagSeconds, thresholds.replicationLagSeconds)
  const hint = verdict === 'ok' ? '' : `Look for long queries and a busy disk on ${host.name}.`
  return finding(subject, verdict, `streams, ${round(replication.lagSeconds)} s behind`, evidence, hint)
}
