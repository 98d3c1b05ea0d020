/** What a live test of incidents says to the estate: as people in the chat and at the command line, and what it counts afterwards. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Gate } from '../../domain/approvals/approval.ts'
import { incidentWorkflowId } from '../../domain/ids.ts'
import type { ChangeState, Incident } from '../../domain/incident/incident.ts'
import { parseIncidentName } from '../../domain/incident/incident.ts'
import type { HostName } from '../../sandbox/estate/name.ts'
import type { Seen } from '../../sandbox/slack/admin.ts'
import { admin, type PressOptions, press, type StandIn, say, screen } from '../../sandbox/slack/client.ts'
import type { SeenMessage } from '../../sandbox/slack/screen.ts'
import { asLedgerOwner, estateEnvironment, eventually, inHost, type OpsResult, ops } from './live.ts'

export const INCIDENTS = 'C0INCIDENTS'

/** The parts share two cores with the tests: what takes a second on an idle machine may take many. */
export const PATIENCE_S = 90

/** A secret of the estate, by the name of its file. */
export function estateSecret(name: string): string {
  return readFileSync(join(dirname(estateEnvironment().OPS_LEDGER_URL_FILE ?? ''), name), 'utf8').trim()
}

/** The address that all servers of the estate share. */
export function estateAddress(): string {
  return new URL(estateEnvironment().OPS_HTTP ?? '').hostname
}

export function standIn(): StandIn {
  return { url: `http://${estateAddress()}:9600`, token: estateSecret('slack-token') }
}

export const says = (person: string, text: string): Promise<Seen> => say(standIn(), person, text)

export const presses = (person: string, action: string, options: PressOptions = {}): Promise<Seen> =>
  press(standIn(), person, action, options)

/** The command of a person at a terminal, with that person's own key. */
export const opsAs = (person: string, ...words: readonly string[]): Promise<OpsResult> =>
  ops([...words, '--as', person])

