/** Gates on the real server with real signatures: people with keys, a ledger on paper, a chat that notes what it is told. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { Worker } from '@temporalio/worker'
import type { UseFilter } from '../../activities/adapters/ledger/incidents.ts'
import { createKey, signReview, signStatement } from '../../activities/adapters/signing.ts'
import { createApprovalActivities } from '../../activities/approvals.ts'
import type { ChatActivities, MailOrder, PostOrder } from '../../activities/incident-response.ts'
import type { Attempt, Gate, SignedStatement, Statement, Verdict } from '../../domain/approvals/approval.ts'
import { type EmergencyUse, type ReviewStatement, reviewRow } from '../../domain/approvals/review.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import { canonicalText, type DecisionRow, type EventRow, type LedgerRow, rowKey } from '../../domain/ledger.ts'
import type { PersonId, Team } from '../../domain/team/team.ts'
import { decideSignal, gatesQuery } from '../../workflows/messages.ts'
import { bundleOf } from './bundle.ts'
import { team } from './team.ts'
import { type Hands, postsOf, type Rig } from './workflow-rig.ts'

export const doorKey = createKey()
const keys = new Map(team.people.map(({ id }) => [id as string, createKey()]))

export function personKey(person: string) {
  const key = keys.get(person)
  if (key === undefined) throw new Error(`nobody is called ${person}`)
  return key
}

/** The people of the sandbox, with everybody's key and the door's. */
export function sandboxTeam(): Team {
  const own = team.people.map(({ id }) => ({ ...personKey(id), holder: { kind: 'person' as const, person: id } }))
  const door = { ...doorKey, holder: { kind: 'door' as const, door: 'slack' as const } }
  const publicHalves = [...own, door].map(({ kid, publicKey, holder }) => ({ kid, publicKey, holder, retiredAt: null }))
  return { ...team, keys: publicHalves }
}

type Held = Pick<Incident, 'severity' | 'status' | 'acknowledged'>

/** A Critical incident whose acknowledgement this person holds. */
export function criticalHeldBy(person: string): Held {
  const at = '2026-11-23T03:01:00.000Z'
  return {
    severity: 'critical',
    status: 'investigating',
    acknowledged: { by: person as PersonId, at, activeAt: at, askedAt: null },
  }
}

/** What is outside the workflows; tests change it in the middle of a story. */
export interface World {
  team: Team
  /** The incident that all gates belong to; undefined while it cannot be asked. */
  incident: Held | null | undefined
  isLedgerAway: boolean
  /** The ledger writes, and its answers get lost. */
  isLedgerMute: boolean
  isChatAway: boolean
  readonly rows: Map<string, LedgerRow>
  readonly cards: string[]
  readonly posts: PostOrder[]
  readonly mails: MailOrder[]
}

export function newWorld(): World {
  return {
    team: sandboxTeam(),
    incident: null,
    isLedgerAway: false,
    isLedgerMute: false,
    isChatAway: false,
    rows: new Map(),
    cards: [],
    posts: [],
    mails: [],
  }
}

/** Keeps the first row of a key and names the others, as the real one does. */
export function paperLedger(world: World) {
  return {
    append: async (rows: readonly LedgerRow[]) => {
      if (world.isLedgerAway) throw new Error('the ledger is away')
      const conflicting = rows.filter(row => {
        const known = world.rows.get(rowKey(row))
        return known !== undefined && canonicalText(known) !== canonicalText(row)
      })
      for (const row of rows) if (!world.rows.has(rowKey(row))) world.rows.set(rowKey(row), row)
      if (world.isLedgerMute) throw new Error('the answer of the ledger is lost')
      return { sequence: 1, hash: '', added: 1, repeated: 0, conflicting: conflicting.map(rowKey) }
    },
    listDecisions: async ({ approvalId }: { readonly approvalId?: string }) =>
      decisionsIn(world).filter(row => row.approvalId === approvalId),
    emergencyUses: async (filter: UseFilter) => emergencyUsesIn(decisionsIn(world), filter),
  }
}

/** As the real query finds them. */
export function emergencyUsesIn(rows: readonly DecisionRow[], filter: UseFilter): readonly EmergencyUse[] {
  const uses = rows.filter(
    ({ approvalId, kind, counted, verdict, entry }) =>
      kind === 'attempt' &&
      counted &&
      (verdict === 'breakglass' || verdict === 'approve-alone') &&
      !rows.some(row => row.approvalId === approvalId && row.entry === `${entry}-unwritten`),
  )
  const all = uses.map(used => {
    const around = rows.filter(({ approvalId }) => approvalId === used.approvalId)
    const opened = around.find(({ kind }) => kind === 'opened') ?? null
    return { used, opened, reviews: around.filter(({ kind }) => kind === 'review') }
  })
  return all.filter(({ used, opened }) => {
    if ('all' in filter) return true
    if ('person' in filter) return used.person === filter.person
    return 'incident' in filter ? opened?.incident === filter.incident : used.approvalId === filter.approvalId
  })
}

