/** Parts of the door: who is who, how old a request is, lines that say the same at the command line, the manifest, the doctor. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { wordsOf } from '../../domain/chat/words.split.ts'
import type { IncidentCommand } from '../../domain/incident/commands.ts'
import { parseIncidentWords } from '../../domain/incident/words.ts'
import type { PersonId, Team } from '../../domain/team/team.ts'
import { type RunningStandIn, startStandIn } from '../../sandbox/slack/stand-in.ts'
import { PEOPLE } from '../../sandbox/slack/world.ts'
import { examineSlack, type SlackAccess } from '../../starters/doctor/slack.ts'
import { examineControlPlane } from '../../starters/doctor/workers.ts'
import { noteForeigners } from '../../starters/slack/foreign.ts'
import { cliLine } from '../../starters/slack/instead.ts'
import { createLateness } from '../../starters/slack/lateness.ts'
import { SCOPES, slackManifest } from '../../starters/slack/manifest.ts'
import { createPeople, personReader } from '../../starters/slack/people.ts'
import { createSlackWeb } from '../../starters/slack/web.ts'
import { FULL, TEAM } from '../support/slack-door.ts'

const sender = (user: string) => ({ teamId: 'T0SANDBOX', appId: 'A0OPS', user, userTeam: 'T0SANDBOX' })

describe('people', () => {
  const rig = () => {
    let now = 0
    let team: Team | Error = TEAM
    let account: typeof FULL | Error = FULL
    const asked = { team: 0, account: 0 }
    const people = createPeople({
      readTeam: async () => {
        asked.team += 1
        if (team instanceof Error) throw team
        return team
      },
      account: async () => {
        asked.account += 1
        if (account instanceof Error) throw account
        return account
      },
      clock: () => now,
    })
    return {
      people,
      asked,
      wait: (ms: number) => {
        now += ms
      },
      setTeam: (next: typeof team) => {
        team = next
      },
      setAccount: (next: typeof account) => {
        account = next
      },
    }
  }

  test('the estate file is read again after ten seconds, what Slack says after a minute', async () => {
    const { people, asked, wait } = rig()
    for (const ms of [0, 5_000, 4_000]) {
      wait(ms)
      await people.who(sender('U0ANA'), 'decide')
    }
    assert.deepEqual(asked, { team: 1, account: 1 })
    wait(2_000)
    await people.who(sender('U0ANA'), 'decide')
    assert.deepEqual(asked, { team: 2, account: 1 })
    wait(60_000)
    await people.who(sender('U0ANA'), 'decide')
    assert.deepEqual(asked, { team: 3, account: 2 })
  })

  test('what cannot be read is a no for decisions at once, and is asked again at once', async () => {
    const { people, setAccount, setTeam, wait } = rig()
    setAccount(new Error('Slack is down'))
    assert.equal((await people.who(sender('U0ANA'), 'decide')).kind, 'refused')
    assert.equal((await people.who(sender('U0ANA'), 'speak')).kind, 'person')
    setAccount(FULL)
    assert.equal((await people.who(sender('U0ANA'), 'decide')).kind, 'person')
    setTeam(new Error('the file is gone'))
    wait(11_000)
    await assert.rejects(people.who(sender('U0ANA'), 'speak'), /gone/)
    setTeam(TEAM)
    assert.equal((await people.who(sender('U0ANA'), 'speak')).kind, 'person')
  })

  for (const [flag, reason] of [
    ['isDeleted', 'deleted'],
    ['isBot', 'bot'],
    ['isGuest', 'guest'],
    ['isStranger', 'stranger'],
  ] as const) {
    test(`${flag} is refused, also for words`, async () => {
      const { people, setAccount } = rig()
      setAccount({ ...FULL, [flag]: true })
      for (const use of ['decide', 'speak'] as const) {
        const who = await people.who(sender('U0ANA'), use)
        assert.deepEqual([who.kind, who.kind === 'refused' && who.reason], ['refused', reason])
      }
    })
  }

  test('a person is named by id, by account, or as me', () => {
    const read = personReader(TEAM, 'ben' as PersonId)
    assert.deepEqual(['ana', '@ana', 'Ana', '@U0ANA2', 'me', 'zoe', '@U0NOBODY', ''].map(read), [
      'ana',
      'ana',
      'ana',
      'ana',
      'ben',
      null,
      null,
      null,
    ])
  })
})

describe('how old a request is', () => {
  const at = (seconds: number) => seconds * 1_000
  test('by its header, less a second of rounding', () => {
    const lateness = createLateness()
    assert.equal(lateness.ageOf(at(100), at(100) + 900), 0)
    assert.equal(lateness.ageOf(at(100), at(100) + 4_000), 3_000)
    assert.equal(lateness.ageOf(at(105), at(100)), 0)
  })
  for (const skew of [3_500, 20_000, 290_000]) {
    test(`a clock that is ${skew} ms ahead makes nobody old, and a queue still does`, () => {
      const lateness = createLateness()
      for (const seconds of [0, 1, 121, 122]) assert.equal(lateness.ageOf(at(seconds), at(seconds) + skew), 0)
      assert.equal(lateness.ageOf(at(123), at(123) + skew + 5_000), 5_000)
    })
  }
  test('what came late before anything else is known is believed, until something comes in time', () => {
    const lateness = createLateness()
    assert.equal(lateness.ageOf(at(0), at(0) + 6_000), 0)
    assert.equal(lateness.ageOf(at(7), at(7) + 500), 0)
    assert.equal(lateness.ageOf(at(8), at(8) + 6_000), 5_000)
  })
  test('the doctor hears of it', () => {
    const lateness = createLateness()
    const skew = 20_000
    assert.equal(lateness.ageOf(at(122), at(122) + skew), 0)
    lateness.ageOf(at(122), at(122) + skew + 5_000)
    assert.deepEqual(lateness.seen(), {
      lastHeardAt: new Date(at(122) + skew + 5_000).toISOString(),
      clockAheadMs: skew,
    })
  })
})

test('what is meant for another app is in the log, once a minute', () => {
  const lines: object[] = []
  let now = 0
  const foreign = noteForeigners({ warn: fields => void lines.push(fields) }, () => now)
  assert.equal(foreign.last(), null)
  for (const ms of [0, 10, 59_000, 2_000]) {
    now += ms
    foreign.note({ ...sender('U0ANA'), appId: `A${now}` }, { appId: 'A0OPS' })
  }
  assert.equal(foreign.last(), 'A61010')
  assert.deepEqual(
    lines.map(line => Reflect.get(line, 'appId')),
    ['A0', 'A61010'],
  )
})

describe('the line that does the same', () => {
  const person = 'ben' as PersonId
  const commands: readonly IncidentCommand[] = [
    { kind: 'acknowledge' },
    { kind: 'still-on-it' },
    { kind: 'no-change' },
    { kind: 'close' },
    { kind: 'subscribe' },
    { kind: 'snooze', minutes: 15 },
    { kind: 'note', text: 'two words' },
    { kind: 'status', status: 'identified', findings: 'a b', actions: 'c', expectedResolution: '1 h' },
    { kind: 'role', role: 'scribe', person },
    { kind: 'hand-off', what: 'acknowledgement', to: person },
    { kind: 'hand-off', what: 'commander', to: person },
    { kind: 'accept', offer: 'offer-1' },
    { kind: 'page', person, message: 'come quickly' },
    { kind: 'workaround', name: 'raise-limit', host: 'alpha', parameters: { sessions: '40' } },
    { kind: 'fix', host: 'alpha', fix: 'FIX-3' },
    { kind: 'resolve', resolution: 'restarted it' },
    { kind: 'false-alarm', reason: 'a test' },
    { kind: 'reopen', reason: 'again' },
    { kind: 'merge', into: 'INC-8' },
    { kind: 'root-cause', rootCause: { trigger: 'a', propagation: 'b', contributingFactors: 'c d', findings: 'e' } },
    { kind: 'follow-up', about: 'prevention', owner: person, due: '2026-12-01', title: 'watch disks' },
    { kind: 'follow-up-done', number: 2 },
  ]
  for (const command of commands) {
    test(command.kind, () => {
      const line = cliLine({ kind: 'tell', command }, 'INC-7')
      // A shell's quotes and the chat's mean the same here.
      const [, , ...words] = wordsOf(line.replaceAll("'", '"'))
      assert.deepEqual(parseIncidentWords(words), { kind: 'tell', incident: 7, command })
    })
  }
})

test('the manifest in the docs is the one of the code', () => {
  const file = join(import.meta.dirname, '..', '..', 'docs', 'slack-manifest.json')
  const hint = 'npx ops slack manifest > docs/slack-manifest.json && npm run format'
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), slackManifest(), hint)
})

describe('with a workspace', () => {
  let standIn: RunningStandIn
  const token = 'xoxb-standin'
  const STAND_IN = {
    host: '127.0.0.1',
    port: 0,
    token,
    signingSecret: 's',
    ingress: 'http://127.0.0.1:9/',
    people: PEOPLE,
  }
  const ingress = createServer((_request, response) => response.end(JSON.stringify(health)))
  let health: object = {}
  let access: SlackAccess

  before(async () => {
    standIn = await startStandIn(STAND_IN)
    await new Promise<void>(resolve => void ingress.listen(0, '127.0.0.1', resolve))
    const { port } = ingress.address() as AddressInfo
    access = {
      token,
      apiUrl: `${standIn.url}/api/`,
      teamId: 'T0SANDBOX',
      appId: 'A0OPS',
      doorKeys: ['kid-1'],
      ingress: `http://127.0.0.1:${port}`,
      channels: [],
    }
  })
  after(async () => {
    await standIn.close()
    ingress.closeAllConnections()
    await new Promise(resolve => ingress.close(resolve))
  })

  const look = async (changes: Partial<SlackAccess> = {}) =>
    (await examineSlack({ ...access, ...changes })).map(({ id, verdict }) => `${id} ${verdict}`)

  test('the doctor finds all in order', async () => {
    health = {
      state: 'RUNNING',
      temporal: 'answers',
      doors: { slack: { lastHeardAt: new Date().toISOString(), clockAheadMs: 300 } },
    }
    assert.deepEqual(await look(), [
      'slack.workspace ok',
      'slack.scopes ok',
      'slack.clock ok',
      'slack.ingress ok',
      'slack.ingress.clock ok',
    ])
  })
  test('and what is not', async () => {
    assert.deepEqual(await examineSlack(null).then(([first]) => first?.verdict), 'skipped')
    assert.deepEqual((await look({ token: 'xoxb-other' }))[0], 'slack.token fail')
    assert.deepEqual((await look({ teamId: 'T0OTHER' }))[0], 'slack.workspace fail')
    assert.deepEqual((await look({ teamId: null }))[0], 'slack.workspace fail')
    assert.deepEqual((await look({ apiUrl: 'http://127.0.0.1:9/api/' }))[0], 'slack.token fail')
    health = { state: 'RUNNING', temporal: 'answers', doors: { slack: { lastHeardAt: null, clockAheadMs: null } } }
    assert.deepEqual((await look()).slice(3), ['slack.ingress skipped', 'slack.ingress.clock skipped'])
    health = {
      state: 'RUNNING',
      temporal: 'does not answer',
      doors: { slack: { lastHeardAt: null, clockAheadMs: 400_000 } },
    }
    assert.deepEqual((await look()).slice(3), ['slack.ingress fail', 'slack.ingress.clock fail'])
    health = { state: 'RUNNING', temporal: 'answers', doors: {} }
    assert.deepEqual((await look()).slice(3), ['slack.ingress fail'])
    assert.deepEqual((await look({ ingress: 'http://127.0.0.1:9' })).slice(3), ['slack.ingress fail'])
    assert.deepEqual((await look({ ingress: null })).slice(3), ['slack.ingress skipped'])
    const scopes = Object.keys(SCOPES).filter(scope => scope !== 'users:read')
    await fetch(`${standIn.url}/admin/scopes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ scopes }),
    })
    const found = await examineSlack(access)
    const missing = found.find(({ id }) => id === 'slack.scopes')
    assert.equal(missing?.verdict, 'fail')
    assert.match(`${missing?.summary} ${missing?.hint}`, /users:read.*no guest/)
  })
  test('an estate file with another app, or without the key of the door', async () => {
    const found = async (slack: object) => {
      health = { state: 'RUNNING', temporal: 'answers', doors: { slack: { lastHeardAt: null, ...slack } } }
      const all = await examineSlack(access)
      return all.filter(({ id }) => id === 'slack.app' || id === 'slack.door-key')
    }
    const [app, key] = await found({ foreignApp: 'A0OTHER', doorKey: 'kid-2' })
    assert.deepEqual([app?.verdict, key?.verdict], ['fail', 'fail'])
    assert.match(`${app?.summary} ${app?.hint}`, /A0OTHER, and the estate file says A0OPS.*team.slack.appId/)
    assert.match(`${key?.summary} ${key?.hint}`, /no decision from Slack counts.*team.doorKeys/)
    const right = await found({ foreignApp: 'A0OPS', doorKey: 'kid-1' })
    assert.deepEqual(
      right.map(({ id, verdict }) => `${id} ${verdict}`),
      ['slack.door-key ok'],
    )
  })
  test('a control plane that was started without a token', async () => {
    const { ingress: http } = access
    const lookAt = async (slack: unknown, uses = true) => {
      health = { state: 'RUNNING', slack }
      return (await examineControlPlane(http, uses)).map(({ id, verdict }) => `${id} ${verdict}`).slice(1)
    }
    assert.deepEqual(await lookAt(false), ['control-plane.slack fail'])
    assert.deepEqual(await lookAt(true), ['control-plane.slack ok'])
    assert.deepEqual(await lookAt(undefined), ['control-plane.slack skipped'])
    assert.deepEqual(await lookAt(false, false), [])
  })
  test('a quiet weekend is in order, a quiet week is worth a try', async () => {
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
    const heard = async (startedAt: string, lastHeardAt: string | null) => {
      health = { state: 'RUNNING', temporal: 'answers', startedAt, doors: { slack: { lastHeardAt } } }
      return (await look()).find(line => line.startsWith('slack.ingress '))
    }
    assert.equal(await heard(ago(30), ago(3)), 'slack.ingress ok')
    assert.equal(await heard(ago(30), ago(8)), 'slack.ingress warn')
    assert.equal(await heard(ago(1), null), 'slack.ingress skipped')
    assert.equal(await heard(ago(8), null), 'slack.ingress warn')
  })
  test('a socket that is not connected', async () => {
    const open = async (slack: object) => {
      health = { state: 'RUNNING', temporal: 'answers', doors: { slack: { socket: true, ...slack } } }
      return (await examineSlack(access)).find(({ id }) => id === 'slack.ingress')
    }
    assert.equal((await open({ connected: true, why: null }))?.verdict, 'warn')
    const shut = await open({ connected: false, why: 'Slack refuses: invalid_auth' })
    assert.deepEqual([shut?.verdict, /invalid_auth/.test(shut?.summary ?? '')], ['fail', true])
  })
  test('a forgotten invitation shows', async context => {
    const channels = [{ name: 'incidents', id: 'C0INCIDENTS' } as const, { name: 'ops', id: 'C0OPS' } as const]
    const places = async (list = channels as SlackAccess['channels']) =>
      (await look({ channels: list })).filter(line => line.startsWith('slack.channel.'))
    assert.deepEqual(await places(), ['slack.channel.incidents ok', 'slack.channel.ops ok'])
    assert.deepEqual(await places([{ name: 'ops', id: 'C0NOWHERE' }]), ['slack.channel.ops fail'])
    // A channel that is archived has lost the app.
    const uninvited = await startStandIn(STAND_IN)
    context.after(() => uninvited.close())
    const post = async (path: string, body: string | URLSearchParams) =>
      await fetch(`${uninvited.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body })
    await post('/admin/scopes', JSON.stringify({ scopes: [...Object.keys(SCOPES), 'channels:manage'] }))
    const done = await post('/api/conversations.archive', new URLSearchParams({ channel: 'C0OPS' }))
    assert.deepEqual(await done.json(), { ok: true })
    const found = await examineSlack({ ...access, apiUrl: `${uninvited.url}/api/`, channels })
    const ops = found.find(({ id }) => id === 'slack.channel.ops')
    assert.deepEqual([ops?.verdict, /\/invite @ops/.test(ops?.hint ?? '')], ['fail', true])
  })
  test('an address that is not Slack’s is not written to', async () => {
    const slack = createSlackWeb(token, `${standIn.url}/api/`)
    for (const url of [
      'http://127.0.0.1:9/x',
      'https://hooks.slack.com.evil.example/x',
      'http://hooks.slack.com/x',
      'nonsense',
    ]) {
      await assert.rejects(slack.respond(url, { text: 'x', blocks: [] }), /not an address of Slack/)
    }
  })
})
