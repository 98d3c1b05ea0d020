/** Hosts that go away, and disks that fill up. The other host and this machine are not touched. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, find, healthCheck, inHost, sandbox, untilAvailable, untilStreaming } from '../support/live.ts'
import { activitiesOf, historyOf, timeOf, untilStep } from '../support/live-runs.ts'

/** As in Temporal's API. */
const SCHEDULE_TO_START = 2

test('a host that is off before the run is a finding within 30 s, and the other one still reports', async () => {
  await sandbox('power', 'beta', 'off')
  const started = Date.now()
  const result = await healthCheck()
  const seconds = (Date.now() - started) / 1_000
  assert.equal(result.code, 3)
  assert.equal(find(result, 'beta', 'host.silent').verdict, 'unknown')
  assert.notEqual(result.record.targets.find(({ name }) => name === 'alpha')?.verdict, 'fail')
  assert.ok(seconds < 30, `${seconds} s`)

  // The silence is Temporal's own observation, made at the promised time.
  const greetings = activitiesOf(await historyOf(result.record)).filter(({ type }) => type === 'greet')
  const silent = greetings.find(({ taskQueue }) => taskQueue === 'host:beta')
  assert.ok(silent?.timedOut, 'beta was not waited for in vain')
  const { failure } = silent.timedOut.activityTaskTimedOutEventAttributes ?? {}
  assert.equal(failure?.timeoutFailureInfo?.timeoutType, SCHEDULE_TO_START)
  const waited = (timeOf(silent.timedOut) - timeOf(silent.event)) / 1_000
  assert.ok(waited >= 9.5 && waited <= 12, `${waited} s`)
  assert.equal(greetings.find(({ taskQueue }) => taskQueue === 'host:alpha')?.timedOut, undefined)
})

test('switched on again, the reboot that nobody announced is a warning and nothing else is', async () => {
  await sandbox('power', 'beta', 'on')
  await untilAvailable('beta')
  const result = await eventually('beta being well', async () => {
    const seen = await healthCheck('--target', 'beta', 'only=system')
    return seen.code <= 1 ? seen : undefined
  })
  // Nobody noted this reboot as planned, so it is a warning and nothing else is.
  assert.deepEqual(
    result.record.findings.filter(({ verdict }) => verdict === 'warn').map(({ id }) => id),
    ['host.uptime'],
  )
})

test('a host that goes off during the run', async () => {
  const running = healthCheck()
  await untilStep('health-check:all', 'beta: performance')
  await sandbox('power', 'beta', 'off')
  const result = await running
  await sandbox('power', 'beta', 'on')
  assert.equal(result.code, 3)
  assert.equal(find(result, 'beta', 'host.silent').verdict, 'unknown')
  await untilAvailable('beta')
})

test('a host whose cable is pulled', async () => {
  await sandbox('link', 'beta', 'down')
  const result = await healthCheck('only=system')
  await sandbox('link', 'beta', 'up')
  assert.equal(result.code, 3)
  assert.equal(find(result, 'beta', 'host.silent').verdict, 'unknown')
  // That it comes back is seen below; meanwhile only alpha is looked at.
})

test('a host worker killed in the middle of a step: the run goes on with the next one', async () => {
  const running = healthCheck('--target', 'alpha')
  await untilStep('health-check:alpha', 'alpha: performance')
  await inHost('alpha', 'systemctl kill -s KILL --kill-who=main ops-host-worker')
  const result = await running
  assert.ok(result.code <= 1, JSON.stringify(result.record.findings.filter(({ verdict }) => verdict !== 'ok')))
  const watching = activitiesOf(await historyOf(result.record)).filter(({ type }) => type === 'measureUsage')
  assert.deepEqual(
    watching.map(({ attempt }) => attempt),
    [2],
  )
})

test('a full disk on a host is its own', async () => {
  const free = async (line: string) => Number((await inHost('alpha', line)).trim())
  const before = await free('df -B1 --output=avail /opt/ops | tail -1')
  await inHost(
    'alpha',
    'fallocate -l $(df -B1 --output=avail /var | tail -1) /var/tmp/filler || dd if=/dev/zero of=/var/tmp/filler bs=1M 2>/dev/null || true',
  )
  const result = await healthCheck()
  await inHost('alpha', 'rm -f /var/tmp/filler')
  assert.equal(result.code, 2)
  assert.equal(find(result, 'alpha', 'disk.used:/var').verdict, 'fail')
  // Its cable is plugged in again: it answers, and alpha's disk is not its own.
  const beta = result.record.targets.find(({ name }) => name === 'beta')?.verdict ?? 'missing'
  assert.ok(['ok', 'warn'].includes(beta), beta)
  const after = await free('df -B1 --output=avail /opt/ops | tail -1')
  assert.ok(before - after < 1e9, 'the machine has lost more than a gigabyte')
  await inHost('alpha', 'systemctl reset-failed; systemctl start postgresql-opencode opencode-acp')
  await untilAvailable('alpha')
  // Its database was without space, too.
  await untilStreaming()
})