/** A review as its author signs it. */
export function reviewBy(person: string, use: EmergencyUse, changes: Partial<ReviewStatement> = {}): LedgerRow {
  const { approvalId, digest } = use.used
  const said = { v: 1, approvalId, digest, door: 'cli', verdict: 'review', reason: 'it was needed' } as const
  const at = new Date(Math.max(Date.now(), Date.parse(use.used.at))).toISOString()
  return reviewRow(use, signReview({ ...said, person: person as PersonId, at, ...changes }, personKey(person)))
}

export function decisionsIn(world: World): readonly DecisionRow[] {
  return [...world.rows.values()].flatMap(row => (row.table === 'decisions' ? [row.row] : []))
}

export function eventsIn(world: World): readonly EventRow[] {
  return [...world.rows.values()].flatMap(row => (row.table === 'events' ? [row.row] : []))
}

export function gateHands(world: World): Pick<Hands, 'control' | 'chat'> {
  const ledger = paperLedger(world)
  const chat: Partial<ChatActivities> = {
    async showCard({ subject }) {
      if (world.isChatAway) throw new Error('the chat is away')
      if (subject.kind === 'approval') world.cards.push(subject.approvalId)
      return { channel: 'C0OPS', ts: '1700000000.000100' }
    },
    async post(order) {
      if (world.isChatAway) throw new Error('the chat is away')
      world.posts.push(order)
      return { channel: order.channel, ts: '1700000000.000200' }
    },
    async mail(order) {
      world.mails.push(order)
    },
  }
  const control: Hands['control'] = {
    ...createApprovalActivities({
      readTeam: async () => world.team,
      ledger,
      readIncident: async () => {
        if (world.incident === undefined) throw new Error('the incident does not answer')
        return world.incident
      },
    }),
    readTeam: async () => world.team,
    async record(rows) {
      await ledger.append(rows)
    },
    readFreeze: async () => null,
  }
  return { control, chat }
}

const gateBundle = () => bundleOf('support/gate-workflows.ts')

/** Throws when this code would not do again what the run has done so far. */
export async function replay(handle: WorkflowHandle): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await gateBundle() }, await handle.fetchHistory(), handle.workflowId)
}

/** Like the rig's own, with the workflows of gate-workflows.ts. */
export async function withGateWorkers<T>(rig: Rig, hands: Hands, story: () => Promise<T>): Promise<T> {
  const decider = { taskQueue: CONTROL_QUEUE, activities: hands.control, workflowBundle: await gateBundle() }
  return await rig.whileWorking([decider, ...postsOf(hands.hosts, hands.chat ?? {})], story)
}

/** A decision as a door or a key makes it, and the run's answer. */
export interface Decider {
  gates(): Promise<readonly Gate[]>
  /** The gate that is open now; waits for it. */
  open(): Promise<Gate>
  /** Signs as the person's own key (cli) or the door's (slack), sends it, and waits until it was judged. */
  say(person: string, verdict: Verdict, changes?: Partial<Statement>): Promise<Attempt>
  /** Sends whatever it is given. */
  send(signed: unknown): Promise<void>
  /** The try with this statement's time; waits for it. */
  answer(signed: SignedStatement): Promise<Attempt>
  signed(gate: Gate, person: string, verdict: Verdict, changes?: Partial<Statement>): SignedStatement
}

export function deciderOf(handle: WorkflowHandle): Decider {
  const gates = () => handle.query(gatesQuery)
  const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; await sleep(30)) {
      const found = await look()
      if (found !== undefined) return found
    }
    throw new Error(`waited in vain for ${what}: ${JSON.stringify(await gates())}`)
  }
  const self: Decider = {
    gates,
    open: () => until('an open gate', async () => (await gates()).find(({ state }) => state === 'open')),
    signed(gate, person, verdict, changes = {}) {
      const statement: Statement = {
        v: 1,
        approvalId: gate.approvalId,
        digest: gate.digest,
        person: person as PersonId,
        door: 'slack',
        verdict,
        reason: 'it is needed',
        at: new Date().toISOString(),
        ...changes,
      }
      return signStatement(statement, statement.door === 'slack' ? doorKey : personKey(person))
    },
    async say(person, verdict, changes) {
      const current = (await gates()).at(-1) ?? (await self.open())
      const signed = self.signed(current, person, verdict, changes)
      await self.send(signed)
      return await self.answer(signed)
    },
    async send(signed) {
      await handle.signal(decideSignal, signed as SignedStatement)
    },
    answer: ({ statement }) =>
      until('an answer', async () =>
        (await gates())
          .flatMap(({ attempts }) => attempts)
          .findLast(({ person, saidAt }) => person === statement.person && saidAt === statement.at),
      ),
  }
  return self
}
