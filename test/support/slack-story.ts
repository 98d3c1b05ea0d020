/** A workspace of Slack, the door, and a Temporal server with runs that note what they are told: what a story needs. */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NativeConnection, Worker } from '@temporalio/worker'
import { readEstate } from '../../activities/adapters/estate-file.ts'
import type { Attempt, Gate } from '../../domain/approvals/approval.ts'
import { button, buttons, section } from '../../domain/chat/blocks.ts'
import type { ButtonValue } from '../../domain/chat/chat.ts'
import { markup } from '../../domain/chat/text.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import type { IncidentDeclaration, IncidentMessage } from '../../domain/incident/commands.ts'
import type { DecisionRow, EventRow, IncidentRow, LedgerRow } from '../../domain/ledger.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { startStandIn } from '../../sandbox/slack/stand-in.ts'
import { PEOPLE } from '../../sandbox/slack/world.ts'
import { SCOPES } from '../../starters/slack/manifest.ts'
import { createSlackWeb, type SlackWeb } from '../../starters/slack/web.ts'
import { bundleOf } from './bundle.ts'
import { openDoor, SECRET } from './slack-door.ts'
import { openRig, type Rig } from './workflow-rig.ts'

const TOKEN = 'standin-bot-token'

export interface Screen {
  readonly modal: { readonly blocks: readonly unknown[] } | null
  readonly home: unknown
  readonly channels: readonly {
    readonly id: string
    readonly messages: readonly {
      readonly text: string
      readonly blocks: readonly unknown[]
      readonly isEphemeral: boolean
      readonly ts: string
    }[]
  }[]
}

/** What became of something that a person did. */
export interface Seen {
  readonly word: string
  readonly says: string
  readonly screen: Screen
}

export interface Story {
  readonly rig: Rig
  /** Rows of the ledger. */
  readonly events: readonly EventRow[]
  /** Rows of the ledger that the door reads; a test adds them. */
  readonly decisions: DecisionRow[]
  readonly timeline: IncidentRow[]
  /** A verb of the stand-in's own door. */
  admin<T = Seen>(verb: string, input?: object): Promise<T>
  /** Settles when the door has nothing under way. */
  idle(): Promise<void>
  /** Says it and answers with what the person reads last. */
  say(person: string, text: string): Promise<string>
  press(person: string, action: string): Promise<string>
  /** What nobody else sees. */
  lastWhisper(person: string): Promise<string>
  /** Posts a message with these buttons, as a card has them. */
  card(actions: readonly string[], value: ButtonValue): Promise<void>
  /** Ends the run and answers with everything that it was told. */
  toldTo(workflowId: string): Promise<readonly IncidentMessage[]>
  declarationOf(workflowId: string): Promise<IncidentDeclaration>
  /** Asks, and answers with the question and a way to end it, which gives the attempts. */
  ask(): Promise<{ readonly gate: Gate; readonly end: () => Promise<readonly Attempt[]> }>
  /** What runs of their own were given to write about this question; waits for so many. */
  lateTries(approvalId: string, count: number): Promise<readonly DecisionRow[]>
  close(): Promise<void>
}

