/** An incident under fire: parts that are killed in every phase, a chat that fails in every way, and people and programs that may not decide. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { publicKeyOf, signStatement } from '../../activities/adapters/signing.ts'
import type { Gate, Statement } from '../../domain/approvals/approval.ts'
import { UNHEARD } from '../../domain/approvals/unheard.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { admin, order } from '../../sandbox/slack/client.ts'
import type { Fault } from '../../sandbox/slack/faults.ts'
import { signalDecision } from '../../starters/gate-door.ts'
import { estateEnvironment, eventually, inHost, ops, sandbox, untilAvailable } from '../support/live.ts'
import {
  assertLedgerIsWhole,
  assertNothingTwice,
  cardOf,
  decisionsOn,
  directOf,
  endIncidents,
  estateSecret,
  INCIDENTS,
  incidentNow,
  ledgerOf,
  listed,
  mails,
  numbered,
  opsAs,
  pagesOf,
  presses,
  reads,
  says,
  standIn,
  startsOf,
  told,
  untilAsked,
  untilCard,
  untilChange,
  untilIncident,
  untilQuestion,
  untilRead,
  workspace,
} from '../support/live-response.ts'
import { withTemporal } from '../support/live-runs.ts'

const TAG = randomUUID().slice(0, 6)
const DROP_IN = '/run/systemd/system/opencode-acp.service.d'

before(async () => {
  await untilAvailable('alpha')
  await endIncidents()
})

after(async () => {
  await admin(standIn(), 'clear-faults')
  await endIncidents()
  await untilAvailable('alpha')
})

/** The card of a question, where a person presses its buttons. */
async function placeOf({ approvalId }: Gate) {
  const { ts } = await untilQuestion('cy', approvalId)
  return { channel: INCIDENTS, ts }
}

async function assertOneStory(name: string): Promise<void> {
  const { entries } = await incidentNow(name)
  const rows = await eventually('all entries in the ledger', async () => {
    const found = await ledgerOf(name)
    return found.length === entries + 1 ? found : undefined
  })
  assert.deepEqual(
    rows.map(({ entry }) => Number(entry)),
    Array.from({ length: entries + 1 }, (_one, index) => index),
  )
  await assertNothingTwice()
  await assertLedgerIsWhole()
}

type Part = 'control-plane' | 'ingress' | 'temporal-server'

/** SIGKILL, something that is said meanwhile, and the start. */
async function without(part: Part, meanwhile: () => Promise<unknown> = async () => undefined): Promise<void> {
  await sandbox('kill', part)
  try {
    await meanwhile()
  } finally {
    await sandbox('start', part)
  }
}

describe('killed in every phase', () => {
  before(async () => {
    // Long enough to be found in the middle.
    const lines = '[Service]\\nExecStartPre=/bin/sleep 5\\n'
    await inHost('alpha', `mkdir -p ${DROP_IN}; printf '${lines}' >${DROP_IN}/slow.conf; systemctl daemon-reload`)
  })
  after(async () => void (await inHost('alpha', `rm -rf ${DROP_IN}; systemctl daemon-reload`)))

  for (const part of ['control-plane', 'ingress', 'temporal-server'] as const) {
    // Without the ingress people go to the command line; it keeps what they press while the others are away.
    const isDoor = part === 'ingress'

    test(`${part}: nothing is lost, and nothing is done twice`, async () => {
      const title = `${part} dies ${TAG}`
      const started = await startsOf('alpha')

      // Declared.
      assert.equal((await says('ben', `/ops incident critical "${title}" hosts=alpha`)).word, 'ok')
      await without(part)
      const name = await numbered(title)

      // Paged.
      const page = await eventually('the page of ana', async () => (await pagesOf('ana', name)).at(-1))
      const channel = await directOf('ana')
      await without(part, async () => {
        if (isDoor) await told('ana', 'incident', 'ack', name)
        else assert.equal((await presses('ana', 'Acknowledge', { channel, ts: page.ts })).word, 'ok')
      })
      const { acknowledged } = await untilIncident(name, 'acknowledged', one => one.acknowledged !== null)
      assert.equal(acknowledged?.by, 'ana')
      await untilIncident(name, 'evidence', one => one.evidenceAt !== null)

      // Gate open.
      await told('ana', 'incident', 'workaround', name, 'restart', 'alpha')
      const gate = await untilAsked(name)
      const place = await placeOf(gate)
      await without(part, async () => {
        if (isDoor) await told('cy', 'approve', gate.approvalId, '--reason', 'go on')
        else assert.equal((await presses('cy', 'Approve', place)).word, 'ok')
      })

      // Workaround running.
      await eventually('the restart', async () =>
        (await inHost('alpha', 'systemctl show -p ActiveState --value opencode-acp')) === 'activating'
          ? true
          : undefined,
      )
      await without(part)
      await untilChange(name, 1, 'done')
      assert.equal((await startsOf('alpha')).count, started.count + 1)
      const counted = (await decisionsOn(gate.approvalId)).filter(one => one.kind === 'attempt' && one.counted)
      assert.deepEqual(
        counted.map(({ person }) => person),
        ['cy'],
      )

      // Closing.
      await told('ana', 'incident', 'rootcause', name, 'trigger=a', 'propagation=b', 'factors=c', 'findings=d')
      await told('ana', 'incident', 'resolve', name, 'restarted')
      const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
      await told('ana', 'incident', 'review', name, `at=${day} 10:00`, 'notes=done')
      const card = { channel: INCIDENTS, ts: (await untilCard(name, /RESOLVED/)).ts }
      assert.equal((await presses('ana', 'Close', card)).word, 'ok')
      await without(part)
      await untilIncident(name, 'closed', one => one.status === 'closed')
      await untilCard(name, /CLOSED/)

      // Everybody was rung once, and told once that it was declared.
      for (const person of ['ana', 'ben', 'cy', 'dee']) assert.equal((await pagedBy(person, title)).length, 1, person)
      const sent = await mails(new RegExp(`^\\[INCIDENT\\].* ${title}$`))
      assert.equal(new Set(sent.map(({ messageId }) => messageId)).size, 1)
      await assertOneStory(name)
    })
  }
})

