/**
 * The catalogue of workarounds: planned without a trace, applied once whatever becomes of the answer, continued after a
 * death in the middle, taken back. Files, processes and handshakes are real; systemd itself is in test/live/k-hands.test.ts.
 */
import assert from 'node:assert/strict'
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { shakeHands } from '../../activities/adapters/acp.ts'
import { readLastDeploy } from '../../activities/adapters/last-deploy.ts'
import type { BlockedClient } from '../../activities/adapters/nft.ts'
import { readVariable } from '../../activities/adapters/process-variable.ts'
import { deleteFile, findReclaimable, isStillThere } from '../../activities/adapters/reclaimable.ts'
import { createReleases } from '../../activities/adapters/releases.ts'
import { exchangeFiles, previousOf, readKept, undoneOf } from '../../activities/adapters/swap-files.ts'
import { limitFiles, readLimit, removeLimit, writeLimit } from '../../activities/adapters/systemd.drop-in.ts'
import { type ChangePorts, createChangeActivities } from '../../activities/changes.ts'
import type { ChangeOrder } from '../../activities/response-hands.ts'
import { parseClient } from '../../activities/workarounds/block-client.ts'
import type { WorkaroundName, WorkaroundPlan } from '../../domain/changes.ts'
import { acpServer, GOOD_ANSWER, json } from '../support/acp-server.ts'
import { runActivity, serviceAt, startUnit } from '../support/response-rig.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A host in a folder, with a unit that is a real process. */
async function host(context: TestContext, over: Partial<ChangePorts> = {}) {
  const folder = await temporaryFolder(context)
  const server = await acpServer(context, response => json(response, GOOD_ANSWER))
  const files = limitFiles('acp', folder)
  const unit = await startUnit(context, files.variables)
  const log = join(folder, 'acp.log')
  const configuration = join(folder, 'opencode.json')
  await Promise.all([writeFile(log, 'x'), writeFile(configuration, '{"a": 1}')])
  const releases = createReleases(join(folder, 'opt'), folder)
  const blocked = new Set<string>()
  const element = ({ address, port }: BlockedClient) => `${address} ${port}`
  const ports: ChangePorts = {
    clock: Date.now,
    shakeHands,
    readBootId: async () => 'boot-1',
    readUnitRun: unit.readUnitRun,
    restartUnit: unit.restartUnit,
    reloadUnits: async () => {},
    findReclaimable: rules =>
      findReclaimable(rules, { journal: join(folder, 'journal'), aptArchives: join(folder, 'apt') }),
    isStillThere,
    deleteFile,
    readRunningLimit: async pid => {
      const text = await readVariable(pid, 'GATEWAY_SESSIONS_LIMIT')
      return text === null ? null : Number(text)
    },
    limitFiles: () => files,
    readLimit: name => readLimit(name, folder),
    writeLimit: (name, limit) => writeLimit(name, limit, folder),
    removeLimit: name => removeLimit(name, folder),
    isBlocked: async client => blocked.has(element(client)),
    blockClient: async client => void blocked.add(element(client)),
    unblockClient: async client => void blocked.delete(element(client)),
    configuration,
    previousOf,
    undoneOf,
    readKept,
    exchangeFiles,
    releases,
    readLastDeploy: name => readLastDeploy(configuration, releases, name),
    ...over,
  }
  const service = serviceAt(server.url, { kind: 'file', path: log })
  const order = (name: string, parameters: Record<string, string> = {}): ChangeOrder => ({
    service,
    request: { name: name as WorkaroundName, host: 'alpha', parameters },
  })
  const actOn = (activities = createChangeActivities(ports)) => ({
    plan: (name: string, parameters?: Record<string, string>) =>
      runActivity(activities.planChange, order(name, parameters)),
    planAgain: (name: string, approved: WorkaroundPlan) =>
      runActivity(activities.planChange, { ...order(name), approved }),
    apply: (name: string, plan: WorkaroundPlan) => runActivity(activities.applyChange, { ...order(name), plan }),
    check: async (name: string, plan: WorkaroundPlan) => {
      const { state, healthy } = await runActivity(activities.checkChange, { ...order(name), plan })
      return [state, healthy]
    },
    revert: (name: string, plan: WorkaroundPlan) => runActivity(activities.revertChange, { ...order(name), plan }),
  })
  /** The worker dies where this port is reached. */
  const dyingAt = (port: keyof ChangePorts) =>
    actOn(createChangeActivities({ ...ports, [port]: () => Promise.reject(new Error('killed')) }))
  return { folder, unit, log, configuration, blocked, ...actOn(), dyingAt }
}

