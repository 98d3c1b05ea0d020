/**
 * Fixes of alpha from their registration to the end of their watch: tested on gamma, which is woken for it, a configuration and
 * a version of the agent; what is taken back by itself, and what people roll back.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Incident, IncidentChange } from '../../domain/incident/incident.ts'
import { eventually, inHost, ops, sandbox, untilAvailable } from '../support/live.ts'
import { agentPrograms, askAgent } from '../support/live-agent.ts'

const CONFIGURATION = '/etc/opencode/opencode.json'
/** Another one than the one that is installed. */
const VERSION = '1.18.32'
const RELEASES = '/opt/opencode/releases'
const ENDED = ['done', 'refused', 'failed', 'reverted', 'cancelled']

describe('a fix', () => {
  let folder: string
  let incident: string
  let original: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ops-fix-test-'))
    original = await inHost('alpha', `cat ${CONFIGURATION}`)
    const declared = await said(
      'incident',
      'declare',
      'high',
      `live fix ${Date.now()}`,
      'hosts=alpha',
      '--as',
      'ana',
      '--json',
    )
    incident = `INC-${(JSON.parse(declared) as Incident).number}`
    await said('incident', 'ack', incident, '--as', 'ana')
  })
  after(async () => {
    await rm(folder, { recursive: true, force: true })
    const text = Buffer.from(`${original}\n`).toString('base64')
    await inHost(
      'alpha',
      `echo ${text} | base64 -d > ${CONFIGURATION}; rm -f ${CONFIGURATION}.*; systemctl restart opencode-acp`,
    )
    await untilAvailable('alpha')
    await said('incident', 'false-alarm', incident, 'it was a test', '--as', 'ana')
  })

  async function said(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await ops(args)
    assert.equal(code, 0, `ops ${args.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }

  async function register(source: object | string, ...more: readonly string[]): Promise<string> {
    const file = join(folder, 'patch.json')
    if (typeof source === 'object') await writeFile(file, JSON.stringify(source))
    const what = typeof source === 'object' ? file : source
    const ci = ['--ci', 'passed', '--ci-url', 'https://ci.example.test/1']
    const answer = await said('fix', 'register', what, '--title', 'live test', ...ci, ...more, '--as', 'ben', '--json')
    return (JSON.parse(answer) as { readonly name: string }).name
  }

  async function lastChange(): Promise<IncidentChange> {
    const { changes } = JSON.parse(await said('incident', 'show', incident, '--json')) as Incident
    const last = changes.at(-1)
    assert.ok(last !== undefined)
    return last
  }

  /** Asks for it, has ben approve it, and answers with the plan that ben saw. */
  const deploy = (fix: string) => approved('fix', incident, 'alpha', fix)

  async function approved(...change: readonly string[]): Promise<string> {
    const { changes } = JSON.parse(await said('incident', 'show', incident, '--json')) as Incident
    await said('incident', ...change, '--as', 'ana')
    await eventually('the change', async () => ((await lastChange()).number > changes.length ? true : undefined))
    const asked = await eventually(
      'the question',
      async () => {
        const change = await lastChange()
        return change.state === 'awaiting-approval' || ENDED.includes(change.state) ? change : undefined
      },
      300,
    )
    const approvalId = /APR-[0-9A-F]+/.exec(asked.outcome ?? '')?.[0]
    assert.ok(asked.state === 'awaiting-approval' && approvalId !== undefined, `${asked.state}: ${asked.outcome}`)
    const plan = await said('approvals')
    await said('approve', approvalId, '--reason', 'tested', '--as', 'ben')
    return plan
  }

  const ended = () =>
    eventually(
      'the end of the fix',
      async () => {
        const change = await lastChange()
        return ENDED.includes(change.state) ? change : undefined
      },
      180,
    )
  const share = () => inHost('alpha', `grep '"share"' ${CONFIGURATION}`)

  test('is tested on gamma, approved, deployed on alpha, watched; and gamma sleeps again', async () => {
    const patch = { share: 'manual', default_agent: 'plan' }
    const fix = await register(patch, '--check', 'config:share="manual"', '--watch', '5s')
    assert.equal((await askAgent('alpha')).mode, 'build')
    const plan = await deploy(fix)
    assert.match(plan, /test of FIX-\w+ on gamma passed/)
    assert.match(plan, /Before, on gamma, .*"disabled"/)
    assert.match(plan, /suite passes: 5 handshakes.*a session with version/)
    assert.match(plan, /share: "disabled" becomes "manual"/)
    const { state, outcome } = await ended()
    assert.equal(state, 'done', outcome ?? '')
    assert.match(outcome ?? '', /Verified after 5 s/)
    assert.match(await share(), /"manual"/)
    await untilAvailable('alpha')
    assert.equal((await askAgent('alpha')).mode, 'plan', 'the running service goes by it')
    await eventually('gamma asleep', async () => (/gamma +off/.test(await sandbox('status')) ? true : undefined))
    const { stdout } = await ops(['ledger', 'list', '--json'])
    const { events } = JSON.parse(stdout) as { readonly events: readonly { kind: string; target: string }[] }
    for (const target of ['alpha', 'gamma']) {
      assert.ok(
        events.some(event => event.kind === 'planned-restart' && event.target === target),
        target,
      )
    }
  })

  test('of a version is what runs on alpha afterwards, and is rolled back as the last deploy', async () => {
    const { version: installed } = await askAgent('alpha')
    assert.notEqual(installed, VERSION)
    const fix = await register(`opencode-ai@${VERSION}`, '--watch', '5s')
    const plan = await deploy(fix)
    assert.match(plan, new RegExp(`Before, on gamma, .*reports version ${installed}`))
    assert.match(plan, new RegExp(`deploy opencode-ai ${VERSION} on alpha`))
    const deployed = await ended()
    assert.equal(deployed.state, 'done', deployed.outcome ?? '')
    assert.equal((await askAgent('alpha')).version, VERSION)
    const programs = await agentPrograms('alpha')
    assert.ok(programs.length > 0 && programs.every(one => one.startsWith(`${RELEASES}/${VERSION}-`)), `${programs}`)
    assert.equal(await inHost('alpha', `HOME=/tmp ${programs[0]} --version`), VERSION)

    const back = await approved('workaround', incident, 'rollback', 'alpha')
    assert.match(back, new RegExp(`roll back the last deploy on alpha: .* instead of opencode-ai ${VERSION}-`))
    const rolled = await ended()
    assert.equal(rolled.state, 'done', rolled.outcome ?? '')
    assert.equal((await askAgent('alpha')).version, installed)
    const own = await agentPrograms('alpha')
    assert.ok(own.length > 0 && !own.some(one => one.startsWith(RELEASES)), `${own}`)
    assert.match(await share(), /"manual"/, 'the configuration that was deployed before it stays')
  })

  test('is taken back when the service goes down within the watch', async () => {
    const fix = await register({ share: 'auto' }, '--check', 'config:share="auto"', '--watch', '60s')
    await deploy(fix)
    await eventually('the watch', async () =>
      /It is watched for/.test((await lastChange()).outcome ?? '') ? true : undefined,
    )
    await inHost('alpha', 'systemctl stop opencode-acp')
    const { state, outcome } = await ended()
    assert.equal(state, 'reverted', outcome ?? '')
    assert.match(outcome ?? '', /within the watch the service is not well.*Taken back/)
    assert.match(await share(), /"manual"/)
    await untilAvailable('alpha')
  })

  test('whose fault is not on staging is not deployed', async () => {
    const fix = await register({ autoupdate: null }, '--check', 'config:snapshot=false', '--watch', '5s')
    await said('incident', 'fix', incident, 'alpha', fix, '--as', 'ana')
    const { state, outcome } = await ended()
    assert.equal(state, 'refused')
    assert.match(outcome ?? '', /holds on gamma without the fix/)
    assert.match(await inHost('alpha', `cat ${CONFIGURATION}`), /"autoupdate"/)
  })
})
