/** What is read on a host, put into one line, a whole and scalars; the last records of a log; the marks of a restart. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changesWords, connectionWords, diskWords, processWords } from '../../../domain/incident/evidence-words.host.ts'
import { databaseWords, logWords, serviceWords } from '../../../domain/incident/evidence-words.service.ts'
import { allowOnly, planned, wholeNumber } from '../../../domain/incident/parameters.ts'
import { createRecentRecords, RECENT_RECORDS } from '../../../domain/incident/recent-records.ts'
import { readMark, restartedSince, writeMark } from '../../../domain/incident/unit-runs.ts'

const AT = Date.parse('2026-11-23T12:00:00.000Z')
const at = (minutesBefore: number) => new Date(AT - minutesBefore * 60_000).toISOString()

describe('the last records of a log', () => {
  it('are records with all that belongs to them, never lines (T75)', () => {
    const records = createRecentRecords(AT)
    records.line('   at the end of a record that was not read')
    for (let n = 60; n > 0; n -= 1) records.line(`${at(n / 10)} INFO x n=${n}`)
    records.line(`${at(0)} ERROR boom error="postgres://u:planted@h/db"`)
    for (let n = 0; n < 70; n += 1) records.line(`    at frame${n} (password=planted)`)
    records.line('')
    records.line('Caused by: another')
    const { records: kept } = records.result()
    assert.equal(kept.length, RECENT_RECORDS)
    assert.match(kept.at(-1) ?? '', /boom.*frame69.*Caused by: another$/s)
    assert.match(kept.at(0) ?? '', /n=49$/)
    assert.doesNotMatch(kept.join('\n'), /planted/)
  })

  it('bounds a record without an end', () => {
    const records = createRecentRecords(AT)
    records.line(`${at(1)} ERROR x`)
    for (let n = 0; n < 5_000; n += 1) records.line(`  ${'y'.repeat(100)}`)
    assert.ok((records.result().records[0]?.length ?? 0) <= 8_000)
  })

  it('tells what is new and what has grown since the day before', () => {
    const records = createRecentRecords(AT)
    records.line(`${at(26 * 60)} ERROR session/new code=-1 error="long ago"`)
    for (let n = 0; n < 24; n += 1) records.line(`${at(60 * (24 - n) + 30)} ERROR usual code=1 error="as ever ${n}"`)
    records.line(`${at(90)} ERROR growing code=2`)
    for (let n = 0; n < 6; n += 1) records.line(`${at(50)} ERROR growing code=2`)
    for (let n = 0; n < 2; n += 1) records.line(`${at(40)} ERROR usual code=1 error="as ever ${n}"`)
    records.line(`${at(30)} ERROR fresh code=3 error="id ${'7'.repeat(9)}"`)
    records.line(`${at(20)} ERROR session/new code=-1 error="long ago"`)
    const { deltas, errorsLastHour, errorsDayBefore } = records.result()
    assert.deepEqual(
      deltas.map(({ fingerprint, kind, lastHour, dayBefore }) => [fingerprint, kind, lastHour, dayBefore]),
      [
        ['growing code=2', 'grown', 6, 1],
        ['fresh code=3: id <n>', 'new', 1, 0],
        ['session/new code=-1: long ago', 'new', 1, 0],
      ],
    )
    assert.deepEqual([errorsLastHour, errorsDayBefore], [10, 25])
  })

  it('says what it was compared with', () => {
    const reading = {
      records: [],
      errorsLastHour: 3,
      errorsDayBefore: 1,
      recordsDayBefore: 9,
      files: ['/x.log'],
      deltas: [
        { fingerprint: 'often', kind: 'grown', lastHour: 9, dayBefore: 1 },
        { fingerprint: 'fresh', kind: 'new', lastHour: 2, dayBefore: 0 },
      ],
    } as const
    const facts = (compared: 'day' | 'part' | 'nothing') => {
      const { newPattern, grownPattern } = logWords({ ...reading, compared }).facts
      return [newPattern, grownPattern]
    }
    assert.deepEqual(facts('day'), ['fresh', 'often'])
    assert.deepEqual(facts('part'), ['fresh', null])
    assert.deepEqual(facts('nothing'), [null, null])
  })
})

describe('the words of evidence', () => {
  const state = {
    loadState: 'loaded',
    activeState: 'active',
    subState: 'running',
    result: 'success',
    restarts: 2,
    mainPid: 77,
    exitStatus: 0,
    stateSeconds: 90,
  }
  const unit = 'opencode-acp'
  const properties = new Map([['Id', 'opencode-acp.service']])

  it('of a service count restarts of the last hour only', () => {
    const events = [
      { at: at(120), kind: 'restart-scheduled', message: 'again' },
      { at: at(30), kind: 'restart-scheduled', message: 'again' },
      { at: at(29), kind: 'out-of-memory', message: 'killed' },
    ] as const
    const handshake = { kind: 'observed', value: { kind: 'refused', latencyMs: 8_000, reason: 'no answer' } } as const
    const { summary, facts, text } = serviceWords({ unit, state, properties, events, handshake }, at(0))
    assert.match(
      summary,
      /^opencode-acp is active \(running\) for 90 s, main process 77, 1 automatic restart .*no answer$/,
    )
    assert.deepEqual([facts.restartsLastHour, facts.oomKills, facts.answers], [1, 1, false])
    assert.match(text, /Id=opencode-acp\.service/)
  })

  it('of a service that could not be asked do not guess', () => {
    const handshake = { kind: 'unknown', reason: 'x', hint: 'y' } as const
    assert.equal(serviceWords({ unit, state, properties, events: [], handshake }, at(0)).facts.answers, null)
  })

  it('of disks name the fullest', () => {
    const disk = { source: '/dev/a', sizeBytes: 1e9, availableBytes: 5e8, inodesUsedPercent: 4 }
    const { summary, facts } = diskWords({
      disks: [
        { ...disk, mount: '/', usedPercent: 50 },
        { ...disk, mount: '/var', usedPercent: 96.04, inodesUsedPercent: null },
      ],
      grown: [{ path: '/var/log/x', bytes: 2e9, writtenAt: at(3) }],
    })
    assert.match(summary, /^\/var is 96 % full, 500 MB free, inodes 4 %; .*\/var\/log\/x \(2 GB\)$/)
    assert.equal(facts.fullestPercent, 96)
    assert.deepEqual(diskWords({ disks: [], grown: [] }).facts.fullestPercent, null)
  })

  it('of connections, processes, changes and databases say none where there is none', () => {
    const nobody = { port: 3000, isListening: false, established: 0, timeWait: 2, peers: [] } as const
    assert.match(connectionWords({ ...nobody, sessions: { open: null, limit: null } }).summary, /nobody listens, 0 est/)
    const memory = { totalBytes: 2, availableBytes: 1, usedPercent: 50, pressureAvg60: null, swapInPerSecond: null }
    assert.match(
      processWords({ processes: 1, hottest: [], memory, oomKills: null }).summary,
      /^1 process, none is busy/,
    )
    const row = { pid: 1, user: 'root', cpuPercent: 6, rssBytes: 1, command: `node ${'x'.repeat(80)}` }
    const { summary } = processWords({ processes: 1, hottest: [row], memory, oomKills: null })
    assert.match(summary, /hottest node x+… with 6 %/, 'what was cut is seen to be cut')
    assert.equal(changesWords({ changes: [], unread: [], lastDeploy: null }, at(0)).facts.newestMinutes, null)
    assert.equal(databaseWords({ server: { kind: 'unreachable', reason: 'x' }, activity: null }).facts.reachable, false)
  })

  it('of changes do not take a boot for a change', () => {
    const changes = [
      { at: at(5), kind: 'boot', what: 'the host was booted' },
      { at: at(7), kind: 'package', what: 'Upgrade: curl' },
    ] as const
    const { summary, facts } = changesWords({ changes, unread: [], lastDeploy: null }, at(0))
    assert.match(summary, /^1 change in the last 24 hours and a boot, the newest 5 min before/)
    assert.deepEqual([facts.newestMinutes, facts.newestKind, facts.bootMinutes], [7, 'package', 5])
  })

  it('of changes say what could not be read', () => {
    const unread = ['packages of Debian: the history of apt cannot be read: EACCES']
    const { summary, text } = changesWords({ changes: [], unread, lastDeploy: null }, at(0))
    assert.match(summary, /^0 changes .*; NOT read: packages of Debian: .*EACCES$/)
    assert.match(text, /^NOT read: packages of Debian/m)
  })

  it('of changes name the deploy that could be rolled back', () => {
    const version = { kind: 'version', at: Date.parse(at(9)), release: '1.18.32-ab', before: null } as const
    const change = { at: at(9), kind: 'version', what: 'opencode-ai 1.18.32-ab' } as const
    const { text, facts } = changesWords({ changes: [change], unread: [], lastDeploy: version }, at(0))
    assert.match(text, /could be rolled back: version, opencode-ai 1\.18\.32-ab/)
    assert.deepEqual([facts.versions, facts.newestKind, facts.lastDeployKind], [1, 'version', 'version'])
    assert.equal(facts.lastDeployWhat, facts.newestWhat)
  })
})

describe('a restart by hand', () => {
  const before = { boot: 'b1', invocation: 'i1', restarts: 2 }
  const now = { ...before, activeState: 'active', isBusy: false }
  const cases = [
    { name: 'not started since', now, state: 'not-done' },
    { name: 'still at it', now: { ...now, invocation: 'i2', isBusy: true }, state: 'unknown' },
    { name: 'started by hand', now: { ...now, invocation: 'i2', restarts: 0 }, state: 'done' },
    { name: 'started by hand and crashed once since', now: { ...now, invocation: 'i3', restarts: 1 }, state: 'done' },
    { name: 'crashed again', now: { ...now, invocation: 'i2', restarts: 3 }, state: 'unknown' },
    {
      name: 'by hand, stopped again',
      now: { ...now, invocation: 'i2', restarts: 0, activeState: 'inactive' },
      state: 'done',
    },
    { name: 'the host was booted', now: { ...now, boot: 'b2', invocation: 'i9' }, state: 'done' },
    { name: 'booted, but not up', now: { ...now, boot: 'b2', activeState: 'failed' }, state: 'not-done' },
  ] as const
  for (const { name, now, state } of cases) {
    it(`${name}: ${state}`, () => assert.equal(restartedSince(readMark(writeMark(before)), now).state, state))
  }
})

describe('parameters', () => {
  it('refuses strangers and says what is allowed', () => {
    assert.throws(() => allowOnly('restart', { command: 'rm' }, {}), { owner: 'operator', hint: /takes no parameters/ })
    assert.throws(() => allowOnly('restart', JSON.parse('{"__proto__":"x"}'), { a: 'b' }), { hint: 'Allowed: a (b).' })
    allowOnly('restart', { a: '1' }, { a: 'b' })
  })

  it('takes whole numbers within their limits only', () => {
    const limits = { min: 2, max: 10 }
    assert.equal(wholeNumber('n', '10', limits), 10)
    for (const text of ['1', '11', '-3', '3.5', '1e1', '', ' 3', '0x3', '٣']) {
      assert.throws(() => wholeNumber('n', text, limits), { owner: 'operator', hint: /from 2 to 10/ }, text)
    }
  })

  it('misses nothing of a plan silently', () => {
    assert.throws(() => planned({}, 'boot'), { owner: 'operator', message: 'the plan has no boot' })
  })
})