describe('restart', () => {
  it('restarts once, however often it is applied', async context => {
    const { unit, plan, apply, check, revert } = await host(context)
    const planned = await plan('restart')
    assert.deepEqual([planned.parameters, planned.undo], [{ unit: 'acp' }, null])
    assert.deepEqual(await plan('restart', planned.parameters), planned)
    assert.deepEqual([await check('restart', planned), unit.restarts()], [['not-done', true], 0])
    await apply('restart', planned)
    assert.match(await apply('restart', planned), /already restarted since the plan/)
    assert.deepEqual([await check('restart', planned), unit.restarts()], [['done', true], 1])
    await revert('restart', planned)
    assert.equal(unit.restarts(), 1)
  })

  it('does not take a crash for its own work', async context => {
    const { unit, plan, apply, check } = await host(context)
    const planned = await plan('restart')
    await unit.crash()
    assert.deepEqual(await check('restart', planned), ['unknown', true])
    await apply('restart', planned)
    assert.deepEqual([await check('restart', planned), unit.restarts()], [['done', true], 1])
  })

  it('refuses any other unit, any parameter, and a unit that is not there', async context => {
    const { unit, plan, apply } = await host(context)
    const planned = await plan('restart')
    const operator = { name: 'OpsError', owner: 'operator' }
    await assert.rejects(plan('restart', { unit: 'ssh' }), operator)
    await assert.rejects(plan('restart', { unit: 'acp;reboot' }), operator)
    await assert.rejects(plan('restart', { command: 'reboot' }), { ...operator, hint: /unit \(acp\)/ })
    await assert.rejects(apply('restart', { ...planned, parameters: { unit: 'ssh' } }), operator)
    await assert.rejects(apply('restart', { ...planned, before: {} }), operator)
    await assert.rejects(plan('reboot'), {
      ...operator,
      hint: /restart, free-disk, raise-limit, block-client, rollback/,
    })
    await assert.rejects(plan('constructor'), operator)
    assert.equal(unit.restarts(), 0)
    const masked = await host(context, {
      readUnitRun: async name => ({ ...(await unit.readUnitRun(name)), loadState: 'masked' }),
    })
    await assert.rejects(masked.plan('restart'), { name: 'OpsError', owner: 'configuration' })
  })

  it('says that the service is not healthy when it does not answer', async context => {
    const { plan, check } = await host(context, {
      shakeHands: async () => ({ kind: 'refused', latencyMs: 1, reason: 'no' }),
    })
    assert.deepEqual(await check('restart', await plan('restart')), ['not-done', false])
  })
})

describe('free-disk', () => {
  const old = (path: string, days: number) => utimes(path, Date.now() / 1_000, Date.now() / 1_000 - days * 86_400)
  const OLD = ['acp.log.2.gz', 'acp.log-20261101.gz', 'acp-20261102.log.gz']
  const KEPT = ['acp.log', 'acp.log.1', 'acp.log.9.gz', 'other.log.2.gz', 'acp.log.evil.gz', 'opencode.json']

  async function fullHost(context: TestContext, over: Partial<ChangePorts> = {}) {
    const full = await host(context, over)
    for (const name of [...OLD, ...KEPT]) await writeFile(join(full.folder, name), name)
    for (const name of [...OLD, ...KEPT]) await old(join(full.folder, name), 30)
    await old(join(full.folder, 'acp.log.9.gz'), 3)
    return full
  }

  it('plans exactly what it deletes, and deletes exactly what was planned', async context => {
    const { folder, plan, apply, check } = await fullHost(context)
    const planned = await plan('free-disk')
    assert.deepEqual(
      planned.steps.map(step => step.split(' ')[1]).toSorted(),
      OLD.map(name => join(folder, name)).toSorted(),
    )
    assert.equal((await readdir(folder)).length, OLD.length + KEPT.length)
    assert.deepEqual(await check('free-disk', planned), ['not-done', true])
    await writeFile(join(folder, 'acp.log.3.gz'), 'came later')
    await old(join(folder, 'acp.log.3.gz'), 30)
    assert.match(await apply('free-disk', planned), /^3 of 3 files/)
    assert.match(await apply('free-disk', planned), /^0 of 3 files/)
    assert.deepEqual(await check('free-disk', planned), ['done', true])
    assert.deepEqual((await readdir(folder)).toSorted(), [...KEPT, 'acp.log.3.gz'].toSorted())
  })

  it('goes on after a death in the middle', async context => {
    let calls = 0
    const { plan, apply, check } = await fullHost(context, {
      deleteFile: async file => {
        calls += 1
        if (calls === 2) throw new Error('killed')
        await deleteFile(file)
      },
    })
    const planned = await plan('free-disk')
    await assert.rejects(apply('free-disk', planned), /killed/)
    assert.deepEqual(await check('free-disk', planned), ['not-done', true])
    assert.match(await apply('free-disk', planned), /^2 of 3 files/)
    assert.deepEqual(await check('free-disk', planned), ['done', true])
  })

  it('deletes nothing at all when a plan names something else', async context => {
    const { folder, configuration, plan, planAgain, apply } = await fullHost(context)
    const planned = await plan('free-disk')
    const { size, mtimeMs } = await stat(configuration)
    const files = `${planned.parameters.files}\n${size} ${Math.floor(mtimeMs)} ${configuration}`
    const forged = { ...planned, parameters: { ...planned.parameters, files } }
    await assert.rejects(apply('free-disk', forged), { owner: 'operator', message: /not among what may be deleted/ })
    assert.equal((await readdir(folder)).length, OLD.length + KEPT.length)
    await assert.rejects(planAgain('free-disk', forged), { message: /not among what may be deleted/ })
    await assert.rejects(plan('free-disk', { files: '1 1 /etc/passwd' }), { owner: 'operator' })
    await assert.rejects(plan('free-disk', { keepDays: '0' }), { owner: 'operator', hint: /from 1 to 365/ })
  })

  it('holds what was approved while logs rotate, and plans anew when nothing of it is left', async context => {
    const { folder, plan, planAgain, apply } = await fullHost(context)
    const planned = await plan('free-disk')
    await writeFile(join(folder, 'acp.log.3.gz'), 'came later')
    await old(join(folder, 'acp.log.3.gz'), 30)
    await rm(join(folder, OLD[1] ?? ''))
    assert.deepEqual(await planAgain('free-disk', planned), planned)
    assert.match(await apply('free-disk', planned), /^2 of 3 files/)
    const other = await planAgain('free-disk', planned)
    assert.deepEqual(
      other.steps.map(step => step.split(' ')[1]),
      [join(folder, 'acp.log.3.gz')],
    )
  })

  it('leaves alone what has changed since, and says when there is nothing to free', async context => {
    const { folder, plan, apply, check } = await fullHost(context)
    const planned = await plan('free-disk')
    await writeFile(join(folder, OLD[0] ?? ''), 'another file under the same name')
    await apply('free-disk', planned)
    assert.ok((await readdir(folder)).includes(OLD[0] ?? ''))
    assert.deepEqual(await check('free-disk', planned), ['done', true])
    await assert.rejects(plan('free-disk'), { owner: 'operator', message: /nothing to free/ })
  })
})

