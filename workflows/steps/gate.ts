/**
 * A point that waits for people. The handlers are set once for all gates of a run and only keep what comes; one loop looks at
 * it, in order of arrival: verified, judged, written down, and only then acted on. Silence never approves.
 *
 * A crash anywhere loses nothing: signals are kept by the server, rows are recognised by their keys. Cancelling the run ends
 * an open gate as cancelled. The rules are in domain/approvals.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import {
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow'
import type { Gate, GateRequest } from '../../domain/approvals/approval.ts'
import { cancelGate, type GateAct, gateDue, nextGateMoment, openGate, voidGate } from '../../domain/approvals/gate.ts'
import { closedRow, endingWords, strayRow } from '../../domain/approvals/rows.ts'
import { readSigned } from '../../domain/approvals/statement.ts'
import { decideSignal, gatesQuery, redrawSignal } from '../messages.ts'
import { onControlPlane } from '../proxies.ts'
import { type GateCards, keepGateCards } from './gate-cards.ts'
import { hear } from './gate-decision.ts'
import { type Notices, tellPeople } from './gate-notices.ts'
import { keepGateRecord } from './gate-record.ts'
import { keepVoices } from './gate-voices.ts'

const gateKey = defineSearchAttributeKey('OpsGate', SearchAttributeType.KEYWORD)

export interface GateOutcome {
  readonly kind: 'approved' | 'denied' | 'expired' | 'void'
  readonly gate: Gate
  /** One sentence: who and why. */
  readonly words: string
}

export interface GateHooks {
  /** It is open, and people can see it. */
  readonly opened?: (gate: Gate) => void
}

export interface Gates {
  /** Asks, and waits until people or time have decided. A cancellation ends the gate and is thrown. */
  openGateAndWait(request: GateRequest, hooks?: GateHooks): Promise<GateOutcome>
  /** Nothing will be done on what was approved so far: another plan, too late, cancelled. */
  voidApprovals(why: string): Promise<void>
  /** For the end of a run: late decisions are answered, people told and cards drawn, as far as that is possible soon. */
  settle(): Promise<void>
}