/** The same, which must be carried out. */
export async function told(person: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await opsAs(person, ...words)
  assert.equal(code, 0, `ops ${words.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

export interface Row {
  readonly number: number
  readonly title: string
  readonly status: string
  readonly startedAt: string
  readonly workflowId: string
}

export async function listed(): Promise<readonly Row[]> {
  return JSON.parse((await ops(['incident', 'list', 'all', '--since', '2d', '--json'])).stdout).incidents
}

/** The incidents of a cause of alerts, newest first. */
export async function incidentsOf(cause: string): Promise<readonly Row[]> {
  return (await listed()).filter(({ workflowId }) => workflowId === incidentWorkflowId(cause))
}

/** INC-n of the newest incident with this title, as soon as the ledger has it. */
export function numbered(title: string): Promise<string> {
  return eventually(
    `an incident "${title}"`,
    async () => {
      const found = (await listed()).filter(row => row.title === title && row.status !== 'closed')
      const number = Math.max(...found.map(row => row.number))
      return found.length === 0 ? undefined : `INC-${number}`
    },
    PATIENCE_S,
  )
}

export async function incidentNow(name: string): Promise<Incident> {
  const { code, stdout, stderr } = await ops(['incident', 'show', name, '--json'])
  assert.equal(code, 0, stdout + stderr)
  return JSON.parse(stdout)
}

/** The incident as soon as it is so. */
export function untilIncident(name: string, what: string, isSo: (incident: Incident) => boolean): Promise<Incident> {
  return eventually(
    `${name}: ${what}`,
    async () => {
      const incident = await incidentNow(name)
      return isSo(incident) ? incident : undefined
    },
    PATIENCE_S,
  )
}

export function untilChange(name: string, number: number, state: ChangeState): Promise<Incident> {
  return untilIncident(name, `change ${number} ${state}`, ({ changes }) => {
    const change = changes.find(one => one.number === number)
    const isOver = change !== undefined && ['done', 'refused', 'failed', 'reverted', 'cancelled'].includes(change.state)
    assert.ok(!isOver || change.state === state, `${change?.state}: ${change?.outcome}`)
    return change?.state === state
  })
}

/** The question of an incident that waits for people, as soon as it does. */
export function untilAsked(name: string): Promise<Gate> {
  return eventually(
    `a question of ${name}`,
    async () => {
      const { approvals }: { approvals: readonly Gate[] } = JSON.parse((await ops(['approvals', '--json'])).stdout)
      return approvals.find(({ request }) => request.incident === name)
    },
    PATIENCE_S,
  )
}

/** What somebody reads in a conversation: `app` is the one with ops. */
export async function reads(person: string, channel = INCIDENTS): Promise<readonly SeenMessage[]> {
  const { channels } = await screen(standIn(), person)
  return channels.filter(({ id, isIm }) => (channel === 'app' ? isIm : id === channel)).flatMap(one => one.messages)
}

/** The one message of a channel in which this is written anywhere. */
export function untilRead(person: string, words: RegExp, channel = INCIDENTS): Promise<SeenMessage> {
  return eventually(
    `${person} reading ${words}`,
    async () => (await reads(person, channel)).findLast(message => words.test(JSON.stringify(message))),
    PATIENCE_S,
  )
}

/** The question of a gate, with its buttons: its id is told in other messages, too. */
export function untilQuestion(person: string, approvalId: string): Promise<SeenMessage> {
  return eventually(
    `${person} being asked ${approvalId}`,
    async () =>
      (await reads(person)).findLast(message => {
        const text = JSON.stringify(message)
        return text.includes(approvalId) && text.includes('ops:approval:approve')
      }),
    PATIENCE_S,
  )
}

/** The card of an incident: the message with its number in the header. */
export async function cardOf(name: string): Promise<SeenMessage | undefined> {
  return (await reads('ana')).findLast(({ blocks }) =>
    blocks.some(block => block.type === 'header' && JSON.stringify(block).includes(` ${name} `)),
  )
}

/** The card as soon as this is written on it. */
export function untilCard(name: string, words: RegExp): Promise<SeenMessage> {
  return eventually(
    `${words} on the card of ${name}`,
    async () => {
      const card = await cardOf(name)
      return card !== undefined && words.test(JSON.stringify(card)) ? card : undefined
    },
    PATIENCE_S,
  )
}

/** The pages of an incident in a person's conversation with ops. */
export async function pagesOf(person: string, name: string): Promise<readonly SeenMessage[]> {
  return (await reads(person, 'app')).filter(({ text }) => new RegExp(`\\b${name}\\b`).test(text))
}

/** The conversation of a person with ops. */
export async function directOf(person: string): Promise<string> {
  return (await screen(standIn(), person)).channels.find(({ isIm }) => isIm)?.id ?? ''
}

export interface Arrived {
  readonly kind: 'mail' | 'page'
  readonly subject?: string
  readonly text?: string
  readonly messageId?: string
  readonly to?: readonly string[]
}

export async function mails(subject: RegExp): Promise<readonly Arrived[]> {
  const response = await fetch(`http://${estateAddress()}:2526/messages`)
  const all = (await response.json()) as readonly Arrived[]
  return all.filter(one => one.kind === 'mail' && subject.test(one.subject ?? ''))
}

interface Kept {
  readonly channels: readonly {
    readonly id: string
    readonly messages: readonly {
      readonly ts: string
      readonly text: string
      readonly metadata?: { readonly event_payload?: { readonly k?: string } }
    }[]
  }[]
  readonly deliveries: readonly { readonly body: string; readonly answer: { readonly status?: number } }[]
}

export async function workspace(): Promise<Kept> {
  return (await admin(standIn(), 'state')) as Kept
}

/** Every message that ops posts carries its own key, and every mail its own Message-ID: none may be there twice. */
export async function assertNothingTwice(): Promise<void> {
  const { channels } = await workspace()
  const keys = channels.flatMap(({ id, messages }) =>
    messages.flatMap(({ metadata, text }) => {
      const key = metadata?.event_payload?.k
      return key === undefined ? [] : [{ key: `${id}/${key}`, text }]
    }),
  )
  assert.ok(keys.length > 0, 'ops has posted nothing')
  const posted = [...Map.groupBy(keys, ({ key }) => key).values()].filter(same => same.length > 1)
  assert.deepEqual(
    posted.map(same => same.map(({ text }) => text)),
    [],
  )
  // SMTP cannot be asked what it has: a mail whose answer was lost comes again, and by its id mail programs show one.
  const sent = (await mails(/^\[/)).map(({ messageId, subject, to, text }) => ({
    messageId,
    words: JSON.stringify([subject, to, text]),
  }))
  const byId = [...Map.groupBy(sent, ({ messageId }) => messageId).values()]
  assert.deepEqual(
    byId.filter(same => new Set(same.map(({ words }) => words)).size > 1),
    [],
    'two mails share their Message-ID, so one of them is never shown',
  )
}

/** How often systemd has started the service of a host since it booted, and the present start. */
export async function startsOf(host: HostName): Promise<{ readonly count: number; readonly activeSince: string }> {
  const [count = '', activeSince = ''] = (
    await inHost(
      host,
      `journalctl -b -u opencode-acp _PID=1 -o cat --no-pager | grep -c '^Started' ; systemctl show -p ActiveEnterTimestampMonotonic --value opencode-acp`,
    )
  ).split('\n')
  return { count: Number(count), activeSince }
}

export interface Told {
  readonly kind: string
  readonly text: string
  readonly entry: string | number
}

/** What the ledger has on an incident, in the order of what happened. */
export async function ledgerOf(name: string): Promise<readonly Told[]> {
  return await asLedgerOwner(async client => {
    const { rows } = await client.query(
      `select body::jsonb as row from ledger.incidents where (body::jsonb->>'number')::int = $1
       order by (body::jsonb->>'entry')::int`,
      [parseIncidentName(name)],
    )
    return rows.map(({ row }) => row)
  })
}

export interface Decision {
  readonly kind: string
  readonly person: string
  readonly door: string
  readonly verdict: string
  readonly counted: boolean
  readonly text: string
}

export async function decisionsOn(approvalId: string): Promise<readonly Decision[]> {
  return await asLedgerOwner(async client => {
    const { rows } = await client.query(
      `select body::jsonb as row from ledger.decisions where body::jsonb->>'approvalId' = $1 order by seq`,
      [approvalId],
    )
    return rows.map(({ row }) => row)
  })
}

export async function assertLedgerIsWhole(): Promise<void> {
  const { code, stdout, stderr } = await ops(['ledger', 'verify'])
  assert.equal(code, 0, stdout + stderr)
}

/** Ends every incident that is open, so that nobody is paged and no later test is asked which one it means. */
export async function endIncidents(): Promise<void> {
  for (const { number, status } of await listed()) {
    if (status === 'closed') continue
    const name = `INC-${number}`
    await eventually(
      `the end of ${name}`,
      async () => {
        const { approvals }: { approvals: readonly Gate[] } = JSON.parse((await ops(['approvals', '--json'])).stdout)
        for (const gate of approvals.filter(({ request }) => request.incident === name)) {
          await ops(['cancel', gate.workflowId, '--reason', 'the test is over'])
        }
        const { stdout } = await opsAs('ana', 'incident', 'false-alarm', name, 'the test is over')
        return /closed|there is no|over/.test(stdout) ? true : undefined
      },
      PATIENCE_S,
    )
  }
}
