/** The life of a gate apart from decisions: how it opens, what is due when, how it ends without one. Silence never approves. */
import type { PersonId, Team } from '../team/team.ts'
import type { Attempt, Gate, GateRequest } from './approval.ts'

const MINUTE = 60_000

export interface GateOrigin {
  readonly approvalId: string
  readonly workflowId: string
  /** Of the plan, lower-case hex sha256. */
  readonly digest: string
  /** ISO time of the workflow. */
  readonly now: string
}

/** It is open until the policy's time is over, and never longer than its plan counts. */
export function openGate(request: GateRequest, { approvalId, workflowId, digest, now }: GateOrigin): Gate {
  const byPolicy = later(now, request.policy.expireMinutes)
  return {
    approvalId,
    workflowId,
    digest,
    request,
    openedAt: now,
    expiresAt: isBefore(request.plan.expiresAt, byPolicy) ? request.plan.expiresAt : byPolicy,
    escalatedAt: null,
    remindedAt: null,
    state: 'open',
    decidedAt: null,
    special: null,
    attempts: [],
    card: null,
  }
}

export type GateAct = 'remind' | 'escalate' | 'expire'

/** What is due at this time; `null` when nothing is. Of several only the most urgent: a worker that was away catches up quietly. */
export function gateDue(gate: Gate, now: string): { readonly gate: Gate; readonly act: GateAct | null } {
  if (gate.state !== 'open') return { gate, act: null }
  if (!isBefore(now, gate.expiresAt)) return { gate: { ...gate, state: 'expired', decidedAt: now }, act: 'expire' }
  if (gate.escalatedAt === null && !isBefore(now, escalationTime(gate))) {
    return { gate: { ...gate, escalatedAt: now, remindedAt: gate.remindedAt ?? now }, act: 'escalate' }
  }
  if (gate.remindedAt === null && !isBefore(now, reminderTime(gate))) {
    return { gate: { ...gate, remindedAt: now }, act: 'remind' }
  }
  return { gate, act: null }
}

/** ISO time at which `gateDue` has to be asked again; null when the gate is not open. */
export function nextGateMoment(gate: Gate): string | null {
  if (gate.state !== 'open') return null
  const moments = [
    gate.expiresAt,
    ...(gate.escalatedAt === null ? [escalationTime(gate)] : []),
    ...(gate.remindedAt === null ? [reminderTime(gate)] : []),
  ]
  return moments.reduce((first, moment) => (isBefore(moment, first) ? moment : first))
}

/** What was approved, or waits for it, is not what would be done: nothing may be done on it. */
export function voidGate(gate: Gate, now: string): Gate {
  return gate.state === 'open' || gate.state === 'approved' ? { ...gate, state: 'void', decidedAt: now } : gate
}

/** Nobody needs the answer any more. */
export function cancelGate(gate: Gate, now: string): Gate {
  return gate.state === 'open' ? { ...gate, state: 'cancelled', decidedAt: now } : gate
}

/** Everybody whose approval counts now, in the order of their coming. */
export function approvalsOf({ attempts }: Pick<Gate, 'attempts'>): readonly string[] {
  const approvals = new Set<string>()
  for (const { person, verdict, counted } of attempts) {
    if (!counted) continue
    if (verdict === 'withdraw') approvals.delete(person)
    else if (verdict !== 'deny') approvals.add(person)
  }
  return [...approvals]
}

/** The attempt that decided; null while open, and when time or a change of the plan ended it. */
export function decisiveAttempt(gate: Gate): Attempt | null {
  if (gate.state !== 'approved' && gate.state !== 'denied') return null
  return gate.attempts.findLast(({ counted }) => counted) ?? null
}

/** The groups that may decide at this moment. */
export function decidingGroups({ request, escalatedAt }: Gate): readonly string[] {
  const { group, escalation } = request.policy
  return escalatedAt === null || escalation === group ? [group] : [group, escalation]
}

/** Who may be asked now: members of the deciding groups, each once, without the person who asked. */
export function askedPeople(gate: Gate, groups: Team['groups']): readonly PersonId[] {
  const members = new Set(decidingGroups(gate).flatMap(group => groups[group] ?? []))
  return [...members].filter(person => person !== gate.request.requestedBy)
}

/** Who was to decide and was passed over by break-glass or by an approval alone: all of them are told. */
export function skippedApprovers(gate: Gate, groups: Team['groups']): readonly PersonId[] {
  if (gate.special === null) return []
  const decided = new Set(approvalsOf(gate))
  return askedPeople(gate, groups).filter(person => !decided.has(person))
}

function reminderTime({ openedAt, request }: Gate): string {
  return later(openedAt, request.policy.remindMinutes)
}

function escalationTime({ openedAt, request }: Gate): string {
  return later(openedAt, request.policy.escalateMinutes)
}

function later(iso: string, minutes: number): string {
  return new Date(Date.parse(iso) + minutes * MINUTE).toISOString()
}

function isBefore(a: string, b: string): boolean {
  return Date.parse(a) < Date.parse(b)
}
