/** The deploy of a fix on a host in a folder, with a unit that is a real process: planned, done once, looked at, taken back. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { shakeHands } from '../../activities/adapters/acp.ts'
import { installText, restoreText } from '../../activities/adapters/deployed-file.ts'
import { parseFix } from '../../activities/adapters/fix-file.schema.ts'
import { readLastDeploy } from '../../activities/adapters/last-deploy.ts'
import { createReleases } from '../../activities/adapters/releases.ts'
import { exchangeFiles, previousOf, readKept, undoneOf } from '../../activities/adapters/swap-files.ts'
import { createChangeActivities } from '../../activities/changes.ts'
import { createDeployFix, type DeployFixPorts } from '../../activities/deploys/deploy-fix.ts'
import { drain } from '../../activities/deploys/drain.ts'
import { createFixHands, type FixHandsPorts } from '../../activities/deploys/fix-hands.ts'
import { createFixActivities } from '../../activities/fixes.ts'
import type { WorkaroundPlan, WorkaroundRequest } from '../../domain/changes.ts'
import { OpsError } from '../../domain/failures.ts'
import { type Fix, fixEventId } from '../../domain/fixes/fix.ts'
import type { EventRow } from '../../domain/ledger.ts'
import { acpServer, GOOD_ANSWER, json } from '../support/acp-server.ts'
import { runActivity, serviceAt, startUnit } from '../support/response-rig.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const PATCH = '{"share": "disabled"}'
const BEFORE = '{"share": "auto", "keep": 1}'
const sha = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function host(context: TestContext, over: Partial<DeployFixPorts> = {}) {
  const folder = await temporaryFolder(context)
  const server = await acpServer(context, response => json(response, GOOD_ANSWER))
  const unit = await startUnit(context)
  const configuration = join(folder, 'opencode.json')
  await writeFile(configuration, BEFORE)
  await mkdir(join(folder, 'package/bin'), { recursive: true })
  await writeFile(join(folder, 'package/bin/opencode'), '#!/bin/sh\n', { mode: 0o755 })
  const archive = join(folder, 'agent.tgz')
  execFileSync('tar', ['-czf', archive, '-C', folder, 'package'])
  const releases = createReleases(join(folder, 'opt'), join(folder, 'units'))
  const ports: DeployFixPorts = {
    configuration,
    fetchText: async () => PATCH,
    download: async () => archive,
    readKept,
    mayOwnFor: async () => true,
    installText,
    restoreText,
    releases,
    readBootId: async () => 'boot-1',
    readUnitRun: unit.readUnitRun,
    restartUnit: unit.restartUnit,
    reloadUnits: async () => {},
    countPending: async () => 0,
    ...over,
  }
  const service = serviceAt(server.url)
  const actOn = (changed: Partial<DeployFixPorts> = {}, ofHost: Partial<DeployFixPorts> = {}) => {
    const hands = createChangeActivities(
      {
        ...ports,
        ...ofHost,
        previousOf,
        undoneOf,
        exchangeFiles,
        readLastDeploy: (name: string) => readLastDeploy(configuration, releases, name),
        shakeHands,
      } as never,
      createDeployFix({ ...ports, ...changed }),
    )
    const order = (parameters: WorkaroundRequest['parameters']) => ({
      service,
      request: { name: 'deploy-fix', host: 'alpha', parameters } as const,
    })
    const back = { service, request: { name: 'rollback', host: 'alpha', parameters: {} } as const }
    const rollback = {
      plan: () => runActivity(hands.planChange, back),
      apply: (plan: WorkaroundPlan) => runActivity(hands.applyChange, { ...back, plan }),
      state: async (plan: WorkaroundPlan) => (await runActivity(hands.checkChange, { ...back, plan })).state,
      revert: (plan: WorkaroundPlan) => runActivity(hands.revertChange, { ...back, plan }),
    }
    return {
      rollback,
      plan: (parameters: WorkaroundRequest['parameters']) => runActivity(hands.planChange, order(parameters)),
      apply: (plan: WorkaroundPlan) => runActivity(hands.applyChange, { ...order(asked(plan)), plan }),
      state: async (plan: WorkaroundPlan) =>
        (await runActivity(hands.checkChange, { ...order(asked(plan)), plan })).state,
      revert: (plan: WorkaroundPlan) => runActivity(hands.revertChange, { ...order(asked(plan)), plan }),
    }
  }
  return { folder, unit, configuration, releases, actOn, ...actOn() }
}

/** What the procedure asked for, of what the plan holds. */
function asked({ parameters: { sha256 = '', kind = '', version } }: WorkaroundPlan) {
  return { sha256, kind, ...(version === undefined ? {} : { version }) }
}

