/** The service in all the ways in which it can be unwell. Each is one finding with a hint, and gone when it is put right. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { eventually, find, healthCheck, inHost, ops, untilAvailable } from '../support/live.ts'

const only = (group: string) => healthCheck('--target', 'alpha', `only=${group}`)

const DROP_IN = '/run/systemd/system/opencode-acp.service.d'

/** Overrides the unit until `mend` is called or another override takes its place. */
function override(lines: string): Promise<string> {
  return inHost(
    'alpha',
    `systemctl stop opencode-acp; systemctl reset-failed opencode-acp 2>/dev/null; mkdir -p ${DROP_IN}; printf '${lines}' > ${DROP_IN}/test.conf; systemctl daemon-reload; systemctl start --no-block opencode-acp`,
  )
}

async function mend(): Promise<void> {
  await inHost(
    'alpha',
    `rm -rf ${DROP_IN}; systemctl stop ops-test-fake 2>/dev/null; systemctl daemon-reload; systemctl stop opencode-acp; systemctl reset-failed; systemctl start opencode-acp`,
  )
  await untilAvailable('alpha')
}

describe('the service', () => {
  after(mend)

  test('stopped: exit 2, with finding and hint', async () => {
    await inHost('alpha', 'systemctl stop opencode-acp')
    const result = await healthCheck('--target', 'alpha')
    assert.equal(result.code, 2)
    const state = find(result, 'alpha', 'service.state')
    assert.equal(state.verdict, 'fail')
    assert.match(state.summary, /inactive/)
    assert.match(state.hint, /systemctl start opencode-acp/)
    assert.equal(find(result, 'alpha', 'acp.handshake').verdict, 'fail')
    const { events } = JSON.parse((await ops(['ledger', 'list', '--json'])).stdout)
    const logged = events.find(
      (event: { kind: string; id: string }) => event.id === `${result.record.runId}/alpha/failed`,
    )
    assert.equal(logged?.kind, 'failed-check')
  })

  test('crash-looping', async () => {
    await override('[Service]\\nExecStart=\\nExecStart=/bin/false\\nRestart=always\\nRestartSec=30\\n')
    await eventually('a crash', async () =>
      (await inHost('alpha', 'systemctl show -p SubState --value opencode-acp')) === 'auto-restart' ? true : undefined,
    )
    const result = await only('system')
    assert.equal(result.code, 2)
    assert.match(find(result, 'alpha', 'service.state').summary, /crashed/)
  })

  test('starting', async () => {
    await override('[Service]\\nExecStartPre=/bin/sleep 60\\nTimeoutStartSec=120\\n')
    const result = await only('system')
    assert.equal(result.code, 3)
    assert.match(find(result, 'alpha', 'service.state').summary, /starting/)
    await mend()
  })

  test('restarted by systemd since the last run', async () => {
    await only('system')
    await inHost('alpha', 'systemctl kill -s KILL --kill-who=main opencode-acp')
    await eventually('the restart', async () =>
      (await inHost('alpha', 'systemctl is-active opencode-acp')) === 'active' ? true : undefined,
    )
    const result = await only('system')
    assert.equal(find(result, 'alpha', 'service.state').verdict, 'warn')
    await untilAvailable('alpha')
  })

  test('hung: the port is open and nobody answers', async () => {
    await inHost('alpha', 'systemctl kill -s STOP --kill-who=main opencode-acp')
    const result = await only('availability')
    await inHost('alpha', 'systemctl kill -s CONT --kill-who=main opencode-acp')
    assert.equal(result.code, 2)
    assert.equal(find(result, 'alpha', 'acp.handshake').verdict, 'fail')
  })

  const json = "'content-type':'application/json'"
  const impostors = [
    {
      title: '200 text/html',
      answer: "r.writeHead(200,{'content-type':'text/html'});r.end('<html></html>')",
      says: /html/,
    },
    {
      title: 'a JSON-RPC error',
      answer: `r.writeHead(200,{${json}});r.end('{\\"jsonrpc\\":\\"2.0\\",\\"id\\":1,\\"error\\":{\\"code\\":-32603,\\"message\\":\\"boom\\"}}')`,
      says: /-32603|boom/,
    },
    { title: 'garbage', answer: `r.writeHead(200,{${json}});r.end('}{')`, says: /./ },
    { title: 'nothing', answer: '', says: /./ },
  ]
  for (const { title, answer, says } of impostors) {
    test(`another server on :3000 that answers ${title}`, async () => {
      // Each takes the place of the one before; the service itself comes back once, at the end.
      await inHost(
        'alpha',
        `systemctl stop opencode-acp ops-test-fake 2>/dev/null; systemctl reset-failed ops-test-fake 2>/dev/null; systemd-run --quiet --unit=ops-test-fake --collect /opt/ops/node_modules/.bin/node -e "require('http').createServer((q,r)=>{${answer}}).listen(3000,'127.0.0.1')"`,
      )
      await eventually('the other server', async () => {
        await inHost('alpha', 'ss -Hltn "sport = :3000" | grep -q 3000')
        return true
      })
      const result = await only('availability')
      assert.equal(result.code, 2)
      const handshake = find(result, 'alpha', 'acp.handshake')
      assert.equal(handshake.verdict, 'fail')
      assert.match(handshake.summary, says)
    })
  }
})

describe('the check itself', () => {
  test('leaves no connection open and spawns no agent for its handshakes', async () => {
    await untilAvailable('alpha')
    const gauge = async (name: string) =>
      Number(
        (await inHost('alpha', `curl -s http://127.0.0.1:3000/metrics | grep -E '^${name}' | head -1`))
          .split(' ')
          .at(-1),
      )
    const spawned = await gauge('opencode_acp_agent_processes_spawned_total')
    const result = await only('availability')
    assert.equal(result.code, 0)
    assert.ok((await gauge('opencode_acp_agent_processes_spawned_total')) - spawned <= 2)
    assert.notEqual(find(result, 'alpha', 'acp.connections').verdict, 'warn')
  })
})