describe('who may not decide', () => {
  let name = ''
  let first: Gate

  before(async () => {
    const title = `gates ${TAG}`
    await told('ben', 'incident', 'declare', 'medium', title, 'hosts=alpha')
    name = await numbered(title)
    await told('ana', 'incident', 'workaround', name, 'restart', 'alpha')
    first = await untilAsked(name)
    await placeOf(first)
  })

  const gateNow = async ({ approvalId }: Gate): Promise<Gate | undefined> =>
    JSON.parse((await ops(['approvals', '--json'])).stdout).approvals.find((one: Gate) => one.approvalId === approvalId)

  const untilRefused = (gate: Gate, person: string, words: RegExp) =>
    eventually(`a refused try of ${person}`, async () =>
      (await decisionsOn(gate.approvalId)).find(
        one => one.kind === 'attempt' && one.person === person && !one.counted && words.test(one.text),
      ),
    )

  test('a signal past all doors, without and with another one’s signature', async () => {
    const at = new Date().toISOString()
    const statement = (person: string): Statement => ({
      v: 1,
      approvalId: first.approvalId,
      digest: first.digest,
      person: person as PersonId,
      door: 'cli',
      verdict: 'approve',
      reason: 'forged',
      at,
    })
    const privateKeyPem = estateSecret('people/ben.pem')
    const { kid } = publicKeyOf(privateKeyPem)
    await withTemporal(async client => {
      const unsigned = { statement: statement('ben'), kid: 'none', signature: 'none' }
      await signalDecision(client, first.workflowId, unsigned)
      await signalDecision(client, first.workflowId, signStatement(statement('cy'), { kid, privateKeyPem }))
    })
    await untilRefused(first, 'ben', /the key of this signature is not known/i)
    await untilRefused(first, 'cy', /this key is ben's and speaks for nobody else/i)
    assert.equal((await gateNow(first))?.state, 'open')
  })

  test('a guest, a bot, somebody of another company, and a clock that is wrong by ten minutes', async () => {
    const place = await placeOf(first)
    // The door says why: of a guest and a bot it is enough that nobody of the team has the account.
    for (const [account, why] of [
      ['guest', UNHEARD.unknown.why],
      ['otherbot', UNHEARD.unknown.why],
      ['stranger', UNHEARD.stranger.why],
    ] as const) {
      await presses(account, 'Approve', place)
      await untilRefused(first, `slack:U0${account.toUpperCase()}`, new RegExp(why, 'i'))
    }
    for (const seconds of [-600, 600]) {
      await order(standIn(), { kind: 'skew', seconds })
      assert.equal((await presses('cy', 'Approve', place)).word, 'http_error')
    }
    assert.equal((await gateNow(first))?.state, 'open')
    const counted = (await decisionsOn(first.approvalId)).filter(one => one.counted)
    assert.deepEqual(counted, [])
  })

  test('a button of an earlier question, and somebody who is no approver any more', async () => {
    const place = await placeOf(first)
    const value = JSON.stringify({ v: 1, w: first.workflowId, a: first.approvalId, d: first.digest.slice(0, 12) })
    await told('cy', 'deny', first.approvalId, '--reason', 'not now')
    await untilChange(name, 1, 'refused')
    await told('ana', 'incident', 'workaround', name, 'restart', 'alpha')
    const second = await untilAsked(name)
    await presses('cy', 'ops:approval:approve:v1', { ...place, stale: value })
    await untilRead('cy', new RegExp(`Too late for ${first.approvalId}`))

    const file = estateEnvironment().OPS_ESTATE ?? ''
    const text = readFileSync(file, 'utf8')
    const without = text.replace(/approvers: \[[^\]]*\]/, 'approvers: [ ana, ben ]')
    assert.notEqual(without, text)
    writeFileSync(file, without)
    try {
      await presses('cy', 'Approve', await placeOf(second))
      await untilRefused(second, 'cy', /you are not in it at this moment/)
    } finally {
      writeFileSync(file, text)
    }
    assert.equal((await gateNow(second))?.state, 'open')
    await told('ana', 'deny', second.approvalId, '--reason', 'not now')
    await untilChange(name, 2, 'refused')
  })

  test('the same request again', async () => {
    const started = await startsOf('alpha')
    await told('ana', 'incident', 'workaround', name, 'restart', 'alpha')
    const third = await untilAsked(name)
    assert.equal((await presses('cy', 'Approve', await placeOf(third))).word, 'ok')
    const { deliveries } = await workspace()
    const back =
      deliveries.toReversed().findIndex(({ body }) => decodeURIComponent(body).includes(third.approvalId)) + 1
    assert.ok(back > 0)
    await admin(standIn(), 'replay', { back })
    await untilChange(name, 3, 'done')
    assert.equal((await decisionsOn(third.approvalId)).filter(one => one.kind === 'attempt').length, 1)
    assert.equal((await startsOf('alpha')).count, started.count + 1)
    await assertOneStory(name)
  })
})