const PATCHED = { sha256: sha(PATCH), kind: 'configuration' }
const PINNED = { sha256: 'ab'.repeat(32), kind: 'version', version: '1.2.3' }

it('is the same plan while the service crashes and starts over, for either kind', async context => {
  const states = ['activating', 'failed', 'active', 'deactivating']
  const { unit, actOn } = await host(context)
  const readUnitRun: DeployFixPorts['readUnitRun'] = async name => ({
    ...(await unit.readUnitRun(name)),
    activeState: states.shift() ?? 'inactive',
  })
  const { plan } = actOn({ readUnitRun })
  for (const parameters of [PATCHED, PINNED]) {
    const { before: _, ...first } = await plan(parameters)
    const { before: __, ...second } = await plan(parameters)
    assert.deepEqual(second, first)
  }
  assert.deepEqual(states, [])
})

describe('a configuration patch', () => {
  it('is planned without a trace, applied once, and taken back', async context => {
    const { folder, unit, configuration, plan, apply, state, revert } = await host(context)
    const planned = await plan(PATCHED)
    assert.deepEqual(await plan(PATCHED), planned)
    assert.ok(planned.steps.includes('share: "auto" becomes "disabled"'))
    assert.deepEqual(
      [await state(planned), unit.restarts(), (await readdir(folder)).includes('opencode.json.previous')],
      ['not-done', 0, false],
    )
    for (const _ of [1, 2]) await apply(planned)
    assert.deepEqual(JSON.parse(await readFile(configuration, 'utf8')), { share: 'disabled', keep: 1 })
    assert.equal(sha(await readFile(configuration)), planned.parameters.result)
    assert.deepEqual([await state(planned), unit.restarts()], ['done', 1])
    await revert(planned)
    assert.equal(await readFile(configuration, 'utf8'), BEFORE)
    assert.equal(unit.restarts(), 2)
  })

  it('that was never begun is taken back without a restart', async context => {
    const { unit, plan, revert } = await host(context)
    assert.match(await revert(await plan(PATCHED)), /as before/)
    assert.equal(unit.restarts(), 0)
  })

  it('goes on after a death before the restart', async context => {
    const { unit, actOn, plan, apply, state } = await host(context)
    const planned = await plan(PATCHED)
    const dying = actOn({ restartUnit: async () => Promise.reject(new Error('killed')) })
    await assert.rejects(dying.apply(planned), /killed/)
    assert.equal(await state(planned), 'not-done')
    await apply(planned)
    assert.deepEqual([await state(planned), unit.restarts()], ['done', 1])
  })

  it('is refused where it changes nothing, and where the file has changed since', async context => {
    const { configuration, plan, apply } = await host(context)
    const planned = await plan(PATCHED)
    await writeFile(configuration, '{"share": "manual"}')
    await assert.rejects(apply(planned), /has changed since the plan/)
    await writeFile(configuration, '{"share": "disabled"}')
    await assert.rejects(plan(PATCHED), /changes nothing on this host/)
  })

  it('is refused where the new file could not be given to the owner of the old one', async context => {
    const { plan } = await host(context, { mayOwnFor: async () => false })
    await assert.rejects(plan(PATCHED), { owner: 'permission', hint: /CAP_CHOWN/ })
  })
})

describe('a pinned version', () => {
  it('is unpacked, chosen once, and taken back to what the unit names itself', async context => {
    const { unit, releases, plan, apply, state, revert } = await host(context)
    const planned = await plan(PINNED)
    assert.deepEqual(await plan(PINNED), planned)
    assert.equal(await state(planned), 'not-done')
    for (const _ of [1, 2]) await apply(planned)
    assert.equal(await releases.current('acp'), `1.2.3-${'ab'.repeat(6)}`)
    assert.ok((await stat(releases.program(`1.2.3-${'ab'.repeat(6)}`))).mode & 0o005, 'others may run it')
    assert.deepEqual([await state(planned), unit.restarts()], ['done', 1])
    await assert.rejects(plan(PINNED), /is current already/)
    await revert(planned)
    assert.deepEqual([await releases.current('acp'), unit.restarts()], [null, 2])
  })

  it('is taken back to the release before', async context => {
    const { releases, plan, apply, revert } = await host(context)
    await apply(await plan(PINNED))
    const next = await plan({ ...PINNED, version: '1.2.4' })
    await apply(next)
    await revert(next)
    assert.equal(await releases.current('acp'), `1.2.3-${'ab'.repeat(6)}`)
  })
})

