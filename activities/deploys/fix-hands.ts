/** Does a service do what a fix is about, does it do what every service has to, and how is it after a deploy (S49, S51). */
import { setTimeout as sleep } from 'node:timers/promises'
import { cancellationSignal } from '@temporalio/activity'
import type { AcpTransport, LogSource, Service } from '../../domain/estate.ts'
import type { Handshake } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'
import type { Reproduction } from '../../domain/fixes/fix.ts'
import { valueAt } from '../../domain/fixes/merge-patch.ts'
import { redact } from '../../domain/redact.ts'
import type { Conversation, ConversationOptions } from '../adapters/acp.session.ts'
import type { KeptFile } from '../adapters/swap-files.ts'
import type { FixHands, Reproduced } from '../fix-hands.ts'
import { observeOnce } from '../observe.ts'

export interface FixHandsPorts {
  readonly shakeHands: (acp: AcpTransport, options: { deadlineMs: number; signal: AbortSignal }) => Promise<Handshake>
  readonly converse: (options: ConversationOptions) => Promise<Conversation>
  readonly configuration: string
  readonly readKept: (path: string) => Promise<KeptFile | null>
  /** Errors by fingerprint: after `since`, up to and including `until`, milliseconds since the epoch. */
  readonly countErrors: (
    source: LogSource,
    unit: string,
    window: { readonly since: number; readonly until: number },
    signal: AbortSignal,
  ) => Promise<Readonly<Record<string, number>>>
  /** A service that was just started is given this long to answer, milliseconds. */
  readonly patienceMs: number
}

const HANDSHAKE_MS = 8_000
const BETWEEN_HANDSHAKES_MS = 1_000
const TIMED_HANDSHAKES = 5
/** The first session of an agent takes some seconds; a scripted turn not many more. */
const CONVERSATION_MS = 60_000
/** Every service has it, also one whose /tmp is its own. */
const SESSION_FOLDER = '/tmp'
const PROMPT = 'Say one line, so that we know that you are there.'

export function createFixHands(ports: FixHandsPorts): FixHands {
  const greet = async (acp: AcpTransport, patienceMs: number): Promise<Handshake> => {
    const signal = cancellationSignal()
    const end = performance.now() + patienceMs
    for (;;) {
      const found = await observeOnce(() => ports.shakeHands(acp, { deadlineMs: HANDSHAKE_MS, signal }))
      if (found.kind === 'observed' && found.value.kind === 'answered') return found.value
      if (performance.now() > end) {
        return found.kind === 'observed' ? found.value : { kind: 'refused', latencyMs: 0, reason: found.reason }
      }
      await sleep(BETWEEN_HANDSHAKES_MS, undefined, { signal })
    }
  }

  const converse = async (acp: AcpTransport, prompt: string | null) => {
    if (acp.kind !== 'http') {
      const hint = 'Set service.acp.url in the estate file, or choose another check for the fix.'
      throw new OpsError({ owner: 'configuration', message: 'a session needs a gateway over HTTP', hint })
    }
    const signal = cancellationSignal()
    return await ports.converse({ url: acp.url, cwd: SESSION_FOLDER, prompt, deadlineMs: CONVERSATION_MS, signal })
  }

  const check = async (reproduction: Reproduction, service: Service, handshake: Answered): Promise<Reproduced> => {
    switch (reproduction.kind) {
      case 'handshake':
        return passed(`it answers a handshake in ${Math.round(handshake.latencyMs)} ms`)
      case 'version': {
        const { agentVersion } = handshake
        return result(agentVersion === reproduction.version, `it reports version ${agentVersion}`)
      }
      case 'config': {
        const file = await ports.readKept(ports.configuration)
        const found = file === null ? null : valueAt(file.text, reproduction.key)
        return result(found === reproduction.json, redact(`${reproduction.key} is ${found ?? 'not there'}`))
      }
      case 'prompt': {
        const turn = await observeOnce(() => converse(service.acp, PROMPT))
        if (turn.kind !== 'observed') return result(false, `the turn failed: ${turn.reason}`)
        return result(turn.value.stopReason === 'end_turn', `the turn ended with ${turn.value.stopReason}`)
      }
    }
  }

  return {
    /** Repeating it looks again. Where the service must answer first and does not, it says nothing about the fault. */
    async reproduce({ service, reproduction }) {
      const handshake = await greet(service.acp, ports.patienceMs)
      if (handshake.kind === 'answered') return await check(reproduction, service, handshake)
      const state = reproduction.kind === 'handshake' ? 'failed' : 'unknown'
      return { state, summary: `it answers no handshake: ${handshake.reason}` }
    },

    /** Repeating it asks again; each handshake and the session are closed. */
    async runSuite({ service }) {
      const latencies: number[] = []
      for (let count = 0; count <= TIMED_HANDSHAKES; count += 1) {
        const handshake = await greet(service.acp, count === 0 ? ports.patienceMs : 0)
        if (handshake.kind === 'refused') {
          return { passed: false, lines: [`handshake ${count + 1}: ${handshake.reason}`] }
        }
        if (count > 0) latencies.push(handshake.latencyMs)
      }
      const worst = Math.round(Math.max(...latencies))
      const timed = `${TIMED_HANDSHAKES} handshakes, the slowest in ${worst} ms`
      const session = await observeOnce(() => converse(service.acp, null))
      if (session.kind !== 'observed') return { passed: false, lines: [timed, `no session: ${session.reason}`] }
      return { passed: true, lines: [timed, `a session with version ${session.value.version}`] }
    },

    /** A read. */
    async lookAtService({ service, since, until }) {
      const handshake = await greet(service.acp, HANDSHAKE_MS)
      const window = { since: Date.parse(since), until: Date.parse(until) }
      const errors = await observeOnce(() => ports.countErrors(service.log, service.unit, window, cancellationSignal()))
      const healthy = handshake.kind === 'answered'
      const summary = healthy
        ? `it answers a handshake in ${Math.round(handshake.latencyMs)} ms`
        : `it answers no handshake: ${handshake.reason}`
      return { healthy, summary, errors: errors.kind === 'observed' ? errors.value : null }
    },
  }
}

type Answered = Extract<Handshake, { kind: 'answered' }>

function passed(summary: string): Reproduced {
  return { state: 'passed', summary }
}

function result(isPassed: boolean, summary: string): Reproduced {
  return { state: isPassed ? 'passed' : 'failed', summary }
}
