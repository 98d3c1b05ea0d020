/** What a person reads when the answer comes after the acknowledgement, or never: the truth about what is written down, and everything that they typed. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ACTIONS, type Block, MODALS } from '../../domain/chat/chat.ts'
import { OpsError } from '../../domain/failures.ts'
import type { EventRow } from '../../domain/ledger.ts'
import type { SlackWeb } from '../../starters/slack/web.ts'
import { problemsOfMessage, problemsOfView } from '../domain/chat/block-kit.ts'
import { away, type Behaviour, paperTemporal } from '../support/paper-temporal.ts'
import {
  commandBody,
  type DoorParts,
  formBody,
  interaction,
  openDoor,
  paperSlack,
  pressBody,
  send,
} from '../support/slack-door.ts'
import { until } from '../support/slack-story.ts'

const INCIDENT = 'incident:acp/cpu'
const VALUE = { v: 1, w: INCIDENT, n: 7 }
const RUNS = () => [{ workflowId: INCIDENT, incident: 'INC-7' }]
/** Longer than the acknowledgement waits on a box as slow as this one is said to be. */
const LONG_MS = 400

interface Rigging extends Partial<Pick<DoorParts, 'giveUpMs' | 'closing' | 'ledger' | 'loopDelayMs'>> {
  readonly temporal?: Behaviour
  readonly slack?: Partial<SlackWeb>
}

async function open(context: TestContext, { temporal = {}, slack = {}, ...parts }: Rigging) {
  const messages: { readonly text: string; readonly blocks: readonly Block[] }[] = []
  const paper = paperSlack({
    respond: async (_url, message) => void messages.push(message),
    whisper: async (_channel, _user, message) => void messages.push(message),
    tell: async (_user, message) => void messages.push(message),
    ...slack,
  })
  const { client, told } = paperTemporal({ runs: RUNS, ...temporal })
  const opened = await openDoor({ client, slack: paper.slack, loopDelayMs: () => 1_900, giveUpMs: 0, ...parts })
  context.after(() => opened.close())
  const ask = async (body: string, headers: Readonly<Record<string, string>> = {}) => {
    const sent = await send(opened.url, body, { headers })
    assert.equal(sent.status, 200)
    return sent.body
  }
  return { ...opened, ask, told, messages, asked: paper.asked, texts: () => messages.map(({ text }) => text) }
}

const slowly: Behaviour = {
  signal: async () => void (await sleep(LONG_MS)),
  query: async () => ({ id: 'x', outcome: 'done', text: 'It is noted.' }),
}
const inVain: Behaviour = {
  signal: async () => {
    await sleep(LONG_MS)
    throw away()
  },
}
const closedForm: Partial<SlackWeb> = { updateView: async () => Promise.reject(new Error('not_found')) }

/** What stands there to the letter, put together again. */
function lettersOf(blocks: readonly Block[]): string {
  const texts = blocks.map(({ text }) => text as { readonly type: string; readonly text: string })
  return texts.flatMap(({ type, text }) => (type === 'plain_text' ? [text] : [])).join('')
}

function blocksOf(view: unknown): readonly Block[] {
  return (view as { readonly blocks: readonly Block[] }).blocks
}

describe('a press', { timeout: 30_000 }, () => {
  const press = pressBody(ACTIONS.acknowledge, VALUE)

  test('is told as not confirmed, then as recorded', async context => {
    const { ask, idle, texts, told } = await open(context, { temporal: slowly })
    assert.equal(await ask(press), '')
    await idle()
    assert.equal(told.length, 1)
    assert.match(texts().join('|'), /^⏳ \*Not confirmed yet.*\|✔ \*Recorded.\* The card shows it.\|✔ It is noted.$/)
  })
  test('that nobody confirms is told as NOT recorded, with a line that can be run', async context => {
    const { ask, idle, texts } = await open(context, { temporal: inVain })
    await ask(press)
    await idle()
    assert.match(texts().at(0) ?? '', /Not confirmed yet/)
    assert.match(texts().at(-1) ?? '', /NOT recorded.*ops incident ack INC-7/s)
    assert.doesNotMatch(texts().join(), /INC-n|✔/)
  })
  test('on a card of before its buttons knew the number has it from the index', async context => {
    const { ask, idle, texts } = await open(context, { temporal: inVain })
    await ask(pressBody(ACTIONS.close, { v: 1, w: INCIDENT }))
    await idle()
    assert.match(texts().at(-1) ?? '', /ops incident close INC-7/)
  })
})