/** Called once, before the run waits for anything. */
export function keepGates(): Gates {
  const { workflowId, runId } = workflowInfo()
  const gates = new Map<string, Gate>()
  const tries = new Map<string, number>()
  const inbox: { readonly said: unknown; readonly arrivedAt: string }[] = []
  const record = keepGateRecord()
  const voices = keepVoices()
  const notices: Notices = tellPeople()
  const cards: GateCards = keepGateCards(workflowId, (approvalId, card) => {
    const gate = gates.get(approvalId)
    if (gate !== undefined) gates.set(approvalId, { ...gate, card })
  })
  let isJudging = false
  let strays = 0

  setHandler(gatesQuery, () => [...gates.values()], { description: 'What this run asks people, open and decided' })
  setHandler(
    decideSignal,
    said => {
      inbox.push({ said, arrivedAt: now() })
    },
    {
      description:
        'A signed decision on a gate; doors (Slack, ops approve) send it, and without proof it counts for nothing',
    },
  )

  setHandler(
    redrawSignal,
    () => {
      for (const { approvalId, state } of gates.values()) if (state === 'open') cards.refresh(approvalId)
    },
    { description: 'Draws the cards of open gates anew, for example after a freeze; doors send it' },
  )

  const isIdle = (): boolean => inbox.length === 0 && !isJudging
  const gateOf = (approvalId: string): Gate => {
    const gate = gates.get(approvalId)
    if (gate === undefined) throw new Error(`no gate ${approvalId}`)
    return gate
  }
  const set = (gate: Gate): void => {
    gates.set(gate.approvalId, { ...gate, card: gates.get(gate.approvalId)?.card ?? gate.card })
    cards.refresh(gate.approvalId)
  }

  const decide = async (): Promise<void> => {
    const next = inbox.shift()
    if (next === undefined) return
    const { said, arrivedAt } = next
    const signed = readSigned(said)
    const gate = signed === null ? undefined : gates.get(signed.statement.approvalId)
    if (signed === null || gate === undefined) {
      strays += 1
      await record.write([strayRow({ workflowId, runId }, signed, now(), strays)])
      return
    }
    const number = (tries.get(gate.approvalId) ?? 0) + 1
    const heard = await hear(gate, { signed, arrivedAt }, number, record, voices)
    if (heard === gate) return
    tries.set(gate.approvalId, number)
    set(heard)
    if (heard.special !== null && gate.special === null) notices.tell('skipped', gateOf(heard.approvalId))
  }

  // Not in the scope of the run: what people decide while it is being cancelled is answered as well.
  void CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => inbox.length > 0)
      isJudging = true
      await decide()
      isJudging = false
    }
  })

  const end = async (
    approvalId: string,
    ending: (gate: Gate, at: string) => Gate,
    why: string | null,
  ): Promise<void> => {
    await condition(isIdle)
    const ended = ending(gateOf(approvalId), now())
    if (ended === gateOf(approvalId)) return
    set(ended)
    await record.write([closedRow(ended, now(), why)])
  }

  const act = async (gate: Gate, due: GateAct): Promise<void> => {
    set(gate)
    if (due === 'expire') await record.write([closedRow(gate, now(), null)])
    else notices.tell(due, gateOf(gate.approvalId))
  }

  const waitForDecision = async (approvalId: string): Promise<void> => {
    for (let moment = nextGateMoment(gateOf(approvalId)); moment !== null; ) {
      const waitMs = Math.max(1, Date.parse(moment) - Date.now())
      const summary = `${approvalId} waits for a decision; silence is none`
      await condition(() => gateOf(approvalId).state !== 'open', waitMs, { summary })
      // Who decided in time is judged before the time is found to be over.
      await condition(isIdle)
      const due = gateDue(gateOf(approvalId), now())
      if (due.act !== null) await act(due.gate, due.act)
      moment = nextGateMoment(gateOf(approvalId))
    }
  }

  return {
    async openGateAndWait(request, hooks = {}) {
      const approvalId = mintApprovalId()
      const { digest } = await onControlPlane(
        'idempotent',
        'Take the digest of the plan; write down what is asked',
      ).openApproval({ approvalId, workflowId, request, openedAt: now() })
      set(openGate(request, { approvalId, workflowId, digest, now: now() }))
      upsertSearchAttributes([{ key: gateKey, value: approvalId }])
      hooks.opened?.(gateOf(approvalId))
      try {
        await waitForDecision(approvalId)
      } catch (error) {
        if (isCancellation(error)) {
          const why = 'The run that asked was cancelled.'
          await CancellationScope.nonCancellable(() => end(approvalId, takeBack, why))
        }
        throw error
      } finally {
        upsertSearchAttributes([{ key: gateKey, value: null }])
      }
      return outcomeOf(gateOf(approvalId))
    },
    voidApprovals: why =>
      CancellationScope.nonCancellable(async () => {
        for (const { approvalId, state } of gates.values())
          if (state === 'approved') await end(approvalId, voidGate, why)
      }),
    settle: () =>
      CancellationScope.nonCancellable(async () => {
        await condition(isIdle)
        await record.settle()
        await notices.settle()
        await cards.settle()
        await condition(isIdle)
        await record.leaveRest()
      }),
  }
}

function outcomeOf(gate: Gate): GateOutcome {
  const words = endingWords(gate)
  switch (gate.state) {
    case 'approved':
    case 'denied':
    case 'expired':
    case 'void':
      return { kind: gate.state, gate, words }
    case 'open':
    case 'cancelled':
      throw new Error(`a gate that is ${gate.state} has no outcome`)
  }
}

/** Approved in the very moment in which the run was cancelled: nothing will be done on it. */
function takeBack(gate: Gate, at: string): Gate {
  return gate.state === 'approved' ? voidGate(gate, at) : cancelGate(gate, at)
}

function mintApprovalId(): string {
  return `APR-${uuid4().replaceAll('-', '').slice(0, 10).toUpperCase()}`
}

function now(): string {
  return new Date().toISOString()
}