describe('the workaround rollback', () => {
  const NOTHING = { owner: 'operator', message: /no deploy on alpha that could be rolled back/ }

  it('takes a deployed configuration back, and does not offer it again', async context => {
    const { configuration, unit, plan, apply, rollback } = await host(context)
    await assert.rejects(rollback.plan(), NOTHING)
    await apply(await plan(PATCHED))
    const planned = await rollback.plan()
    assert.match(planned.title, /^roll back the last deploy on alpha: the previous .*opencode\.json comes back$/)
    for (const _ of [1, 2]) await rollback.apply(planned)
    assert.deepEqual(
      [await readFile(configuration, 'utf8'), await rollback.state(planned), unit.restarts()],
      [BEFORE, 'done', 2],
    )
    await assert.rejects(rollback.plan(), NOTHING)
    await rollback.revert(planned)
    assert.equal(sha(await readFile(configuration)), planned.before.sha256)
    assert.equal((await rollback.plan()).title, planned.title, 'it is the last deploy again')
  })

  it('takes a deployed version back, whichever configuration was deployed before it', async context => {
    const { configuration, unit, releases, plan, apply, rollback } = await host(context)
    await apply(await plan(PATCHED))
    await sleep(20)
    await apply(await plan(PINNED))
    const release = `1.2.3-${'ab'.repeat(6)}`
    const planned = await rollback.plan()
    assert.deepEqual(await rollback.plan(), planned)
    const title = `roll back the last deploy on alpha: acp starts what its own unit file names instead of opencode-ai ${release}`
    assert.equal(planned.title, title)
    assert.equal(await rollback.state(planned), 'not-done')
    for (const _ of [1, 2]) await rollback.apply(planned)
    assert.deepEqual([await releases.current('acp'), await rollback.state(planned), unit.restarts()], [null, 'done', 3])
    assert.match(await readFile(configuration, 'utf8'), /disabled/)
    assert.match((await rollback.plan()).title, /opencode\.json/, 'the deploy before it is the last one')
    await rollback.revert(planned)
    assert.deepEqual([await releases.current('acp'), unit.restarts()], [release, 4])
    assert.equal((await rollback.plan()).title, title)
  })

  it('goes back one version of several, and never to one that was taken back', async context => {
    const { releases, plan, apply, revert, rollback } = await host(context)
    await apply(await plan(PINNED))
    await apply(await plan({ ...PINNED, version: '1.2.4' }))
    await rollback.apply(await rollback.plan())
    assert.equal(await releases.current('acp'), `1.2.3-${'ab'.repeat(6)}`)
    await assert.rejects(rollback.plan(), NOTHING)
    const third = await plan({ ...PINNED, version: '1.2.5' })
    await apply(third)
    await revert(third)
    await assert.rejects(rollback.plan(), NOTHING)
  })

  for (const begun of [false, true]) {
    it(`still goes back from the version in force after a newer one was ${begun ? '' : 'never '}applied and taken back`, async context => {
      const { plan, apply, revert, rollback } = await host(context)
      await apply(await plan(PATCHED))
      await sleep(20)
      for (const version of ['1.2.3', '1.2.4']) await apply(await plan({ ...PINNED, version }))
      const { title } = await rollback.plan()
      assert.match(title, /acp starts opencode-ai 1\.2\.3-\w+ instead of opencode-ai 1\.2\.4-/)
      const third = await plan({ ...PINNED, version: '1.2.5' })
      if (begun) await apply(third)
      for (const _ of [1, 2]) await revert(third)
      assert.equal((await rollback.plan()).title, title)
    })
  }

  it('still goes back from the version in force when a plan of an earlier release was never applied', async context => {
    const { plan, apply, revert, rollback } = await host(context)
    for (const version of ['1.2.3', '1.2.4']) await apply(await plan({ ...PINNED, version }))
    const { title } = await rollback.plan()
    const third = await plan({ ...PINNED, version: '1.2.5' })
    const { previous: _, since: __, ...before } = third.before
    await revert({ ...third, before })
    assert.equal((await rollback.plan()).title, title)
  })

  it('takes the configuration back that was deployed after the version in force, also once a newer version was taken back', async context => {
    const { plan, apply, revert, rollback } = await host(context)
    for (const version of ['1.2.3', '1.2.4']) await apply(await plan({ ...PINNED, version }))
    await sleep(20)
    await apply(await plan(PATCHED))
    await sleep(20)
    const third = await plan({ ...PINNED, version: '1.2.5' })
    await apply(third)
    await revert(third)
    assert.match((await rollback.plan()).title, /opencode\.json/)
  })

  it('goes on after a death before the restart', async context => {
    const { unit, releases, actOn, plan, apply, rollback } = await host(context)
    await apply(await plan(PINNED))
    const planned = await rollback.plan()
    const dying = actOn({}, { restartUnit: async () => Promise.reject(new Error('killed')) })
    await assert.rejects(dying.rollback.apply(planned), /killed/)
    assert.equal(await rollback.state(planned), 'not-done')
    await rollback.apply(planned)
    assert.deepEqual([await rollback.state(planned), await releases.current('acp')], ['done', null])
    assert.equal(unit.restarts(), 2)
  })
})

