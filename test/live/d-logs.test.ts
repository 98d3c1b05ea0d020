/** The log in all the ways in which it can be unreadable. None of them looks like a quiet day. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { find, healthCheck, inHost } from '../support/live.ts'

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
  await replaced(
    `for i in $(seq 2000); do echo "$(${now}) INFO session/list conn=1 duration=1"; done > ${LOG}.1; for i in $(seq 1000); do echo "$(${now}) INFO session/list conn=1 duration=1"; done > ${LOG}`,
  )
  const reading = logs()
  await inHost('alpha', `mv ${LOG}.1 ${LOG}.2; mv ${LOG} ${LOG}.1; : > ${LOG}; gzip ${LOG}.2`)
  const requests = Number(find(await reading, 'alpha', 'log.errors').evidence.requests)
  assert.equal(requests, 3_000)
})