describe('raise-limit', () => {
  it('counts in the running process, once, and is taken back', async context => {
    const { folder, unit, plan, apply, check, revert } = await host(context)
    const planned = await plan('raise-limit')
    assert.deepEqual(
      [planned.parameters, planned.before],
      [{ sessions: '100' }, { sessions: 'none', override: 'none' }],
    )
    assert.deepEqual(await check('raise-limit', planned), ['not-done', true])
    assert.deepEqual(await readdir(join(folder, 'acp.service.d')).catch(() => []), [])
    await apply('raise-limit', planned)
    await apply('raise-limit', planned)
    assert.deepEqual([await check('raise-limit', planned), unit.restarts()], [['done', true], 1])
    const second = await plan('raise-limit', { sessions: '300' })
    assert.deepEqual(second.before, { sessions: '100', override: '100' })
    await apply('raise-limit', second)
    await revert('raise-limit', second)
    assert.deepEqual([await check('raise-limit', planned), unit.restarts()], [['done', true], 3])
    await revert('raise-limit', planned)
    await revert('raise-limit', planned)
    assert.deepEqual([await check('raise-limit', planned), unit.restarts()], [['not-done', true], 4])
    assert.deepEqual(await readdir(join(folder, 'acp.service.d')), [])
  })

  it('goes on after a death in the middle, and is taken back from there', async context => {
    for (const port of ['reloadUnits', 'restartUnit'] as const) {
      const { unit, dyingAt, plan, apply, check, revert } = await host(context)
      const planned = await plan('raise-limit')
      await assert.rejects(dyingAt(port).apply('raise-limit', planned), /killed/)
      assert.deepEqual(await check('raise-limit', planned), ['not-done', true])
      await apply('raise-limit', planned)
      assert.deepEqual([await check('raise-limit', planned), unit.restarts()], [['done', true], 1])
      await assert.rejects(dyingAt(port).revert('raise-limit', planned), /killed/)
      await revert('raise-limit', planned)
      assert.deepEqual([await check('raise-limit', planned), unit.restarts()], [['not-done', true], 2])
    }
  })

  it('only ever raises, and within reason', async context => {
    const { plan, apply } = await host(context)
    for (const sessions of ['50', '10001', '-1', '1e3', '70\nX=1', '']) {
      await assert.rejects(plan('raise-limit', { sessions }), { owner: 'operator', hint: /from 51 to 10000/ }, sessions)
    }
    const planned = await plan('raise-limit', { sessions: '51' })
    const forged = { ...planned, parameters: { sessions: '60\nLD_PRELOAD=/x' } }
    await assert.rejects(apply('raise-limit', forged), { owner: 'operator' })
  })
})