describe('a deploy', () => {
  it('is no workaround, and takes no other parameters', async context => {
    const { plan } = await host(context)
    await assert.rejects(plan({ ...PATCHED, command: 'rm' }), /knows no parameter "command"/)
    await assert.rejects(plan({ ...PATCHED, kind: 'shell' }), /no such kind of fix/)
    const without = createChangeActivities({ previousOf, undoneOf } as never)
    const order = {
      service: serviceAt('http://127.0.0.1:1'),
      request: { name: 'deploy-fix', host: 'alpha', parameters: {} } as const,
    }
    await assert.rejects(runActivity(without.planChange, order), /no workaround "deploy-fix"/)
  })

  it('waits until nothing is under way, and not for ever', async () => {
    const pending = [2, 1, 0]
    const acp = { kind: 'http', url: 'http://x', metricsUrl: 'http://x/metrics' } as const
    assert.equal(await drain({ countPending: async () => pending.shift() ?? 0 }, acp), 'no turn was running')
    assert.equal(pending.length, 0)
    assert.match(await drain({ countPending: async () => 3 }, acp, 300), /3 requests were still under way/)
    assert.match(await drain({ countPending: async () => null }, acp), /does not count them/)
    assert.match(await drain({ countPending: async () => 0 }, { ...acp, metricsUrl: null }), /no metrics/)
    const gone = new OpsError({ owner: 'host', message: 'nothing listens', hint: '' })
    assert.match(await drain({ countPending: async () => Promise.reject(gone) }, acp), /answered nobody/)
  })
})

describe('what a service does', () => {
  const handsAt = (over: Partial<FixHandsPorts> = {}) =>
    createFixHands({
      shakeHands,
      converse: async () => ({ version: '1.18.33', stopReason: 'end_turn' }),
      configuration: '/x',
      readKept: async () => ({ sha256: '', text: BEFORE, uid: 0, gid: 0, mode: 0o644 }),
      countErrors: async () => ({ boom: 2 }),
      patienceMs: 0,
      ...over,
    })

  it('passes and fails by the closed set of checks', async context => {
    const { url } = await acpServer(context, response => json(response, GOOD_ANSWER))
    const hands = handsAt()
    const turned = handsAt({ converse: async () => ({ version: '1', stopReason: 'refusal' }) })
    const broken = new OpsError({ owner: 'host', message: 'no room', hint: '' })
    const CASES = [
      [hands, { kind: 'handshake' }, 'passed', /answers a handshake/],
      [hands, { kind: 'version', version: '1.18.33' }, 'passed', /1\.18\.33/],
      [hands, { kind: 'version', version: '1.18.3' }, 'failed', /1\.18\.33/],
      [hands, { kind: 'config', key: 'share', json: '"auto"' }, 'passed', /share is "auto"/],
      [hands, { kind: 'config', key: 'other', json: '1' }, 'failed', /not there/],
      [hands, { kind: 'prompt' }, 'passed', /end_turn/],
      [turned, { kind: 'prompt' }, 'failed', /refusal/],
      [handsAt({ converse: async () => Promise.reject(broken) }), { kind: 'prompt' }, 'failed', /no room/],
    ] as const
    for (const [of, reproduction, state, words] of CASES) {
      const found = await runActivity(of.reproduce, { service: serviceAt(url), reproduction })
      assert.deepEqual([found.state, words.test(found.summary)], [state, true], found.summary)
    }
  })

  it('of one that answers nobody says only that it does not', async () => {
    const service = serviceAt('http://127.0.0.1:1')
    const state = async (kind: 'handshake' | 'prompt') =>
      (await runActivity(handsAt().reproduce, { service, reproduction: { kind } })).state
    assert.deepEqual([await state('handshake'), await state('prompt')], ['failed', 'unknown'])
    assert.equal((await runActivity(handsAt().runSuite, { service })).passed, false)
  })

  it('has to pass the suite, and is looked at with its errors', async context => {
    const { url, seen } = await acpServer(context, response => json(response, GOOD_ANSWER))
    const suite = await runActivity(handsAt().runSuite, { service: serviceAt(url) })
    assert.deepEqual([suite.passed, suite.lines.length], [true, 2])
    assert.equal(seen.filter(line => line.startsWith('POST')).length, 6)
    const window = { since: '2026-11-23T03:00:00.000Z', until: '2026-11-23T03:30:00.000Z' }
    const look = await runActivity(handsAt().lookAtService, { service: serviceAt(url), ...window })
    assert.deepEqual([look.healthy, look.errors], [true, { boom: 2 }])
    const away = new OpsError({ owner: 'host', message: 'no log', hint: '' })
    const blind = handsAt({ countErrors: async () => Promise.reject(away) })
    assert.equal((await runActivity(blind.lookAtService, { service: serviceAt(url), ...window })).errors, null)
  })
})

