import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Problem } from '../../../sandbox/estate/problem.ts'
import { isAlive } from '../../../sandbox/estate/proc.ts'
import { type Child, childReady, startChild } from '../../../sandbox/estate/processes.ts'
import { readRecord } from '../../../sandbox/estate/records.ts'
import { Services } from '../../../sandbox/estate/services.ts'

let folders = { run: '', logs: '' }
before(() => {
  const folder = mkdtempSync(join(tmpdir(), 'children-'))
  folders = { run: join(folder, 'run'), logs: join(folder, 'logs') }
})
after(() => rmSync(join(folders.run, '..'), { recursive: true }))

const sleeper = { name: 'sleeper', command: 'sleep', args: ['60'] }

test('a child is on record from its first moment until its end', async () => {
  const child = await startChild(folders, sleeper)
  assert.equal(readRecord(folders.run, 'sleeper')?.pid, child.pid)
  await child.stop(5000)
  assert.equal(await child.ended, 'signal SIGTERM')
  assert.equal(readRecord(folders.run, 'sleeper'), undefined)
})

test('a child that does not listen is killed when its time is over', async () => {
  const child = await startChild(folders, {
    name: 'deaf',
    command: 'sh',
    args: ['-c', 'trap "" TERM; echo up; while :; do sleep 1; done'],
  })
  await childReady(child, async () => readFileSync(child.log, 'utf8').includes('up'), 5000)
  await child.stop(100)
  assert.equal(isAlive(child), false)
})

test('a child that ends while it starts is told with the end of its log, at once', async () => {
  const child = await startChild(folders, { name: 'broken', command: 'sh', args: ['-c', 'echo no such luck; exit 3'] })
  await assert.rejects(
    childReady(child, async () => false, 60_000),
    (error: unknown) => error instanceof Problem && /exit code 3.*no such luck/s.test(error.message),
  )
})

test('a program that is not there is told by name', async () => {
  await assert.rejects(
    startChild(folders, { name: 'ghost', command: '/nowhere/ghost', args: [] }),
    /ghost could not be started/,
  )
})

test('credentials that happen to be in our environment are not handed on', async () => {
  process.env.SOME_TOKEN = 'planted'
  const child = await startChild(folders, { name: 'nosy', command: 'env', args: [] })
  await child.ended
  assert.equal(readFileSync(child.log, 'utf8').includes('planted'), false)
  delete process.env.SOME_TOKEN
})

test('a service is killed and started again; only an end of its own is news', async () => {
  const news: string[] = []
  const services = new Services(folders, name => news.push(name))
  await services.add({ spec: sleeper, ready: async () => {}, stopWithinMs: 5000 })
  const pid = services.status()[0]?.pid
  await services.kill('sleeper')
  assert.equal(services.status()[0]?.state, 'down')
  await services.start('sleeper')
  const again = services.status()[0]?.pid
  assert.ok(again !== undefined && again !== null && again !== pid)
  assert.deepEqual(news, [])
  process.kill(again, 'SIGKILL')
  while (services.status()[0]?.state === 'up') await new Promise(resolve => setTimeout(resolve, 10))
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.deepEqual(news, ['sleeper'])
  await services.stop('sleeper')
  await assert.rejects(services.kill('nothing'), /there is no service 'nothing'/)
})

test('two who ask for the same service at once get one', async () => {
  const births = join(folders.run, '..', 'births')
  const services = new Services(folders, () => {})
  const spec = { name: 'twin', command: 'sh', args: ['-c', `echo born >> ${births}; exec sleep 60`] }
  const ready = async (child: Child) => {
    await childReady(child, async () => readFileSync(births, 'utf8').includes('born'), 5000)
  }
  await services.add({ spec, ready, stopWithinMs: 5000 })
  await services.kill('twin')
  writeFileSync(births, '')
  await Promise.all([services.start('twin'), services.start('twin')])
  assert.equal(readFileSync(births, 'utf8'), 'born\n')
  await services.stop('twin')
})
