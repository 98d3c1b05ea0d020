/** Who may decide at the door of Slack: however it is written, Slack vouches for it; whoever tries in vain is on record; the same request is the same decision. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { checkSignature } from '../../activities/adapters/signing.ts'
import type { Attempt, SignedStatement } from '../../domain/approvals/approval.ts'
import { ACTIONS, MODALS } from '../../domain/chat/chat.ts'
import type { EventRow } from '../../domain/ledger.ts'
import { paperTemporal } from '../support/paper-temporal.ts'
import {
  commandBody,
  doorKey,
  FULL,
  formBody,
  type OpenDoor,
  openDoor,
  paperSlack,
  pressBody,
  send,
} from '../support/slack-door.ts'
import { gateOfAna } from '../support/slack-story.ts'

const gate = gateOfAna()
const { approvalId, workflowId, digest } = gate
const value = { v: 1, w: workflowId, a: approvalId, d: digest.slice(0, 12) }

function rig() {
  const temporal = paperTemporal({
    runs: () => [{ workflowId }],
    query: async () => [{ ...gate, attempts: temporal.told.map(({ payload }) => attemptOf(payload)) }],
  })
  const events: EventRow[] = []
  const ledger = {
    note: async (event: EventRow) => {
      events.push(event)
      return { sequence: 1, hash: '', added: 1, repeated: 0, conflicting: [] }
    },
    currentFreeze: async () => null,
    timelineOf: async () => [],
    listDecisions: async () => [],
  }
  const statements = () => temporal.told.map(({ payload }) => (payload as SignedStatement).statement)
  return { ...temporal, events, ledger, statements }
}

function attemptOf(payload: unknown): Attempt {
  const { at, person, door, verdict, reason } = (payload as SignedStatement).statement
  return { at, person, door, verdict, reason, counted: false, refusal: 'not here', saidAt: at, proven: true }
}

describe('while Slack does not say who somebody is', () => {
  const { client, told, events, ledger, statements } = rig()
  let opened: OpenDoor

  before(async () => {
    const account = async () => Promise.reject(new Error('Slack is down'))
    opened = await openDoor({ client, ledger, slack: paperSlack({ account }).slack })
  })
  after(async () => await opened.close())

  const quotes = ['""', '“”', '„“', '«»', '„”', '“"', '»«']
  const shapes: readonly ((verb: string) => string)[] = [
    verb => verb,
    verb => verb.toUpperCase(),
    verb => `  ${verb}`,
    verb => `\u00a0${verb}`,
    verb => `\n${verb}`,
    ...quotes.map(
      ([open, close]) =>
        (verb: string) =>
          `${open}${verb}${close}`,
    ),
  ]
  for (const verb of ['approve', 'deny', 'withdraw', 'approve-alone', 'breakglass', 'freeze', 'thaw']) {
    test(`nobody decides: ${verb}, in quotes of every shape and without`, async () => {
      for (const shape of shapes) {
        told.length = 0
        const { body } = await send(opened.url, commandBody(`${shape(verb)} ${approvalId} a reason`))
        await opened.idle()
        assert.match(body, /Slack does not say now/, shape(verb))
        assert.deepEqual(events, [])
        assert.deepEqual(
          statements().map(({ person, unheard }) => [person, unheard]),
          verb === 'freeze' || verb === 'thaw' ? [] : [['slack:U0ANA', 'unreadable']],
        )
      }
    })
  }
  test('what decides nothing is answered', async () => {
    assert.match((await send(opened.url, commandBody('“whoami”'))).body, /You are \*ana\*/)
    assert.match((await send(opened.url, commandBody('approve'))).body, /no approval is named/)
  })
})