describe('nothing is called recorded when nothing was to be', { timeout: 30_000 }, () => {
  const query = async () => {
    await sleep(LONG_MS)
    throw away()
  }
  const approval = { ...VALUE, a: 'APR-1A2B3C4D5E', d: '0123456789ab' }
  for (const [action, value] of [
    [ACTIONS.resolve, VALUE],
    [ACTIONS.update, VALUE],
    [ACTIONS.timeline, VALUE],
    [ACTIONS.approvalDetails, approval],
    [ACTIONS.deny, approval],
  ] as const) {
    test(`a slow ${action} opens its form and says no more`, async context => {
      const { ask, idle, asked, messages } = await open(context, { temporal: { query } })
      await ask(pressBody(action, value))
      await idle()
      assert.deepEqual(messages, [])
      assert.deepEqual(
        asked.map(({ what }) => what),
        ['open', 'update'],
      )
    })
  }
  test('a slow form of a command', async context => {
    const { ask, idle, asked, messages } = await open(context, { temporal: { query } })
    const body = await ask(commandBody('incident resolve INC-7'))
    assert.match(body, /ops is slow now. Nothing is being recorded/)
    await idle()
    assert.deepEqual(messages, [])
    assert.equal(asked.at(-1)?.what, 'update')
  })
  test('a slow question is answered in the end', async context => {
    const { ask, idle, texts } = await open(context, { temporal: { query } })
    assert.doesNotMatch(await ask(commandBody('status')), /confirmed/)
    await idle()
    assert.match(texts().at(-1) ?? '', /does not answer now/)
  })

  const home = JSON.stringify({
    type: 'event_callback',
    team_id: 'T0SANDBOX',
    api_app_id: 'A0OPS',
    event_id: 'E1',
    event: { type: 'app_home_opened', user: 'U0ANA', tab: 'home' },
  })
  const json = { 'content-type': 'application/json' }
  test('a slow home, which names what it could not read', async context => {
    const { ask, idle, asked, messages } = await open(context, { temporal: { query } })
    await ask(home, json)
    await until(async () => asked.length > 0)
    await idle()
    assert.deepEqual([messages, asked.map(({ what }) => what)], [[], ['home']])
    assert.match(asked[0]?.text ?? '', /This could not be read now; `ops approvals`/)
    assert.doesNotMatch(asked[0]?.text ?? '', /None\./)
  })
  test('a home that cannot be shown', async context => {
    const publishHome = async () => Promise.reject(new Error('Slack is down'))
    const { ask, idle, messages, warnings } = await open(context, { slack: { publishHome } })
    await ask(home, json)
    await until(async () => warnings.join().includes('Slack is down'))
    await idle()
    assert.deepEqual(messages, [])
  })
})

