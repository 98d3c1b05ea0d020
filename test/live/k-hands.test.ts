/**
 * The hands in an incident on a real host: systemd, journal, PostgreSQL and the gateway are real, and everything goes
 * through Temporal and the host worker with the rights of its unit.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { COLLECTORS, type Collector } from '../../activities/response-hands.ts'
import type { WorkaroundName, WorkaroundPlan } from '../../domain/changes.ts'
import { rankHypotheses } from '../../domain/incident/hypotheses.ts'
import { eventually, inHost, untilAvailable } from '../support/live.ts'
import { handsOf, type LiveHands } from '../support/live-hands.ts'

const UNIT = 'opencode-acp'
const service = {
  unit: UNIT,
  acp: { kind: 'http', url: 'http://127.0.0.1:3000/acp', metricsUrl: 'http://127.0.0.1:3000/metrics' },
  log: { kind: 'file', path: '/var/log/opencode-acp.log' },
  sessionsLimit: 50,
  expectedVersion: null,
} as const
const database = { host: '/run/postgresql', port: 5432, name: 'opencode_db', user: 'ops_monitor' }

let hands: LiveHands

const collect = (collector: Collector) =>
  hands.call('collectEvidence', { collector, service, database, at: new Date().toISOString() })

const order = (name: WorkaroundName, parameters: Readonly<Record<string, string>> = {}) => ({
  service,
  request: { name, host: 'alpha', parameters },
})

function change(name: WorkaroundName) {
  return {
    plan: (parameters?: Readonly<Record<string, string>>) => hands.call('planChange', order(name, parameters)),
    apply: (plan: WorkaroundPlan) => hands.call('applyChange', { ...order(name), plan }),
    revert: (plan: WorkaroundPlan) => hands.call('revertChange', { ...order(name), plan }),
    check: async (plan: WorkaroundPlan) => {
      const { state, healthy } = await hands.call('checkChange', { ...order(name), plan })
      return [state, healthy]
    },
  }
}

const invocation = () => inHost('alpha', `systemctl show -p InvocationID --value ${UNIT}`)
const limit = () =>
  inHost(
    'alpha',
    `tr '\\0' '\\n' </proc/$(systemctl show -p MainPID --value ${UNIT})/environ | grep ^GATEWAY_SESS || true`,
  )

describe('the hands on a host', () => {
  before(async () => {
    hands = await handsOf('alpha')
    await untilAvailable('alpha')
  })
  after(async () => {
    await hands.close()
    await inHost(
      'alpha',
      `rm -rf /run/systemd/system/${UNIT}.service.d /etc/systemd/system/${UNIT}.service.d/50-ops-limit.* /etc/opencode/opencode.json.*; systemctl daemon-reload; systemctl reset-failed; systemctl restart ${UNIT}`,
    )
    await untilAvailable('alpha')
  })

  test('collect evidence of a host on which all is well, within their half minute', async () => {
    const found = await Promise.all(COLLECTORS.map(collect))
    for (const { collector, summary, artefact } of found) {
      assert.ok(summary.length > 10 && artefact !== null, `${collector}: ${summary}`)
      assert.equal(artefact.kind, `evidence-${collector}`)
    }
    const facts = (collector: Collector) => found.find(one => one.collector === collector)?.facts
    assert.deepEqual([facts('service')?.activeState, facts('service')?.answers], ['active', true])
    assert.deepEqual([facts('database')?.reachable, facts('database')?.role], [true, 'primary'])
    assert.deepEqual([facts('connections')?.listening, facts('connections')?.sessionsLimit], [true, 50])
    assert.ok(Number(facts('log')?.records) > 0)
    const ailing = rankHypotheses(found.map(one => ({ host: 'alpha', ...one }))).filter(({ id }) =>
      /^service-/.test(id),
    )
    assert.deepEqual(ailing, [])
  })

  test('find a stopped service, and restart it once', async () => {
    await inHost('alpha', `systemctl stop ${UNIT}`)
    const { facts } = await collect('service')
    const [first] = rankHypotheses([{ host: 'alpha', collector: 'service', facts }])
    assert.deepEqual([first?.id, first?.workaround], ['service-stopped:alpha', 'restart'])
    const { plan, apply, check } = change('restart')
    const planned = await plan()
    assert.deepEqual(await check(planned), ['not-done', false])
    await apply(planned)
    assert.deepEqual(await check(planned), ['done', true])
    const ours = await invocation()
    assert.match(await apply(planned), /already restarted since the plan/)
    assert.equal(await invocation(), ours)
  })

  test('restart a service that systemd has given up on', async () => {
    const folder = `/run/systemd/system/${UNIT}.service.d`
    const crash = `mkdir -p ${folder}; printf '[Service]\\nExecStartPre=/bin/false\\n' >${folder}/test.conf; systemctl daemon-reload`
    await inHost('alpha', `${crash}; for n in 1 2 3 4 5 6 7; do systemctl restart ${UNIT} 2>/dev/null; done; true`)
    await eventually('systemd giving up', async () => {
      const { facts } = await collect('service')
      return facts.result === 'start-limit-hit' || facts.activeState === 'failed' ? true : undefined
    })
    const { facts } = await collect('service')
    assert.match(
      rankHypotheses([{ host: 'alpha', collector: 'service', facts }])[0]?.id ?? '',
      /crash-loop|service-stopped/,
    )
    const { plan, apply, check } = change('restart')
    const planned = await plan()
    await inHost('alpha', `rm -rf ${folder}; systemctl daemon-reload`)
    await apply(planned)
    assert.deepEqual(await check(planned), ['done', true])
  })

  test('tell after the death of the worker in the middle what became of a restart', async () => {
    const folder = `/run/systemd/system/${UNIT}.service.d`
    await inHost(
      'alpha',
      `mkdir -p ${folder}; printf '[Service]\\nExecStartPre=/bin/sleep 4\\n' >${folder}/test.conf; systemctl daemon-reload`,
    )
    const { plan, apply, check } = change('restart')
    const planned = await plan()
    const lost = assert.rejects(apply(planned))
    await eventually('the restart', async () =>
      (await inHost('alpha', `systemctl show -p ActiveState --value ${UNIT}`)) === 'activating' ? true : undefined,
    )
    await inHost('alpha', 'kill -KILL $(systemctl show -p MainPID --value ops-host-worker)')
    await lost
    assert.deepEqual(await check(planned), ['done', true])
    await inHost('alpha', `rm -rf ${folder}; systemctl daemon-reload`)
  })

  test('raise the limit of sessions and take it back', async () => {
    const { plan, apply, check, revert } = change('raise-limit')
    const planned = await plan({ sessions: '60' })
    assert.equal(await limit(), '')
    await apply(planned)
    assert.deepEqual([await check(planned), await limit()], [['done', true], 'GATEWAY_SESSIONS_LIMIT=60'])
    const running = await invocation()
    await apply(planned)
    assert.equal(await invocation(), running)
    await revert(planned)
    await untilAvailable('alpha')
    assert.deepEqual([await check(planned), await limit()], [['not-done', true], ''])
    assert.equal(await inHost('alpha', `ls /etc/systemd/system/${UNIT}.service.d`), '')
  })

  test('bring the previous configuration back, and the present one again', async () => {
    const path = '/etc/opencode/opencode.json'
    const digests = (kept: string) => inHost('alpha', `sha256sum ${path} ${path}.${kept} | cut -c1-64`)
    await inHost('alpha', `cp -p ${path} ${path}.previous; echo >>${path}.previous`)
    const [now, then] = (await digests('previous')).split('\n')
    const { plan, apply, check, revert } = change('rollback')
    const planned = await plan()
    await apply(planned)
    assert.deepEqual([await check(planned), await digests('undone')], [['done', true], `${then}\n${now}`])
    await assert.rejects(plan(), { message: /no deploy on alpha/ })
    await revert(planned)
    assert.equal(await digests('previous'), `${now}\n${then}`)
    await untilAvailable('alpha')
  })

  test('free the disk of exactly what was planned', async () => {
    const path = '/var/log/opencode-acp.log.9.gz'
    await inHost('alpha', `head -c 300000 /dev/urandom >${path}; touch -d '20 days ago' ${path}`)
    const { plan, apply, check } = change('free-disk')
    const planned = await plan({ journalMegabytes: '100000' })
    assert.ok(planned.steps.some(step => step.startsWith(`delete ${path} `)))
    assert.ok(planned.steps.every(step => /^delete \/var\/(?:log\/opencode-acp|cache\/apt\/archives\/)/.test(step)))
    await apply(planned)
    assert.deepEqual(await check(planned), ['done', true])
    assert.equal(await inHost('alpha', `ls ${path} 2>/dev/null || echo gone`), 'gone')
  })

  test('shut a client out, and let it in again', async () => {
    const { plan, apply, check, revert } = change('block-client')
    const parameters = { address: '203.0.113.7' }
    const planned = await plan(parameters)
    await apply(planned)
    assert.deepEqual(await check(planned), ['done', true])
    assert.match(await inHost('alpha', 'nft list table inet ops_block'), /203\.0\.113\.7 \. 3000/)
    await revert(planned)
    assert.deepEqual(await check(planned), ['not-done', true])
  })

  test('do nothing that is not in the catalogue', async () => {
    const refused = { type: 'OperatorProblem' }
    await assert.rejects(change('restart').plan({ unit: 'ssh' }), refused)
    await assert.rejects(change('rollback').plan({ file: '/etc/shadow' }), refused)
    await assert.rejects(change('block-client').plan({ address: '127.0.0.1' }), refused)
  })
})
