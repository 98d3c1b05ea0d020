/** New rules come to the Prometheus of the estate by proposal and approval; what somebody edited meanwhile is left alone. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPrometheus } from '../../activities/adapters/prometheus.ts'
import type { Gate } from '../../domain/approvals/approval.ts'
import { estateEnvironment, eventually, ops, sandbox } from '../support/live.ts'
import { estateAddress, INCIDENTS, incidentNow, presses, told, untilQuestion } from '../support/live-response.ts'

const FRESH = `  - name: live-test
    rules:
      - alert: LiveTest
        expr: vector(1) > 2
        labels: { severity: warning }
`
const TESTS = `rule_files: [whatever.yml]
tests:
  - interval: 1m
    promql_expr_test: [{ expr: vector(1) > 2, eval_time: 1m, exp_samples: [] }]
    alert_rule_test: [{ eval_time: 1m, alertname: LiveTest, exp_alerts: [] }]
`

interface Proposed {
  readonly approvalId: string | null
  readonly result: { readonly state: string; readonly outcome: string } | null
}

describe('new rules for Prometheus', () => {
  let folder: string
  let former: string
  let incident: string
  // As the paths of the sandbox have it; the estate's folder is that of its estate file.
  const estate = dirname(estateEnvironment().OPS_ESTATE ?? '')
  const file = join(estate, 'monitoring', 'opencode-acp.rules.yml')
  const prometheus = createPrometheus(`http://${estateAddress()}:9090`)

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ops-monitoring-test-'))
    former = await readFile(file, 'utf8')
    await writeFile(join(folder, 'fresh.test.yml'), TESTS)
    const title = `live monitoring ${Date.now()}`
    const declared = await told('ana', 'incident', 'declare', 'medium', title, 'hosts=alpha', '--json')
    incident = `INC-${(JSON.parse(declared) as { readonly number: number }).number}`
  })
  after(async () => {
    await rm(folder, { recursive: true, force: true })
    await writeFile(file, former)
    await prometheus.reload()
    await told('ana', 'incident', 'false-alarm', incident, 'it was a test')
  })

  async function propose(rules: string, ...more: readonly string[]) {
    await writeFile(join(folder, 'rules.yml'), rules)
    const files = [join(folder, 'rules.yml'), '--tests', join(folder, 'fresh.test.yml')]
    return await ops(['monitoring', 'propose', ...files, '--reason', 'live test', ...more, '--as', 'ana', '--json'])
  }

  async function asked(rules: string, ...more: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await propose(rules, ...more)
    assert.equal(code, 0, stdout + stderr)
    const { approvalId, result } = JSON.parse(stdout) as Proposed
    assert.ok(approvalId !== null, JSON.stringify(result))
    return approvalId
  }

  const ended = () =>
    eventually('the end of the update', async () => {
      const { stdout } = await ops(['show', 'change:monitoring', '--json'])
      const { status, outcome } = JSON.parse(stdout) as { readonly status: string; readonly outcome?: unknown }
      return status === 'running' ? undefined : JSON.stringify(outcome)
    })
  const inForce = async (name: string) => (await prometheus.rules()).find(rule => rule.name === name)

  test('that promtool refuses are refused at the door', async () => {
    const { code, stderr } = await propose(`${former}${FRESH.replace('> 2', '> > 2')}`)
    assert.equal(code, 64, stderr)
    assert.match(stderr, /promtool refuses these rules/)
    const failing = await propose(`${former}${FRESH.replace('> 2', '> 0')}`)
    assert.equal(failing.code, 64, failing.stderr)
    assert.match(failing.stderr, /unit tests of these rules fail/)
    assert.equal(await readFile(file, 'utf8'), former)
  })

  test('are asked for in the chat, approved, put in, seen in force, and in the timeline', async () => {
    const changed = former.replace(/(alert: ServiceDown\n\s+expr: [^\n]+\n\s+for: )10s/, '$115s')
    assert.notEqual(changed, former)
    const approvalId = await asked(`${changed}${FRESH}`, '--incident', incident)
    const { approvals } = JSON.parse((await ops(['approvals', '--json'])).stdout) as { readonly approvals: Gate[] }
    const gate = approvals.find(one => one.approvalId === approvalId)
    assert.deepEqual(gate?.request.plan.steps.slice(1), [
      'changed: alert ServiceDown (opencode-acp-availability): for 10s becomes 15s',
      'added: alert LiveTest (live-test): vector(1) > 2; label severity warning',
    ])
    const { ts } = await untilQuestion('ben', approvalId)
    assert.equal(await inForce('LiveTest'), undefined)

    assert.equal((await presses('ben', 'Approve', { channel: INCIDENTS, ts })).word, 'ok')
    assert.match(await ended(), /1 added, 1 changed: all \d+ rules are in force/)
    assert.equal((await inForce('LiveTest'))?.group, 'live-test')
    assert.equal(await readFile(file, 'utf8'), `${changed}${FRESH}`)
    const notes = await eventually('the line of the end', async () => {
      const texts = (await incidentNow(incident)).timeline.map(({ text }) => text)
      return texts.some(text => /^done: new rules for Prometheus/.test(text)) ? texts : undefined
    })
    assert.ok(notes.some(text => text.includes(`waits for a decision: ${approvalId}`)))
  })

  test('are not put over a file that was edited after the question', async () => {
    const approvalId = await asked(former)
    const edited = `${await readFile(file, 'utf8')}# by hand\n`
    await writeFile(file, edited)
    await told('ben', 'approve', approvalId, '--reason', 'tested')
    assert.match(await ended(), /has changed meanwhile/)
    assert.equal(await readFile(file, 'utf8'), edited)
    assert.equal((await inForce('LiveTest'))?.group, 'live-test')
  })

  test('are put in once when the control plane is killed as it has replaced the file', async () => {
    const now = (await readFile(file, 'utf8')).replace('# by hand\n', '')
    const approvalId = await asked(now)
    await told('ben', 'approve', approvalId, '--reason', 'tested')
    const { pid } = JSON.parse(await readFile(join(estate, 'run', 'control-plane.json'), 'utf8')) as { pid: number }
    for (const end = Date.now() + 30_000; (await readFile(file, 'utf8')) !== now && Date.now() < end; ) await sleep(2)
    process.kill(pid, 'SIGKILL')
    assert.equal(await readFile(file, 'utf8'), now)
    await sandbox('start', 'control-plane')
    assert.match(await ended(), /all \d+ rules are in force/)
    assert.equal(await readFile(file, 'utf8'), now)
  })
})
