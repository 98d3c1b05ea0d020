/** Every verb of a host, twice, on real tools: the second time must say the same and leave the same behind. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { isSystemdRunning } from '../../activities/adapters/systemd.ts'
import { createAvailabilityActivities } from '../../activities/availability.ts'
import { createServerClock } from '../../activities/clock.ts'
import { createHostActivities, type HostActivities } from '../../activities/host.ts'
import { OpsError } from '../../domain/failures.ts'
import type { Observed } from '../../domain/observed.ts'
import type { ArtefactRef } from '../../domain/run-record.ts'
import { acpServer, GOOD_ANSWER, json } from '../support/acp-server.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const stored: { kind: string; text: string }[] = []

async function upload(kind: string, bytes: Uint8Array): Promise<ArtefactRef> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  stored.push({ kind, text: new TextDecoder().decode(bytes) })
  return { kind, ref: `sha256:${sha256}`, bytes: bytes.length, sha256 }
}

const host = createHostActivities({ upload, acpCommand: null })

type Result<Verb extends keyof HostActivities> = Awaited<ReturnType<HostActivities[Verb]>>

/** As an activity, two times over. */
async function twice<Verb extends keyof HostActivities>(
  verb: Verb,
  ...args: Parameters<HostActivities[Verb]>
): Promise<readonly [Result<Verb>, Result<Verb>]> {
  const activity = host[verb] as (...args: Parameters<HostActivities[Verb]>) => Promise<Result<Verb>>
  return [await runActivity(activity, args), await runActivity(activity, args)]
}

function runActivity<Args extends unknown[], R>(
  activity: (...args: Args) => Promise<R>,
  args: Args,
  environment = new MockActivityEnvironment(
    { currentAttemptScheduledTimestampMs: Date.now() },
    { logger: new DefaultLogger('ERROR') },
  ),
): Promise<R> {
  return environment.run<Args, R, (...args: Args) => Promise<R>>(activity, ...args)
}

function value<T>(fact: Observed<T>): T {
  assert.ok(fact.kind === 'observed', JSON.stringify(fact))
  return fact.value
}

describe('greet', () => {
  it('names the boot twice the same, and a clock that agrees with itself', async () => {
    const [first, second] = await twice('greet')
    assert.equal(first.bootId, second.bootId)
    assert.ok(second.upSeconds >= first.upSeconds)
    // Without a server to ask, the wait is part of the offset and the uncertainty says so.
    assert.ok(Math.abs(first.clockOffsetMs) <= first.clockUncertaintyMs + 1)
  })

  it('asks the server when it handed the task out', async () => {
    const info = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: 1_000 }).context.info
    const reading = await createServerClock(async () => 5_000)(info, 5_250)
    assert.equal(reading.offsetMs, 250)
    assert.ok(reading.uncertaintyMs < 250)
    const alone = await createServerClock(async () => Promise.reject(new Error('no client')))(info, 5_250)
    assert.deepEqual(alone, { offsetMs: 4_250, uncertaintyMs: 4_250 })
    const behind = await createServerClock(async () => null)(info, 400)
    assert.deepEqual(behind, { offsetMs: -600, uncertaintyMs: 0 })
  })
})

describe('inspectSystem', () => {
  it('tells each part by itself: what cannot be known does not hide the rest', async () => {
    for (const facts of await twice('inspectSystem', {
      unit: 'opencode-acp',
      certificates: ['/no/such.pem'],
      zed: null,
    })) {
      assert.ok(value(facts.disks).length > 0)
      assert.ok(value(facts.memory).totalBytes > 0)
      assert.ok(value(facts.load).cores > 0)
      assert.equal(facts.certificates.kind, 'unknown')
      assert.deepEqual(facts.zed, { kind: 'skipped', reason: 'not configured' })
      if (!isSystemdRunning())
        assert.match(facts.service.kind === 'unknown' ? facts.service.reason : '', /not booted with systemd/)
    }
  })
})

describe('measureUsage', () => {
  it('does not guess about a unit that is not there', async () => {
    for (const fact of await twice('measureUsage', { unit: 'no-such-unit', windowSeconds: 1 }))
      assert.equal(fact.kind, 'unknown')
  })
})