describe('registered fixes', () => {
  const fix = (over: Partial<Fix>): Fix => ({
    v: 1,
    kind: 'configuration',
    sha256: 'ab'.repeat(32),
    bytes: 2,
    title: 't',
    version: null,
    reproduction: { kind: 'prompt' },
    ci: 'passed',
    ciUrl: 'https://ci.example.test/1',
    watchSeconds: 60,
    by: 'ben',
    at: '2026-11-23T03:00:00.000Z',
    ...over,
  })

  /** Newest first, as the ledger lists them. */
  function control(fixes: readonly Fix[], bytes: readonly string[] = fixes.map(({ sha256 }) => sha256)) {
    const texts = new Map(fixes.map(one => [sha(JSON.stringify(one)), JSON.stringify(one)]))
    const events = fixes.map(
      (one): EventRow => ({
        id: fixEventId(one, sha(JSON.stringify(one))),
        kind: 'fix',
        target: 'estate',
        at: one.at,
        reason: '',
        by: 'ben',
      }),
    )
    const store = {
      get: async (ref: string) => new TextEncoder().encode(texts.get(ref.slice(7)) ?? ''),
      has: async (ref: string) => bytes.includes(ref.slice(7)),
    }
    return createFixActivities({ store, listEvents: async () => events, parseFix, wake: null })
  }

  it('are found by what people say; of the same bytes the newest registration counts', async () => {
    const other = fix({ sha256: `ab${'cd'.repeat(31)}`, title: 'other' })
    const both = control([fix({ title: 'newer' }), fix({ title: 'older' }), other])
    assert.equal((await both.readFix({ fix: 'FIX-abababab' })).title, 'newer')
    assert.equal((await both.readFix({ fix: 'abcdcdcd' })).title, 'other')
    const twins = control([fix({ version: '1.2.3', kind: 'version' }), { ...other, version: '1.2.3', kind: 'version' }])
    await assert.rejects(twins.readFix({ fix: 'opencode-ai@1.2.3' }), /names 2 fixes/)
  })

  it('are refused when unknown, unproven or lost', async () => {
    await assert.rejects(control([]).readFix({ fix: 'FIX-abababab' }), /no fix "FIX-abababab" is registered/)
    const failed = control([fix({ ci: 'failed' }), fix({})])
    await assert.rejects(failed.readFix({ fix: 'FIX-abababab' }), /registered with CI failed/)
    await assert.rejects(control([fix({})], []).readFix({ fix: 'FIX-abababab' }), /has lost its bytes/)
    assert.throws(() => parseFix(new TextEncoder().encode('{}')), /cannot be read/)
  })

  it('without a wake hook nothing is switched', async () => {
    assert.equal(await control([]).switchPower({ host: 'gamma', power: 'on' }), false)
  })
})