export async function openStory(address: string): Promise<Story> {
  const rig = await openRig(address)
  const native = await NativeConnection.connect({ address: rig.server.address })
  const worker = await Worker.create({
    connection: native,
    namespace: rig.server.namespace,
    taskQueue: CONTROL_QUEUE,
    workflowBundle: await bundleOf('support/chat-workflows.ts'),
  })
  const running = worker.run()
  const events: EventRow[] = []
  const decisions: DecisionRow[] = []
  const timeline: IncidentRow[] = []
  // The door has to be there before the workspace knows its address, and the other way round.
  let web: SlackWeb | undefined
  const slack = new Proxy({} as SlackWeb, { get: (_target, name) => Reflect.get(web ?? {}, name) })
  const estateFile = join(import.meta.dirname, '..', '..', 'sandbox', 'estate.yaml')
  const opened = await openDoor({
    client: rig.client,
    slack,
    ledger: ledgerOnPaper(events, decisions, timeline),
    estate: () => readEstate(estateFile),
    environment: { TEMPORAL_ADDRESS: rig.server.address, OPS_ESTATE: estateFile },
  })
  const standIn = await startStandIn({
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    signingSecret: SECRET,
    ingress: `${opened.url}/slack/events`,
    people: PEOPLE,
  })
  // No more than an app has that was installed from our manifest.
  const scopes = Object.keys(SCOPES)
  web = createSlackWeb(TOKEN, `${standIn.url}/api/`)
  const post = async (path: string, input: object) => {
    const response = await fetch(`${standIn.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    })
    const answer = (await response.json()) as { readonly error?: string }
    assert.ok(response.ok && answer.error === undefined, answer.error)
    return answer
  }
  const admin = async <T>(verb: string, input: object = {}) => (await post(`/admin/${verb}`, input)) as T
  await admin('scopes', { scopes })
  const lastWhisper = async (person: string) => {
    const { channels } = await admin<Screen>('screen', { person })
    const own = channels.flatMap(({ messages }) => messages).filter(({ isEphemeral }) => isEphemeral)
    return own.toSorted((a, b) => Number(a.ts) - Number(b.ts)).at(-1)?.text ?? ''
  }
  const read = async (person: string, { word, says }: Seen) => {
    assert.equal(word, 'ok', says)
    await opened.idle()
    return await lastWhisper(person)
  }
  const endOf = async (workflowId: string) => {
    const handle = rig.client.workflow.getHandle(workflowId)
    await handle.signal('end')
    return await handle.result()
  }
  return {
    rig,
    events,
    decisions,
    timeline,
    admin,
    lastWhisper,
    idle: () => opened.idle(),
    say: async (person, text) => await read(person, await admin('say', { person, text })),
    press: async (person, action) => await read(person, await admin('press', { person, action })),
    card: async (actions, value) => {
      const row = actions.map(action => button({ action, label: action, value }))
      const blocks = [...section([markup`a card`]), ...buttons('row', row)]
      // Slack takes one message a second for a channel, and a test may be quicker than that.
      await until(async () =>
        post('/api/chat.postMessage', { channel: 'C0INCIDENTS', text: 'a card', blocks }).then(
          () => true,
          (error: unknown) => {
            if (error instanceof Error && error.message === 'ratelimited') return false
            throw error
          },
        ),
      )
    },
    toldTo: async workflowId => (await endOf(workflowId)) as readonly IncidentMessage[],
    declarationOf: async workflowId => {
      const { history } = await rig.client.workflowService.getWorkflowExecutionHistory({
        namespace: rig.server.namespace,
        execution: { workflowId },
      })
      const input = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data
      return JSON.parse(Buffer.from(input ?? []).toString()).declaration
    },
    ask: async () => {
      const gate = gateOfAna()
      const { workflowId } = gate
      await rig.client.workflow.start('asking', { workflowId, taskQueue: CONTROL_QUEUE, args: [gate] })
      return { gate, end: async () => (await endOf(workflowId)) as readonly Attempt[] }
    },
    lateTries: async (approvalId, count) => {
      const rows: LedgerRow[] = []
      const query = `WorkflowType = 'lateRows' AND WorkflowId STARTS_WITH 'late-rows:${approvalId}/'`
      await until(async () => (await rig.client.workflow.count(query)).count >= count)
      for await (const { workflowId } of rig.client.workflow.list({ query })) {
        rows.push(...((await rig.client.workflow.getHandle(workflowId).result()) as LedgerRow[]))
      }
      return rows.flatMap(({ table, row }) => (table === 'decisions' ? [row] : []))
    },
    close: async () => {
      await opened.close()
      await standIn.close()
      worker.shutdown()
      await running
      await native.close()
      await rig.close()
    },
  }
}

function ledgerOnPaper(events: EventRow[], decisions: readonly DecisionRow[], timeline: readonly IncidentRow[]) {
  return {
    listDecisions: async ({ approvalId }: { readonly approvalId?: string }) =>
      decisions.filter(row => row.approvalId === approvalId),
    timelineOf: async (number: number) => timeline.filter(row => row.number === number),
    note: async (event: EventRow) => {
      events.push(event)
      return { sequence: 1, hash: '', added: 1, repeated: 0, conflicting: [] }
    },
    currentFreeze: async () => {
      const last = events.at(-1)
      return last?.kind === 'freeze' ? last : null
    },
  }
}

export function declaredId(person: string, title: string): string {
  const digest = createHash('sha256').update(`${person}\n${title.toLowerCase()}`).digest('hex')
  return `incident:declared/${digest.slice(0, 16)}`
}

export async function until(what: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await what()) return
    await sleep(100)
  }
  assert.fail('it did not come true within ten seconds')
}

/** A question of ana's that one of the approvers answers. */
export function gateOfAna(): Gate {
  const approvalId = `APR-${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`
  const workflowId = `asking:${approvalId}`
  const plan = {
    procedure: 'apply-workaround',
    version: '1',
    targets: ['alpha'],
    parameters: {},
    steps: ['restart'],
    undo: null,
    impact: 'a minute',
    expiresAt: '2099-01-01T00:00:00Z',
  }
  const policy = {
    group: 'approvers',
    escalation: 'leads',
    emergency: 'emergency',
    quorum: 1,
    remindMinutes: 10,
    escalateMinutes: 15,
    expireMinutes: 60,
    alone: null,
  }
  return {
    approvalId,
    workflowId,
    digest: createHash('sha256').update(approvalId).digest('hex'),
    request: {
      title: 'restart alpha',
      why: 'it hangs',
      evidence: [],
      plan,
      requestedBy: 'ana' as PersonId,
      incident: null,
      policy,
    },
    openedAt: new Date().toISOString(),
    expiresAt: plan.expiresAt,
    escalatedAt: null,
    remindedAt: null,
    state: 'open',
    decidedAt: null,
    special: null,
    attempts: [],
    card: null,
  }
}
