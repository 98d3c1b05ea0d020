/** D1.2: the service is available when it answers ACP, not when something answers HTTP (T01). */
import type { AvailabilityFacts, Handshake } from '../facts.ts'
import type { Finding } from '../findings.ts'
import type { Observed } from '../observed.ts'
import { percentiles } from '../percentiles.ts'
import type { Thresholds } from '../thresholds.ts'
import { finding, judgeAbove, judgeObserved, round } from './judge.ts'

export interface AvailabilityContext {
  readonly target: string
  readonly unit: string
  readonly expectedVersion: string | null
  readonly thresholds: Thresholds
}

/** The protocol version that this product understands. */
const PROTOCOL_VERSION = 1

export function judgeAvailability(fact: Observed<AvailabilityFacts>, context: AvailabilityContext): readonly Finding[] {
  const subject = { id: 'acp.handshake', target: context.target, manualId: 'D1.2a' }
  return judgeObserved(subject, fact, facts => [
    judgeHandshake(facts.first, context),
    ...judgeLatency(facts, context),
    ...judgeLeftOpen(facts, context),
  ])
}

function judgeHandshake(handshake: Handshake, { target, unit, expectedVersion }: AvailabilityContext): Finding {
  const subject = { id: 'acp.handshake', target, manualId: 'D1.2a' }
  if (handshake.kind === 'refused') {
    const hint = `Restart ${unit} on ${target} when nothing is pending there; "journalctl -u ${unit} -n 50" says why it does not answer.`
    return finding(
      subject,
      'fail',
      `no ACP answer: ${handshake.reason}`,
      { latencyMs: round(handshake.latencyMs) },
      hint,
    )
  }
  const evidence = {
    protocolVersion: handshake.protocolVersion,
    agentName: handshake.agentName,
    agentVersion: handshake.agentVersion,
    latencyMs: round(handshake.latencyMs),
  }
  if (handshake.protocolVersion !== PROTOCOL_VERSION) {
    const summary = `the agent speaks ACP version ${handshake.protocolVersion}, not ${PROTOCOL_VERSION}`
    return finding(
      subject,
      'fail',
      summary,
      evidence,
      `Install a version of OpenCode that speaks ACP ${PROTOCOL_VERSION}.`,
    )
  }
  if (expectedVersion !== null && handshake.agentVersion !== expectedVersion) {
    const summary = `${handshake.agentName} ${handshake.agentVersion} answers, ${expectedVersion} is expected`
    return finding(
      subject,
      'warn',
      summary,
      evidence,
      `Restart ${unit} after an upgrade, or correct expectedVersion in the estate file.`,
    )
  }
  return finding(subject, 'ok', `${handshake.agentName} ${handshake.agentVersion} answers ACP`, evidence)
}

function judgeLatency(facts: AvailabilityFacts, { target, thresholds }: AvailabilityContext): readonly Finding[] {
  const { latenciesMs, refusals } = facts
  const samples = latenciesMs.length + refusals.length
  if (samples === 0) return []
  const subject = { id: 'acp.latency', target, manualId: 'D1.2b' }
  const figures = percentiles(latenciesMs)
  const evidence = {
    samples,
    failed: refusals.length,
    p50: figures === null ? null : round(figures.p50),
    p95: figures === null ? null : round(figures.p95),
    max: figures === null ? null : round(figures.max),
  }
  const hint = `Look for pending turns and an empty pool: the gateway's /metrics on ${target}.`
  if (refusals.length > 0 || figures === null) {
    const summary = `${refusals.length} of ${samples} handshakes failed: ${refusals[0] ?? 'no answer'}`
    return [finding(subject, 'fail', summary, evidence, hint)]
  }
  const verdict = judgeAbove(figures.p95, thresholds.handshakeMs)
  const summary = `${samples} handshakes: p50 ${round(figures.p50)} ms, p95 ${round(figures.p95)} ms`
  return [finding(subject, verdict, summary, evidence, verdict === 'ok' ? '' : hint)]
}

/** Each probe closes what it opens. Other clients come and go meanwhile, so only a growth by most of our probes is ours. */
function judgeLeftOpen(facts: AvailabilityFacts, { target }: AvailabilityContext): readonly Finding[] {
  const { connectionsBefore: before, connectionsAfter: after, latenciesMs } = facts
  if (before === null || after === null || latenciesMs.length === 0) return []
  const subject = { id: 'acp.connections', target, manualId: 'D1.2b' }
  const evidence = { before, after }
  if (after - before < latenciesMs.length / 2) return [finding(subject, 'ok', `${after} connections open`, evidence)]
  const summary = `connections grew from ${before} to ${after} during the check: the service does not close them`
  return [finding(subject, 'warn', summary, evidence, `Check that the gateway on ${target} honours DELETE /acp.`)]
}
