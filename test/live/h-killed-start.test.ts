/** `npm start` dies by SIGKILL: the next start ends exactly what it left, comes up, and leaves nothing itself. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { execa } from 'execa'
import { nameEstate } from '../../sandbox/estate/name.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const NAME = 'killed-test'
const plan = nameEstate(NAME, ROOT)

after(() => rmSync(plan.folder, { recursive: true, force: true }))

/** Machines and servers only: what a killed start leaves behind is theirs. */
async function start(): Promise<ChildProcess> {
  const args = ['sandbox/main.ts', '--name', NAME, '--bare', '--temporal', 'pinned', '--no-traffic']
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout === null) throw new Error('no output')
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('Running.')) return child
  throw new Error('the estate did not come up')
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

test('killed, started again, stopped: nothing is left', async () => {
  const killed = await start()
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  assert.notDeepEqual(await whatIsLeft(), [])

  const second = await start()
  second.kill('SIGINT')
  await once(second, 'exit')
  assert.deepEqual(await whatIsLeft(), [])
})