describe('rollback', () => {
  const contents = async (path: string) => {
    const beside = [previousOf(path), undoneOf(path)]
    return await Promise.all([path, ...beside].map(name => readFile(name, 'utf8').catch(() => null)))
  }

  it('brings the previous version back and restarts once, there and back', async context => {
    const { configuration, unit, plan, apply, check, revert } = await host(context)
    await writeFile(previousOf(configuration), '{"apiKey": "planted"}')
    const planned = await plan('rollback')
    assert.match(planned.steps.join('\n'), /- \{"a": 1\}\n\+ \{"apiKey": "\[redacted\]/)
    assert.doesNotMatch(JSON.stringify(planned), /planted/)
    assert.deepEqual(await check('rollback', planned), ['not-done', true])
    assert.match(await revert('rollback', planned), /is as before, and acp runs with it/)
    await apply('rollback', planned)
    await apply('rollback', planned)
    assert.deepEqual(await contents(configuration), ['{"apiKey": "planted"}', null, '{"a": 1}'])
    await assert.rejects(plan('rollback'), { owner: 'operator', message: /no deploy .* could be rolled back/ })
    assert.deepEqual([await check('rollback', planned), unit.restarts()], [['done', true], 1])
    await revert('rollback', planned)
    assert.deepEqual(await contents(configuration), ['{"a": 1}', '{"apiKey": "planted"}', null])
    assert.deepEqual([await check('rollback', planned), unit.restarts()], [['not-done', true], 2])
  })

  it('goes on after a death between the exchange and the restart', async context => {
    const { configuration, unit, dyingAt, plan, apply, check } = await host(context)
    await writeFile(previousOf(configuration), '{}')
    const planned = await plan('rollback')
    await assert.rejects(dyingAt('restartUnit').apply('rollback', planned), /killed/)
    assert.deepEqual(await check('rollback', planned), ['not-done', true])
    await apply('rollback', planned)
    assert.deepEqual([await check('rollback', planned), unit.restarts()], [['done', true], 1])
    assert.deepEqual(await contents(configuration), ['{}', null, '{"a": 1}'])
  })

  it('refuses what would not help or do harm', async context => {
    const { configuration, plan, apply, unit } = await host(context)
    const previous = previousOf(configuration)
    await assert.rejects(plan('rollback'), { owner: 'operator', message: /no deploy on alpha/ })
    await writeFile(previous, '{"a": 1}')
    await assert.rejects(plan('rollback'), { owner: 'operator', message: /are the same/ })
    await writeFile(previous, 'no JSON')
    await assert.rejects(plan('rollback'), { owner: 'operator', message: /is not JSON/ })
    await writeFile(previous, '{}')
    await assert.rejects(plan('rollback', { file: '/etc/shadow' }), { owner: 'operator', hint: /takes no parameters/ })
    const planned = await plan('rollback')
    await writeFile(previous, '{"another": "version"}')
    await assert.rejects(apply('rollback', planned), { message: /is not the version that was planned/ })
    assert.deepEqual([await readFile(configuration, 'utf8'), unit.restarts()], ['{"a": 1}', 0])
  })
})

describe('block-client', () => {
  it('blocks one address from one port, however often, and lets it in again', async context => {
    const { blocked, plan, apply, check, revert } = await host(context)
    const planned = await plan('block-client', { address: '2001:DB8:0:0::0007' })
    assert.deepEqual(planned.parameters, { address: '2001:db8::7' })
    assert.deepEqual([await check('block-client', planned), blocked.size], [['not-done', true], 0])
    await apply('block-client', planned)
    await apply('block-client', planned)
    assert.deepEqual([await check('block-client', planned), blocked.size], [['done', true], 1])
    await assert.rejects(plan('block-client', planned.parameters), { owner: 'operator', message: /already blocked/ })
    await revert('block-client', planned)
    await revert('block-client', planned)
    assert.deepEqual([await check('block-client', planned), blocked.size], [['not-done', true], 0])
  })

  it('takes addresses of clients only', () => {
    assert.equal(parseClient('203.0.113.7'), '203.0.113.7')
    const wrong = [
      '',
      '127.0.0.1',
      '127.9.9.9',
      '0.0.0.0',
      '::1',
      '::',
      '::ffff:127.0.0.1',
      '::ffff:203.0.113.7',
      '224.0.0.1',
    ]
    const odd = [
      '255.255.255.255',
      'ff02::1',
      'fe80::1%eth0',
      '10.0.0.0/8',
      '10.0.0.1; flush ruleset',
      '1',
      'localhost',
      '010.0.0.1',
    ]
    for (const text of [...wrong, ...odd]) assert.throws(() => parseClient(text), { owner: 'operator' }, text)
  })
})