describe('a chat that fails', () => {
  const faults: readonly (readonly [string, Fault])[] = [
    ['answers 429', { kind: 'ratelimited', retryAfter: 1 }],
    ['answers 500', { kind: 'status', status: 500 }],
    ['answers with a page', { kind: 'html' }],
    ['takes the message and loses its answer', { kind: 'reset-after' }],
    ['ends the connection', { kind: 'reset-before' }],
    ['says nothing', { kind: 'delay', ms: 15_000 }],
  ]
  for (const [words, fault] of faults) {
    test(`${words}: one card in the end`, async () => {
      const title = `${fault.kind} ${TAG}`
      await order(standIn(), fault, { method: 'chat.postMessage', times: 2 })
      await told('ben', 'incident', 'declare', 'medium', title, 'hosts=alpha')
      const name = await numbered(title)
      await untilCard(name, /opencode-acp is/)
      await untilRead('ana', new RegExp(`\\[INCIDENT\\][^"]*${title}`))
      const { channels } = await workspace()
      const cards = channels.flatMap(({ messages }) =>
        messages.filter(({ text }) => text.startsWith(`MEDIUM ${name} `)),
      )
      assert.equal(cards.length, 1)
      await told('ana', 'incident', 'false-alarm', name, 'the test is over')
      await untilCard(name, /CLOSED/)
      await assertNothingTwice()
    })
  }
})

describe('what people write', () => {
  const nasty = '<!channel> <@U0DEE> `code` *bold* &amp; \u202Etxt.exe\u202C '

  test('stays text', async () => {
    const title = `nasty ${TAG} <!channel> \u202E\`x\``
    await told('ben', 'incident', 'declare', 'low', title, 'hosts=alpha', `impact=${nasty.repeat(20)}`)
    const row = await eventually('the incident', async () =>
      (await listed()).find(one => one.title.includes(`nasty ${TAG}`)),
    )
    const name = `INC-${row.number}`
    await told('ana', 'incident', 'note', name, nasty.repeat(250).slice(0, 10_000))
    const answer = await says('ana', `/ops incident note ${name} ${nasty.repeat(250).slice(0, 10_000)}`)
    assert.equal(answer.says, '')
    const notes = await eventually('both notes in the ledger', async () => {
      const found = (await ledgerOf(name)).filter(({ kind }) => kind === 'note')
      return found.length === 2 ? found : undefined
    })
    // What was cut is seen to be cut.
    for (const { text } of notes) assert.ok(text.length <= 3_000 && text.endsWith('…'), `${text.length} characters`)
    await told(
      'ana',
      'incident',
      'status',
      name,
      'investigating',
      `findings=${nasty}`,
      `actions=${nasty}`,
      `expected=${nasty}`,
    )
    await untilRead('ana', /\[UPDATE\]/)
    assert.ok(await cardOf(name))

    const { channels } = await workspace()
    const written = channels.flatMap(({ messages }) => messages.filter(one => JSON.stringify(one).includes('txt.exe')))
    assert.ok(written.length > 0, 'nothing of it was shown')
    for (const text of written.flatMap(mrkdwnIn)) {
      assert.doesNotMatch(text, /<!channel>|<@U0DEE>/)
      assert.doesNotMatch(text, /[\u202A-\u202E\u2066-\u2069]/)
    }
    assert.equal((await opsAs('ana', 'incident', 'show', name)).code, 0)
    await told('ana', 'incident', 'false-alarm', name, 'the test is over')
    await assertOneStory(name)
  })
})

/** All texts of a message that Slack would read as mrkdwn. */
function mrkdwnIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnIn)
  if (typeof value !== 'object' || value === null) return []
  const { type, text, ...rest } = value as { readonly type?: unknown; readonly text?: unknown }
  const own = typeof text === 'string' && type !== 'plain_text' ? [text] : mrkdwnIn(text)
  return [...own, ...Object.values(rest).flatMap(mrkdwnIn)]
}

/** Pages about an incident, also those that are silent by now: their text says who has it, their key is in their metadata. */
async function pagedBy(person: string, title: string) {
  return (await reads(person, 'app')).filter(message => JSON.stringify(message).includes(title))
}
