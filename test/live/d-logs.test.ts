/** The log in all the ways in which it can be unreadable. None of them looks like a quiet day. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { eventually, find, healthCheck, inHost } from '../support/live.ts'

const LOG = '/var/log/opencode-acp.log'
const KEPT = '/var/log/kept-by-test'

const logs = () => healthCheck('--target', 'alpha', 'only=logs')

/** Puts the real log aside and something else in its place. */
const replaced = (line: string) =>
  inHost(
    'alpha',
    `systemctl stop opencode-traffic; [ -e ${KEPT} ] || mv ${LOG} ${KEPT}; rm -rf ${LOG} ${LOG}.*; ${line}`,
  )

afterEach(() =>
  inHost(
    'alpha',
    `if [ -e ${KEPT} ]; then rm -rf ${LOG} ${LOG}.*; mv ${KEPT} ${LOG}; fi; systemctl kill -s HUP --kill-who=main opencode-acp; systemctl start opencode-traffic`,
  ),
)

/** As logrotate does it, once the worker has read 20 MB of the log; says how much it had read when that was done. */
const ROTATE_MIDWAY = [
  'worker=$(systemctl show -p MainPID --value ops-host-worker)',
  'read_so_far() { while read -r name count; do [ "$name" = rchar: ] && echo "$count"; done < /proc/$worker/io; }',
  `until readlink /proc/$worker/fd/* | grep -q '^${LOG}'; do :; done`,
  'start=$(read_so_far)',
  'until [ $(read_so_far) -gt $((start + 20000000)) ]; do :; done',
  `mv ${LOG}.1 ${LOG}.2; mv ${LOG} ${LOG}.1; mv ${LOG}.next ${LOG}`,
  `readlink /proc/$worker/fd/* | grep -q '^${LOG}.2$' || exit 1`,
  'echo $(($(read_so_far) - start))',
  `gzip -1 ${LOG}.2`,
].join('\n')

const now = 'date -u +%Y-%m-%dT%H:%M:%S.000Z'

test('missing', async () => {
  await replaced('true')
  const result = await logs()
  assert.equal(result.code, 3)
  assert.match(find(result, 'alpha', 'log.errors').summary, /there is no log/)
})

test('a directory where the log should be', async () => {
  await replaced(`mkdir ${LOG}`)
  assert.equal((await logs()).code, 3)
})

const DROP_IN = '/run/systemd/system/ops-host-worker.service.d'

/** The worker with these capabilities only, or with its own again. */
async function restartWorker(capabilities: string | null): Promise<void> {
  await inHost(
    'alpha',
    capabilities === null
      ? `rm -rf ${DROP_IN}`
      : `mkdir -p ${DROP_IN}; printf '[Service]\\nCapabilityBoundingSet=\\nCapabilityBoundingSet=${capabilities}\\n' > ${DROP_IN}/test.conf`,
  )
  await inHost('alpha', 'systemctl daemon-reload; systemctl restart ops-host-worker')
  await eventually('the host worker answering', async () => {
    await inHost('alpha', 'curl -sf -m 5 http://127.0.0.1:9464/healthz >/dev/null')
    return true
  })
}

test('unreadable: unknown with the remedy, and not a day without errors', async () => {
  // No mode stops a root that may read everything, so for once it may not.
  await restartWorker('CAP_SYS_PTRACE')
  try {
    await inHost('alpha', `stat -c %a:%U ${LOG} > ${KEPT}.mode; chmod 600 ${LOG}`)
    const result = await logs()
    assert.equal(result.code, 3)
    const errors = find(result, 'alpha', 'log.errors')
    assert.equal(errors.verdict, 'unknown')
    assert.match(errors.summary, /may not be read/)
    assert.match(errors.hint, /group of the log/)
    assert.equal(errors.evidence.errors, undefined)
  } finally {
    await inHost('alpha', `chmod "$(cut -d: -f1 ${KEPT}.mode)" ${LOG}; rm ${KEPT}.mode`)
    await restartWorker(null)
  }
})

test('empty', async () => {
  await replaced(`: > ${LOG}`)
  const result = await logs()
  assert.equal(result.code, 3)
  assert.ok(result.record.findings.some(({ verdict, id }) => verdict === 'unknown' && id.startsWith('log.')))
})

test('NULs and a 5 MB line between good records', async () => {
  await replaced(
    `{ for i in $(seq 30); do echo "$(${now}) INFO session/list conn=1 duration=12.5"; done; head -c 4096 /dev/zero; echo; echo "$(${now}) ERROR session/new conn=1 code=-32603 error=\\"$(head -c 5000000 /dev/zero | tr '\\\\0' x)\\" duration=4"; echo "$(${now}) INFO session/list conn=1 duration=9"; } > ${LOG}`,
  )
  const errors = find(await logs(), 'alpha', 'log.errors')
  assert.equal(errors.evidence.errors, 1)
  assert.equal(errors.evidence.requests, 32)
})

test('1 GB, of which yesterday wrote most', async () => {
  const records = 7_000_000
  await replaced(`/opt/ops/node_modules/.bin/node /opt/ops/test/support/write-big-log.mjs ${LOG} ${records} 10`)
  assert.ok(Number(await inHost('alpha', `stat -c %s ${LOG}`)) > 1e9)
  const result = await logs()
  const errors = find(result, 'alpha', 'log.errors')
  const requests = Number(errors.evidence.requests)
  assert.ok(requests > 0.985 * (records / 10) && requests <= records / 10, `${requests} requests`)
  assert.equal(errors.verdict, 'ok')
})

test('rotated while it is read: nothing is counted twice or lost', async () => {
  const write = '/opt/ops/node_modules/.bin/node /opt/ops/test/support/write-big-log.mjs'
  const counts = { before: 2_000_000, live: 1_000, after: 500 }
  await replaced(`${write} ${LOG}.1 ${counts.before} 0.5; ${write} ${LOG} ${counts.live} 0.01`)
  await inHost('alpha', `${write} ${LOG}.next ${counts.after} 0.001`)
  const bytes = Number(await inHost('alpha', `stat -c %s ${LOG}.1`))
  const reading = logs()
  // By what the worker has read since it opened the log, a rotation falls into the middle of the file.
  const told = await inHost('alpha', ROTATE_MIDWAY)
  const requests = Number(find(await reading, 'alpha', 'log.errors').evidence.requests)
  const read = Number(told)
  assert.ok(read > 0 && read < 0.9 * bytes, `it was rotated when ${told} of ${bytes} bytes had been read`)
  assert.equal(requests, counts.before + counts.live + counts.after)
})
