/** `npm start` dies by SIGKILL: the next start ends exactly what it left, comes up, checks, and leaves nothing itself. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { execa } from 'execa'
import { supervisorRecord } from '../../sandbox/estate/leftovers.ts'
import { nameEstate } from '../../sandbox/estate/name.ts'
import { pathsOf } from '../../sandbox/estate/paths.ts'
import { isAlive } from '../../sandbox/estate/proc.ts'
import { liveRecord } from '../../sandbox/estate/records.ts'
import { eventually } from '../support/live.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const NAME = 'killed-test'
const plan = nameEstate(NAME, ROOT)

/** Also when the test failed halfway. */
after(() => execa(process.execPath, ['sandbox/cli.ts', '--name', NAME, 'reset'], { cwd: ROOT }))

/** As `npm start` does it. */
function start(...options: readonly string[]): ChildProcess {
  const args = ['sandbox/boot.mjs', 'start', '--name', NAME, '--temporal', 'pinned', ...options]
  return spawn('node', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
}

/** The lines that it prints, up to the first one that begins with `end`, or to its own end. */
async function output({ stdout }: ChildProcess, end?: string): Promise<readonly string[]> {
  assert.ok(stdout !== null)
  const lines: string[] = []
  for await (const line of createInterface({ input: stdout })) {
    lines.push(line)
    if (end !== undefined && line.startsWith(end)) return lines
  }
  if (end !== undefined) assert.fail(`it ended before "${end}":\n${lines.join('\n')}`)
  return lines
}

async function whatIsLeft(): Promise<readonly string[]> {
  const [{ stdout: mounts }, { stdout: links }, { stdout: loops }, { stdout: processes }] = await Promise.all([
    execa('cat', ['/proc/mounts']),
    execa('ip', ['-o', 'link']),
    execa('losetup', ['-a']),
    execa('ps', ['-eo', 'pid,args']),
  ])
  const marks = [plan.folder, plan.bridge, plan.runtime, plan.hosts.alpha.machine, plan.hosts.beta.machine]
  return [mounts, links, loops, processes]
    .flatMap(text => text.split('\n'))
    .filter(line => marks.some(mark => line.includes(mark)))
}

test('killed, started again with --once: it gives a verdict and nothing is left', async () => {
  const killed = start('--fresh')
  await output(killed, 'Running.')
  const supervisor = liveRecord(pathsOf(plan).run, supervisorRecord)
  assert.ok(supervisor)
  // The supervisor first: it would end in order when it sees the end of who started it.
  process.kill(supervisor.pid, 'SIGKILL')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  await eventually('the end of the supervisor', async () => (isAlive(supervisor) ? undefined : true))
  assert.notDeepEqual(await whatIsLeft(), [])

  const second = start('--once')
  const ended = once(second, 'exit')
  const lines = await output(second)
  const [code] = await ended
  assert.ok(code === 0 || code === 1, `exit ${code}\n${lines.join('\n')}`)
  const said = lines.find(line => line.startsWith('Morning health check: '))
  assert.match(said ?? '', /: (ok|warn) \(alpha (ok|warn), beta (ok|warn)\)/)
  assert.deepEqual(await whatIsLeft(), [])
})
