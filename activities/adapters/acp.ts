/** Asks an agent to introduce itself. Only its words count: a status 200 proves that something listens, no more (T01). */
import type { AcpTransport } from '../../domain/estate.ts'
import type { Handshake } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'
import { type Exchange, type HandshakeOptions, head } from './acp.exchange.ts'
import { exchangeOverHttp } from './acp.http.ts'
import { errorAnswer, initializeAnswer } from './acp.schema.ts'
import { exchangeOverStdio } from './acp.stdio.ts'

/** Program and arguments of this host's own agent, or null when it has none. Never from a task: a task would run anything. */
export type AcpCommand = readonly string[] | null

/** One initialize, from the first byte out to the last byte in; over stdio the start of the process is part of it. */
export async function shakeHands(
  acp: AcpTransport,
  options: HandshakeOptions,
  acpCommand: AcpCommand = null,
): Promise<Handshake> {
  const start = performance.now()
  const timed: { ms?: number } = {}
  // Closing what was opened is not part of the answer's time.
  const answered = (): void => {
    timed.ms ??= performance.now() - start
  }
  const exchange = await exchangeOver(acp, options, acpCommand, answered)
  return judge(exchange, timed.ms ?? performance.now() - start)
}

async function exchangeOver(
  acp: AcpTransport,
  options: HandshakeOptions,
  acpCommand: AcpCommand,
  answered: () => void,
): Promise<Exchange> {
  switch (acp.kind) {
    case 'http':
      return await exchangeOverHttp(acp.url, options, answered)
    case 'stdio': {
      const [tool, ...args] = acpCommand ?? []
      if (tool !== undefined) return await exchangeOverStdio(tool, args, options, answered)
      const hint = 'Set OPS_ACP_COMMAND in /etc/opencode-acp-ops/host.env of this host and restart its host worker.'
      throw new OpsError({ owner: 'configuration', message: 'this host names no agent for standard streams', hint })
    }
  }
}

/** Turns what came back into an answer of ACP, or into the reason why it is none. */
export function judge(exchange: Exchange, latencyMs: number): Handshake {
  if (exchange.kind === 'nothing') return { kind: 'refused', latencyMs, reason: exchange.reason }
  const json = parseJson(exchange.text)
  if (json === undefined) return refused(latencyMs, `the answer is not JSON: ${head(exchange.text)}`)
  const answer = initializeAnswer.safeParse(json)
  if (answer.success) {
    const { protocolVersion, agentInfo } = answer.data.result
    return {
      kind: 'answered',
      latencyMs,
      protocolVersion,
      agentName: head(agentInfo.name),
      agentVersion: head(agentInfo.version),
    }
  }
  const error = errorAnswer.safeParse(json)
  if (error.success) {
    return refused(latencyMs, `JSON-RPC error ${error.data.error.code}: ${head(error.data.error.message)}`)
  }
  const missing = answer.error.issues.map(issue => issue.path.join('.') || 'object').join(', ')
  return refused(latencyMs, `the answer is not one to initialize: wrong ${missing}`)
}

function refused(latencyMs: number, reason: string): Handshake {
  return { kind: 'refused', latencyMs, reason }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