describe('probeAcp', () => {
  it('takes its samples and leaves no connection open', async context => {
    const server = await acpServer(context, response => json(response, GOOD_ANSWER))
    const acp = { kind: 'http', url: `${server.url}/acp`, metricsUrl: `${server.url}/metrics` } as const
    for (const fact of await twice('probeAcp', { acp, samples: 5, deadlineMs: 2_000 })) {
      const { first, latenciesMs, refusals, connectionsBefore, connectionsAfter } = value(fact)
      assert.deepEqual([first.kind, latenciesMs.length, refusals], ['answered', 5, []])
      assert.deepEqual([connectionsBefore, connectionsAfter], [0, 0])
    }
    assert.equal(server.seen.length, 24)
    assert.equal(server.open(), 0)
  })

  it('counts failed samples, and takes none when the first one was refused', async context => {
    let answers = 0
    const flaky = await acpServer(context, response => {
      answers += 1
      json(response, answers % 3 === 0 ? 'garbage' : GOOD_ANSWER)
    })
    const [fact] = await twice('probeAcp', {
      acp: { kind: 'http', url: flaky.url, metricsUrl: null },
      samples: 5,
      deadlineMs: 2_000,
    })
    assert.deepEqual([value(fact).latenciesMs.length, value(fact).refusals.length], [3, 2])
    assert.equal(value(fact).connectionsBefore, null)
    const dead = { kind: 'http', url: 'http://127.0.0.1:9', metricsUrl: 'http://127.0.0.1:9/metrics' } as const
    for (const down of await twice('probeAcp', { acp: dead, samples: 5, deadlineMs: 500 })) {
      assert.equal(value(down).first.kind, 'refused')
      assert.deepEqual([value(down).latenciesMs, value(down).refusals], [[], []])
    }
  })
})

describe('probeAcp at its slowest', () => {
  it('ends within the minute of the activity', async context => {
    let time = 0
    context.mock.method(performance, 'now', () => time)
    const probe = createAvailabilityActivities({
      // As long as each may take: an answer and its connection's end, a page of metrics.
      shakeHands: async (_acp, { deadlineMs }) => {
        time += deadlineMs + 2_000
        const agent = { protocolVersion: 1, agentName: 'x', agentVersion: '1' }
        return { kind: 'answered', latencyMs: deadlineMs, ...agent }
      },
      readMetrics: async () => {
        time += 5_000
        return ''
      },
      metricValue: () => 0,
    })
    const acp = { kind: 'http', url: 'http://x', metricsUrl: 'http://x/metrics' } as const
    const fact = await runActivity(probe.probeAcp, [{ acp, samples: 20, deadlineMs: 5_000 }])
    assert.ok(value(fact).latenciesMs.length > 0)
    assert.ok(time < 55_000, `${time} ms`)
  })
})

describe('probeAcp over standard streams', () => {
  it('runs what the host names and never what a task names', async context => {
    const folder = await temporaryFolder(context)
    const program = async (name: string) => {
      const path = join(folder, name)
      await writeFile(path, `#!/bin/sh\ntouch ${path}.ran; read -r l; echo '${GOOD_ANSWER}'\n`, { mode: 0o755 })
      return path
    }
    const named = await program('named')
    const planted = await program('planted')
    const acp = { kind: 'stdio', command: [planted] } as const
    const [without] = await twice('probeAcp', { acp, samples: 1, deadlineMs: 5_000 })
    assert.match(without.kind === 'unknown' ? without.hint : '', /OPS_ACP_COMMAND in .*host\.env/)
    const own = createHostActivities({ upload, acpCommand: [named] })
    const fact = await runActivity(own.probeAcp, [{ acp, samples: 1, deadlineMs: 5_000 }])
    assert.equal(value(fact).first.kind, 'answered')
    assert.deepEqual([existsSync(`${named}.ran`), existsSync(`${planted}.ran`)], [true, false])
  })
})

describe('countSessions', () => {
  it('reads the gauge, or says why not', async context => {
    const { url } = await acpServer(context, response => json(response, GOOD_ANSWER))
    for (const fact of await twice('countSessions', { acp: { kind: 'http', url, metricsUrl: `${url}/metrics` } }))
      assert.deepEqual(value(fact), { open: 7 })
    const [without] = await twice('countSessions', { acp: { kind: 'http', url, metricsUrl: null } })
    const [stdio] = await twice('countSessions', { acp: { kind: 'stdio' } })
    const [down] = await twice('countSessions', {
      acp: { kind: 'http', url, metricsUrl: 'http://127.0.0.1:9/metrics' },
    })
    assert.deepEqual([without.kind, stdio.kind, down.kind], ['skipped', 'skipped', 'unknown'])
  })
})

