/** The closed catalogue of changes for an incident (S47) on this host: plan, apply, look, take back. None runs a command line. */
import { setTimeout as sleep } from 'node:timers/promises'
import { cancellationSignal } from '@temporalio/activity'
import type { ChangeName, WorkaroundCheck, WorkaroundName, WorkaroundPlan } from '../domain/changes.ts'
import type { AcpTransport } from '../domain/estate.ts'
import type { Handshake } from '../domain/facts.ts'
import { OpsError } from '../domain/failures.ts'
import { redact } from '../domain/redact.ts'
import { observeOnce } from './observe.ts'
import type { ChangeOrder, PlanOrder, ResponseHands } from './response-hands.ts'
import { type BlockClientPorts, createBlockClient } from './workarounds/block-client.ts'
import { createFreeDisk, type FreeDiskPorts } from './workarounds/free-disk.ts'
import { createRaiseLimit, type RaiseLimitPorts } from './workarounds/raise-limit.ts'
import { createRestart, type RestartPorts } from './workarounds/restart.ts'
import { createRollback, type RollbackPorts } from './workarounds/rollback.ts'
import type { PlannedOrder, Workaround } from './workarounds/workaround.ts'

export interface ChangePorts extends RestartPorts, FreeDiskPorts, RaiseLimitPorts, BlockClientPorts, RollbackPorts {
  readonly shakeHands: (acp: AcpTransport, options: { deadlineMs: number; signal: AbortSignal }) => Promise<Handshake>
}

/** A service that was just started is given this long to answer. */
const HEALTHY_MS = 20_000
const HANDSHAKE_MS = 8_000
const BETWEEN_HANDSHAKES_MS = 1_000

/** `deployFix` is asked for by the procedure `fix` alone, which has tested it on staging. */
export function createChangeActivities(
  ports: ChangePorts,
  deployFix: Workaround | null = null,
): Omit<ResponseHands, 'collectEvidence'> {
  const workarounds: Readonly<Record<WorkaroundName, Workaround>> = {
    restart: createRestart(ports),
    'free-disk': createFreeDisk(ports),
    'raise-limit': createRaiseLimit(ports),
    'block-client': createBlockClient(ports),
    rollback: createRollback(ports),
  }
  const catalogue: Readonly<Partial<Record<ChangeName, Workaround>>> =
    deployFix === null ? workarounds : { ...workarounds, 'deploy-fix': deployFix }

  const find = ({ request: { name } }: ChangeOrder): Workaround => {
    const found = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined
    if (found !== undefined) return found
    const hint = `The catalogue has ${Object.keys(workarounds).join(', ')}.`
    throw new OpsError({ owner: 'operator', message: `there is no workaround ${JSON.stringify(name)}`, hint })
  }

  return {
    /** A read. Repeating it plans anew. */
    async planChange(order: PlanOrder): Promise<WorkaroundPlan> {
      return withoutSecrets(await find(order).plan(order, cancellationSignal()))
    },

    /**
     * For one try: how each workaround recognises that the first one got through, or continues it, is said there. Once
     * begun it is brought to its end.
     */
    async applyChange(order: PlannedOrder): Promise<string> {
      cancellationSignal().throwIfAborted()
      return redact(await find(order).apply(order))
    },

    /** A read. A service that was just started is given some seconds before it counts as unhealthy. */
    async checkChange(order: PlannedOrder): Promise<WorkaroundCheck> {
      const signal = cancellationSignal()
      const { state, summary } = await find(order).look(order, signal)
      const handshake = await untilAnswered(ports, order.service.acp, state === 'done' ? HEALTHY_MS : 0, signal)
      return { state, healthy: handshake.healthy, summary: redact(`${summary}; ${handshake.words}`) }
    },

    /** Recognises what is already as before; a first try that was cut off is continued. */
    async revertChange(order: PlannedOrder): Promise<string> {
      cancellationSignal().throwIfAborted()
      return redact(await find(order).revert(order))
    },
  }
}

async function untilAnswered(
  { shakeHands }: Pick<ChangePorts, 'shakeHands'>,
  acp: AcpTransport,
  patienceMs: number,
  signal: AbortSignal,
): Promise<{ readonly healthy: boolean; readonly words: string }> {
  const end = performance.now() + patienceMs
  for (;;) {
    const handshake = await observeOnce(() => shakeHands(acp, { deadlineMs: HANDSHAKE_MS, signal }))
    if (handshake.kind === 'observed' && handshake.value.kind === 'answered') {
      return { healthy: true, words: `it answers a handshake in ${Math.round(handshake.value.latencyMs)} ms` }
    }
    if (performance.now() > end) {
      const why = handshake.kind === 'observed' && handshake.value.kind === 'refused' ? handshake.value : handshake
      return { healthy: false, words: `it answers no handshake: ${'reason' in why ? why.reason : 'no reason given'}` }
    }
    await sleep(BETWEEN_HANDSHAKES_MS, undefined, { signal })
  }
}

/** Parameters and marks are applied as they stand; what people read is redacted. */
function withoutSecrets(plan: WorkaroundPlan): WorkaroundPlan {
  return { ...plan, title: redact(plan.title), steps: plan.steps.map(redact) }
}