describe('whoever decides without being heard is on record', () => {
  const { client, told, ledger, statements } = rig()
  let opened: OpenDoor

  before(async () => {
    opened = await openDoor({ client, ledger, slack: paperSlack().slack })
  })
  after(async () => await opened.close())

  const typed = (text: string) => commandBody(text, { user_id: 'U0GUEST' })
  const cases: readonly (readonly [string, string, string])[] = [
    ['typed', 'approve', typed(`approve ${approvalId}`)],
    ['typed in quotes', 'deny', typed(`"deny" ${approvalId.toLowerCase()} “not now”`)],
    ['typed', 'withdraw', typed(`withdraw ${approvalId}`)],
    ['typed', 'approve-alone', typed(`approve-alone ${approvalId} alone`)],
    ['typed', 'breakglass', typed(`breakglass ${approvalId} it burns`)],
    ['pressed', 'approve', pressBody(ACTIONS.approve, value, 'U0GUEST')],
    ['pressed', 'withdraw', pressBody(ACTIONS.withdraw, value, 'U0GUEST')],
    ['pressed', 'deny', pressBody(ACTIONS.deny, value, 'U0GUEST')],
    ['pressed', 'approve-alone', pressBody(ACTIONS.approveAlone, value, 'U0GUEST')],
    ['a form', 'deny', formBody(MODALS.deny, value, { reason: 'no' }, 'U0GUEST')],
    ['a form', 'approve-alone', formBody(MODALS.approveAlone, value, { reason: 'yes' }, 'U0GUEST')],
  ]
  for (const [how, verdict, body] of cases) {
    test(`${how}: ${verdict}`, async () => {
      told.length = 0
      assert.equal((await send(opened.url, body)).status, 200)
      await opened.idle()
      assert.deepEqual(
        statements().map(one => [one.person, one.verdict, one.unheard, one.approvalId, one.reason]),
        [['slack:U0GUEST', verdict, 'guest', approvalId, '']],
      )
      assert.ok(digest.startsWith(statements()[0]?.digest ?? 'nothing'))
      assert.equal(told[0]?.workflowId, workflowId)
      const key = {
        kid: doorKey.kid,
        publicKey: doorKey.publicKey,
        holder: { kind: 'door' as const, door: 'slack' as const },
        retiredAt: null,
      }
      const signed = told[0]?.payload as SignedStatement
      assert.equal(checkSignature(signed, [key], signed.statement.at).kind, 'genuine')
    })
  }
  test('what is no decision leaves no record', async () => {
    told.length = 0
    for (const body of [typed('approvals'), typed(`“approve`), typed('ack'), typed('incident low x')]) {
      assert.match((await send(opened.url, body)).body, /Guests/)
    }
    await send(opened.url, pressBody(ACTIONS.approvalDetails, value, 'U0GUEST'))
    await opened.idle()
    assert.deepEqual(told, [])
  })
})

describe('the same request after a restart of the ingress is the same decision', () => {
  const bodies: Readonly<Record<string, string>> = {
    typed: commandBody(`approve ${approvalId}`, { user_id: 'U0BEN' }),
    pressed: pressBody(ACTIONS.approve, value, 'U0BEN'),
    'a form': formBody(MODALS.deny, value, { reason: 'not now' }, 'U0BEN'),
  }
  for (const [how, body] of Object.entries(bodies)) {
    test(how, async () => {
      const at = Math.floor(Date.now() / 1_000) - 1
      const heard: unknown[] = []
      for (const _start of ['first', 'second']) {
        const { client, told, ledger } = rig()
        const account = async () => FULL
        const opened = await openDoor({ client, ledger, slack: paperSlack({ account }).slack })
        assert.equal((await send(opened.url, body, { at })).status, 200)
        await opened.idle()
        await opened.close()
        assert.equal(told.length, 1)
        heard.push(told[0]?.payload)
      }
      assert.deepEqual(heard[0], heard[1])
      if (how !== 'pressed') assert.match(JSON.stringify(heard[0]), new RegExp(new Date(at * 1_000).toISOString()))
    })
  }
})

describe('the title in a form is text', () => {
  for (const title of ['hosts=beta is down', '--help me', 'low', 'INC-7 again', 'severity=critical', 'x'.repeat(200)]) {
    test(title.slice(0, 20), async () => {
      const { client, told, ledger } = rig()
      const opened = await openDoor({ client, ledger, slack: paperSlack().slack })
      const entries = { title, severity: 'medium', category: 'data', impact: 'hosts=all of them' }
      const { body } = await send(opened.url, formBody(MODALS.declare, { v: 1, w: '' }, entries))
      await opened.idle()
      await opened.close()
      assert.equal(body, '')
      const [first] = told
      assert.ok(first !== undefined)
      const { declaration } = first.payload as { declaration: Readonly<Record<string, unknown>> }
      const { severity, category, impact, hosts } = declaration
      assert.deepEqual(
        [declaration.title, severity, category, impact, hosts],
        [title, 'medium', 'data', 'hosts=all of them', []],
      )
    })
  }
})