describe('a form', { timeout: 30_000 }, () => {
  const long = (sign: string) => `${sign.repeat(1_450)}\n\`rm -rf\` <x> & 'y'\n${sign.repeat(1_450)}`
  const fields = {
    trigger: long('a'),
    propagation: long('b'),
    contributingFactors: long('c'),
    findings: `${long('&')}$HOME`.slice(0, 3_000),
  }
  const form = () => formBody(MODALS.rootCause, VALUE, fields)
  const everything = Object.values(fields).join('')

  test('shows all that was typed while it is not confirmed, then that it is recorded', async context => {
    const { ask, idle, asked, messages } = await open(context, { temporal: slowly })
    const { response_action, view } = JSON.parse(await ask(form()))
    assert.deepEqual([response_action, view.title.text], ['update', 'Not confirmed yet'])
    assert.deepEqual(problemsOfView(view), [])
    assert.equal(lettersOf(blocksOf(view)), everything)
    await idle()
    const last = asked.at(-1)
    assert.deepEqual([last?.what, /"Recorded".*✔ It is noted/.test(last?.text ?? '')], ['update', true])
    assert.deepEqual(messages, [])
  })
  test('that nobody confirms keeps all of it, with a line that does the same in a shell', async context => {
    const { ask, idle, asked, messages } = await open(context, { temporal: inVain })
    await ask(form())
    await idle()
    const view = asked.at(-1)?.view as Readonly<Record<string, unknown>>
    assert.deepEqual(problemsOfView(view), [])
    assert.match(JSON.stringify(view), /"NOT recorded"/)
    const letters = lettersOf(blocksOf(view))
    assert.ok(letters.endsWith(everything))
    const line = letters.slice(0, -everything.length)
    const [, , verb, name, ...values] = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`])
      .toString()
      .split('\0')
    assert.deepEqual([verb, name], ['rootcause', 'INC-7'])
    assert.equal(values.map(value => value.replace(/^--[a-z]+=/, '')).join(''), everything)
    assert.deepEqual(messages, [])
  })
  test('that was closed meanwhile: its person is told that it is NOT recorded, and loses nothing', async context => {
    const { ask, idle, texts, messages } = await open(context, { temporal: inVain, slack: closedForm })
    await ask(form())
    await idle()
    assert.match(texts()[0] ?? '', /NOT recorded/)
    for (const message of messages) {
      assert.deepEqual(problemsOfMessage(message), [])
      assert.ok(JSON.stringify(message.blocks).length < 13_000)
    }
    assert.ok(lettersOf(messages.flatMap(({ blocks }) => blocks)).endsWith(everything))
  })
  test('that was closed meanwhile and is recorded: its person is told so', async context => {
    const { ask, idle, texts } = await open(context, { temporal: slowly, slack: closedForm })
    await ask(formBody(MODALS.resolve, VALUE, { resolution: 'restarted' }))
    await idle()
    assert.match(texts()[0] ?? '', /✔ It is noted/)
  })
  const refused = { id: 'x', outcome: 'refused', text: 'It is over.', hint: 'Declare it again.' }
  test('refused after the acknowledgement shows why, and all that was typed', async context => {
    const { ask, idle, asked, messages } = await open(context, { temporal: { ...slowly, query: async () => refused } })
    await ask(form())
    await idle()
    const view = asked.at(-1)?.view as Readonly<Record<string, unknown>>
    assert.deepEqual(problemsOfView(view), [])
    assert.match(JSON.stringify(view), /"Refused".*It is over\..*Declare it again/s)
    assert.equal(lettersOf(blocksOf(view)), everything)
    assert.deepEqual(messages, [])
  })
  test('refused when it is closed already brings back all that was typed', async context => {
    const begun = performance.now()
    // Longer than the form stays open for a refusal.
    const query = async () => (performance.now() - begun < 1_500 ? null : refused)
    const { ask, idle, texts, messages } = await open(context, { temporal: { query }, loopDelayMs: () => 0 })
    assert.equal(await ask(form()), '')
    await idle()
    assert.match(texts()[0] ?? '', /It is over\.\s+Declare it again/)
    for (const message of messages) assert.deepEqual(problemsOfMessage(message), [])
    assert.equal(lettersOf(messages.flatMap(({ blocks }) => blocks)), everything)
  })
  test('refused in time stays open, and its person gets the line that does the same', async context => {
    const signal = async () => Promise.reject(away())
    const { ask, idle, messages } = await open(context, { temporal: { signal } })
    const { response_action, errors } = JSON.parse(await ask(form()))
    assert.deepEqual([response_action, /NOT recorded/.test(errors.trigger)], ['errors', true])
    await idle()
    assert.match(lettersOf(messages.flatMap(({ blocks }) => blocks)), /^ops incident rootcause INC-7 --trigger='aaa/)
  })
})

describe('when Temporal is not there at all', { timeout: 30_000 }, () => {
  test('a word without a number ends with its line, too', async context => {
    const runs = () => {
      throw away()
    }
    const { ask } = await open(context, { temporal: { runs } })
    assert.match(await ask(commandBody('ack')), /NOT recorded.*"ops incident ack"/s)
    assert.match(await ask(commandBody('ack INC-7')), /NOT recorded.*"ops incident ack INC-7"/s)
  })
  test('so does a silence, with all that belongs to it', async context => {
    const { ask, idle } = await open(context, { temporal: { signal: async () => Promise.reject(away()) } })
    const words = 'silence add acp/cpu for=2h reason="it is known"'
    assert.match(await ask(commandBody(words)), /ops silence add acp\/cpu --for=120m --reason='it is known'/)
    await idle()
  })
  test('a message that becomes a note ends with its line', async context => {
    const runs = () => {
      throw away()
    }
    const { ask, idle, texts } = await open(context, { temporal: { runs } })
    const message = { ts: '1.2', text: 'it began at noon', user: 'U0BEN' }
    await ask(
      interaction({ type: 'message_action', callback_id: 'ops:shortcut:note:v1', channel: { id: 'C0OPS' }, message }),
    )
    await idle()
    assert.match(texts().at(-1) ?? '', /ops incident note INC-n 'ben in the chat: it began at noon'/)
  })
})

describe('the freeze switch', { timeout: 30_000 }, () => {
  const lost = () => new OpsError({ owner: 'host', message: 'the ledger does not answer', hint: 'Start it.' })
  /** Writes, and answers from the given try on. */
  const ledger = (answersFrom: number) => {
    const rows = new Map<string, EventRow>()
    let tries = 0
    const answer = <T>(value: T) => {
      tries += 1
      if (tries < answersFrom) throw lost()
      return value
    }
    const paper: NonNullable<DoorParts['ledger']> = {
      note: async event => {
        rows.set(event.id, event)
        return answer({ sequence: 1, hash: '', added: 1, repeated: 0, conflicting: [] })
      },
      currentFreeze: async () => answer([...rows.values()].findLast(({ kind }) => kind === 'freeze') ?? null),
      listDecisions: async () => [],
      timelineOf: async () => [],
    }
    return { paper, rows }
  }

  for (const answersFrom of [2, 3]) {
    test(`is turned once, though its try ${answersFrom - 1} is not answered`, async context => {
      const { paper, rows } = ledger(answersFrom)
      const { ask, idle, texts } = await open(context, { ledger: paper, giveUpMs: 20_000 })
      assert.match(await ask(commandBody('freeze moving racks')), /Not confirmed yet/)
      await idle()
      assert.match(texts().at(-1) ?? '', /Frozen/)
      assert.equal(rows.size, 1)
    })
  }
  test('is NOT turned when the ledger stays away, and its line says how', async context => {
    const { paper } = ledger(Number.POSITIVE_INFINITY)
    const { ask, idle, texts } = await open(context, { ledger: paper, giveUpMs: 500 })
    await ask(commandBody("thaw ana's racks are moved"))
    await idle()
    assert.match(
      texts().at(-1) ?? '',
      /NOT recorded.*the ledger did not.*ops thaw --reason='ana'\\''s racks are moved'/s,
    )
  })
})

test('a process that is told to end gives up what it tries, and says so at once', {
  timeout: 30_000,
}, async context => {
  const closing = new AbortController()
  let tries = 0
  const signal = async () => {
    tries += 1
    throw away()
  }
  const parts = { temporal: { signal }, giveUpMs: 25_000, closing: closing.signal }
  const { ask, idle, texts } = await open(context, parts)
  assert.match(await ask(commandBody('incident low it burns')), /Not confirmed yet/)
  const [before, begun] = [tries, performance.now()]
  closing.abort()
  await idle()
  assert.match(texts().at(-1) ?? '', /NOT recorded.*ops incident declare low 'it burns' --category=availability/s)
  assert.ok(tries <= before + 1)
  // A tenth of what it would have gone on for; the process waits twelve seconds for its farewell.
  assert.ok(performance.now() - begun < 2_500)
})