describe('reviewLog', () => {
  const until = new Date(Date.now()).toISOString()
  const since = new Date(Date.parse(until) - 86_400_000).toISOString()
  const at = (minutes: number) => new Date(Date.parse(until) - minutes * 60_000).toISOString()

  it('reviews twice the same and stores one excerpt, without the planted secrets', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    const lines = [
      `${at(9)} ERROR session/new conn=1 code=-32603 error="postgres://u:planted@h/x" duration=12`,
      '    at login (password=planted)',
      `${at(8)} WARN slow token=planted`,
      `${at(7)} INFO connected conn=1`,
    ]
    await writeFile(path, `${lines.join('\n')}\n`)
    stored.length = 0
    const [first, second] = await twice('reviewLog', { source: { kind: 'file', path }, unit: 'x', since, until })
    assert.deepEqual(first, second)
    const facts = value(first)
    assert.deepEqual(
      [facts.errors, facts.warnings, facts.connected, facts.requests, facts.failedRequests],
      [1, 1, 1, 1, 1],
    )
    assert.equal(stored.length, 2)
    assert.equal(stored[0]?.text, stored[1]?.text)
    assert.equal(facts.excerpt?.kind, 'log-excerpt')
    assert.doesNotMatch(JSON.stringify([first, stored]), /planted/)
    assert.match(stored[0]?.text ?? '', /session\/new/)
  })

  it('tells missing, empty, and silent apart', async context => {
    const folder = await temporaryFolder(context)
    await writeFile(join(folder, 'empty.log'), '')
    await writeFile(join(folder, 'old.log'), '2020-01-01T00:00:00.000Z INFO x\n')
    await mkdir(join(folder, 'folder.log'))
    const look = async (name: string) =>
      (await twice('reviewLog', { source: { kind: 'file', path: join(folder, name) }, unit: 'x', since, until }))[1]
    const [missing, empty, silent, isFolder] = [
      await look('none.log'),
      await look('empty.log'),
      await look('old.log'),
      await look('folder.log'),
    ]
    assert.match(missing.kind === 'unknown' ? missing.reason : '', /there is no log/)
    assert.match(empty.kind === 'unknown' ? empty.reason : '', /is empty/)
    assert.match(isFolder.kind === 'unknown' ? isFolder.reason : '', /folder/)
    assert.equal(value(silent).records, 0)
    assert.deepEqual(value(silent).previous, { errors: 0, warnings: 0 })
  })

  it('gives the counts also when the excerpt finds the door closed', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    await writeFile(path, `${at(9)} ERROR x conn=1\n`)
    const closed = createHostActivities({
      acpCommand: null,
      upload: () => Promise.reject(new OpsError({ owner: 'host', message: 'closed', hint: 'Open it.' })),
    })
    const fact = await runActivity(closed.reviewLog, [
      {
        source: { kind: 'file', path },
        unit: 'x',
        since,
        until,
      },
    ])
    assert.deepEqual([value(fact).errors, value(fact).excerpt], [1, null])
  })

  it('beats while it reads and stops when it is cancelled', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    await writeFile(path, `${at(9)} INFO filler conn=1\n`.repeat(400_000))
    const environment = new MockActivityEnvironment()
    environment.on('heartbeat', () => environment.cancel())
    const review = runActivity(
      host.reviewLog,
      [{ source: { kind: 'file', path }, unit: 'x', since, until }],
      environment,
    )
    await assert.rejects(review, { name: 'CancelledFailure' })
  })

  it('knows that a host without systemd has no journal', { skip: isSystemdRunning() }, async () => {
    for (const fact of await twice('reviewLog', { source: { kind: 'journal' }, unit: 'x', since, until }))
      assert.equal(fact.kind, 'unknown')
  })
})

describe('inspectDatabase', () => {
  let postgres: TestPostgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())

  it('asks a real one, and takes a missing one for a fact', async () => {
    const { host: socket, port, database: name, user } = postgres.superuser
    for (const fact of await twice('inspectDatabase', { database: { host: socket, port, name, user } })) {
      const facts = value(fact)
      assert.ok(facts.kind === 'reachable')
      assert.deepEqual(facts.replication, { kind: 'primary', standbys: [], inactiveSlots: [] })
    }
    for (const fact of await twice('inspectDatabase', { database: { host: '/nowhere', port, name, user } })) {
      assert.equal(value(fact).kind, 'unreachable')
    }
    const [refused] = await twice('inspectDatabase', { database: { host: socket, port, name, user: 'stranger' } })
    assert.match(refused.kind === 'unknown' ? refused.hint : '', /pg_monitor/)
  })
})
