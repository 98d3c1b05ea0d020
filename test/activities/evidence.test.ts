/** Each collector of an incident on real tools, twice; those that hang, that fail, and whose door is closed. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { shakeHands } from '../../activities/adapters/acp.ts'
import { start } from '../../activities/adapters/shell.ts'
import { isSystemdRunning } from '../../activities/adapters/systemd.ts'
import { createEvidenceActivities, type EvidencePorts } from '../../activities/evidence.ts'
import { createResponseHands } from '../../activities/response.ts'
import type { Collector, EvidenceRequest } from '../../activities/response-hands.ts'
import { OpsError } from '../../domain/failures.ts'
import { acpServer, GOOD_ANSWER, json } from '../support/acp-server.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { activityEnvironment, artefactStore, runActivity, serviceAt } from '../support/response-rig.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const store = artefactStore()
const hands = createResponseHands({ upload: store.upload, shakeHands })

const at = () => new Date().toISOString()

function request(collector: Collector, over: Partial<EvidenceRequest> = {}): EvidenceRequest {
  return { collector, service: serviceAt('http://127.0.0.1:9'), database: null, at: at(), ...over }
}

/** Ports of which only the named ones are ever asked. */
function only(ports: Partial<EvidencePorts>) {
  return createEvidenceActivities({ upload: store.upload, ...ports } as EvidencePorts)
}

describe('collectEvidence', () => {
  it('of the log takes records and stores the whole once, without the planted secrets', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    const time = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
    await writeFile(
      path,
      `${time(200)} INFO started\n${time(3)} ERROR session/new code=-32603 error="postgres://u:planted@h/x"\n    at login (password=planted)\n`,
    )
    const order = request('log', { service: serviceAt('http://127.0.0.1:9', { kind: 'file', path }) })
    const [first, second] = [
      await runActivity(hands.collectEvidence, order),
      await runActivity(hands.collectEvidence, order),
    ]
    assert.deepEqual(first, second)
    assert.match(first.summary, /^1 error in the last hour/)
    assert.deepEqual([first.facts.records, first.facts.newPatterns, first.artefact?.kind], [2, 1, 'evidence-log'])
    const whole = store.texts.get(first.artefact?.sha256 ?? '') ?? ''
    assert.match(whole, /the last 2 records of .*x\.log\n.*INFO started\n.*session\/new.*\n {4}at login/)
    assert.doesNotMatch(JSON.stringify([first, [...store.texts]]), /planted/)
  })

  it('of the connections knows the port and the open sessions', async context => {
    const server = await acpServer(context, response => json(response, GOOD_ANSWER))
    const { facts } = await runActivity(
      hands.collectEvidence,
      request('connections', { service: serviceAt(server.url) }),
    )
    assert.deepEqual([facts.listening, facts.sessionsOpen, facts.sessionsLimit], [true, 7, 50])
    const nobody = await runActivity(hands.collectEvidence, request('connections'))
    assert.deepEqual([nobody.facts.listening, nobody.facts.established, nobody.facts.sessionsOpen], [false, 0, null])
  })

  it('of processes, disk and changes reads this host', async () => {
    const [processes, disk, changes] = await Promise.all(
      (['processes', 'disk', 'changes'] as const).map(one => runActivity(hands.collectEvidence, request(one))),
    )
    assert.ok(Number(processes?.facts.processes) > 1)
    assert.ok(Number(disk?.facts.fullestPercent) >= 0)
    assert.ok(Number(changes?.facts.packages) >= 0)
    for (const found of [processes, disk, changes]) assert.equal(found?.artefact?.kind, `evidence-${found?.collector}`)
  })

  it('of a unit is an error and not empty where there is no systemd', { skip: isSystemdRunning() }, async () => {
    await assert.rejects(runActivity(hands.collectEvidence, request('service')), {
      name: 'OpsError',
      message: /not booted with systemd/,
    })
  })

  it('of a service on standard streams has no connections to look at', async () => {
    const service = { ...serviceAt('http://x'), acp: { kind: 'stdio' } } as const
    await assert.rejects(runActivity(hands.collectEvidence, request('connections', { service })), { name: 'OpsError' })
  })

  it('gives up what hangs, ends what it started, and says so', async context => {
    const folder = await temporaryFolder(context)
    const survivor = join(folder, 'survived')
    const hanging = only({
      deadlineMs: 300,
      readDisks: async ({ signal }) => {
        await start('sh', ['-c', `(sleep 4; touch ${survivor}) & sleep 60`], { signal }).ended
        return []
      },
      readGrownFiles: async () => [],
    })
    await assert.rejects(runActivity(hanging.collectEvidence, request('disk')), {
      name: 'OpsError',
      owner: 'host',
      message: 'the collector disk did not end within 0.3 s',
    })
    await new Promise(resolve => setTimeout(resolve, 4_500))
    assert.equal(existsSync(survivor), false)
  })

  it('gives up what does not even listen', async () => {
    const deaf = only({ deadlineMs: 100, readChanges: () => new Promise(() => {}) })
    await assert.rejects(runActivity(deaf.collectEvidence, request('changes')), { name: 'OpsError', owner: 'host' })
  })

  it('stops when it is cancelled', async () => {
    const environment = activityEnvironment()
    const deaf = only({ readChanges: () => new Promise(() => {}) })
    const running = environment.run(deaf.collectEvidence, request('changes'))
    environment.cancel()
    await assert.rejects(running, { name: 'CancelledFailure' })
  })

  it('keeps the summary when the store takes nothing', async () => {
    const closed = only({
      upload: () => Promise.reject(new OpsError({ owner: 'host', message: 'closed', hint: 'Open it.' })),
      readChanges: async () => ({ changes: [], unread: [], lastDeploy: null }),
    })
    const { artefact, summary } = await runActivity(closed.collectEvidence, request('changes'))
    assert.deepEqual([artefact, summary], [null, '0 changes in the last 24 hours'])
  })

  it('puts no secret and no long text into the history, whatever a tool says', async () => {
    const what = `postgres://u:planted@h/x ${'y'.repeat(5_000)}`
    const talkative = only({
      readChanges: async () => ({ changes: [{ at: at(), kind: 'unit', what }], unread: [], lastDeploy: null }),
    })
    const found = await runActivity(talkative.collectEvidence, request('changes'))
    assert.doesNotMatch(JSON.stringify(found) + [...store.texts.values()].join(''), /planted/)
    assert.ok(JSON.stringify(found).length < 2_000)
  })
})

describe('collectEvidence of a database', () => {
  let postgres: TestPostgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())

  it('asks a real one; one that is away, and none at all, are facts', async () => {
    const { host, port, database: name, user } = postgres.superuser
    const look = (database: EvidenceRequest['database']) =>
      runActivity(hands.collectEvidence, request('database', { database }))
    const there = await look({ host, port, name, user })
    assert.deepEqual([there.facts.reachable, there.facts.blocked, there.facts.role], [true, 0, 'primary'])
    assert.equal((await look({ host: '/nowhere', port, name, user })).facts.reachable, false)
    assert.equal((await look(null)).facts.reachable, null)
  })
})
