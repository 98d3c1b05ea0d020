/**
 * What a whole service uses: all processes of its unit, not its main one (D1.4). Memory is PSS, which counts a page that
 * several share once; CPU is what was used during a window by those that stayed, came and went.
 */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { UsageFacts } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'
import { cpuTicksBetween, type Sample } from './cgroup.cpu.ts'
import { processTimes, TICKS_PER_SECOND } from './procfs.ts'
import { showUnit } from './systemd.ts'

/** Short enough to see most processes that come and go within the window. */
const SAMPLE_MS = 500

/** Watches a unit for a window. Throws OpsError when it has no process. */
export async function measureUnit(unit: string, windowSeconds: number, signal?: AbortSignal): Promise<UsageFacts> {
  const before = await unitState(unit, signal)
  const start = performance.now()
  const ticks = await watchTicks(before.path, windowSeconds * 1_000, signal)
  const after = await unitState(unit, signal)
  const seconds = (performance.now() - start) / 1_000
  const accounted = (after.cpuNanoseconds - before.cpuNanoseconds) / 1e9
  // Where systemd counts CPU itself it misses nobody; inside containers it often does not count (T05).
  const cpuSeconds = accounted >= 0 ? accounted : ticks / TICKS_PER_SECOND
  const memory = await readMemory(await processesOf(after.path), after.memoryBytes)
  if (memory.processes === 0) throw noProcess(unit)
  return { ...memory, cpuPercent: (100 * cpuSeconds) / seconds, windowSeconds: seconds }
}

interface UnitState {
  readonly path: string
  /** NaN when systemd does not account. */
  readonly cpuNanoseconds: number
  readonly memoryBytes: number
}

async function unitState(unit: string, signal: AbortSignal | undefined): Promise<UnitState> {
  const names = 'ControlGroup,CPUUsageNSec,MemoryCurrent'
  const properties = await showUnit(unit, names, signal === undefined ? {} : { signal })
  const path = properties.get('ControlGroup') ?? ''
  if (path === '') throw noProcess(unit)
  const count = (name: string): number => {
    const text = properties.get(name) ?? ''
    // The largest 64-bit number stands for "not known".
    return /^\d{1,18}$/.test(text) ? Number(text) : Number.NaN
  }
  return { path, cpuNanoseconds: count('CPUUsageNSec'), memoryBytes: count('MemoryCurrent') }
}

async function watchTicks(path: string, windowMs: number, signal: AbortSignal | undefined): Promise<number> {
  const end = performance.now() + windowMs
  let previous = await sampleOf(path)
  let ticks = 0
  for (let left = windowMs; left > 0; left = end - performance.now()) {
    await sleep(Math.min(SAMPLE_MS, left), undefined, { signal })
    const next = await sampleOf(path)
    ticks += cpuTicksBetween(previous, next)
    previous = next
  }
  return ticks
}

async function sampleOf(path: string): Promise<Sample> {
  const pids = await processesOf(path)
  const atTicks = Number.parseFloat(await readFile('/proc/uptime', 'utf8')) * TICKS_PER_SECOND
  const stats = await Promise.all(pids.map(async pid => ({ pid, stat: await readOrNull(`/proc/${pid}/stat`) })))
  const processes = stats.flatMap(({ pid, stat }) => (stat === null ? [] : [{ pid, ...processTimes(stat) }]))
  return { atTicks, processes: new Map(processes.map(process => [process.pid, process])) }
}

/**
 * Numbers of all processes in a control group and those below it. Asking each process for its group, instead of each
 * group for its processes, needs no guess about where cgroup v1, v2 or a hybrid of both is mounted.
 */
export async function processesOf(path: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const members = await Promise.all(
    pids.map(async pid => isMember((await readOrNull(`/proc/${pid}/cgroup`)) ?? '', path)),
  )
  return pids.filter((_pid, index) => members[index]).map(Number)
}

/** systemd's own hierarchy is `name=systemd` on v1 and hybrid, and number 0 on v2. */
export function isMember(cgroups: string, path: string): boolean {
  return cgroups.split('\n').some(line => {
    const [number, controllers, ...rest] = line.split(':')
    if (controllers !== 'name=systemd' && number !== '0') return false
    const own = rest.join(':')
    return own === path || own.startsWith(`${path}/`)
  })
}

type Memory = Pick<UsageFacts, 'processes' | 'memoryBytes' | 'largestProcessBytes' | 'memorySource'>

async function readMemory(pids: readonly number[], accountedBytes: number): Promise<Memory> {
  const texts = await Promise.all(pids.map(pid => readOrNull(`/proc/${pid}/smaps_rollup`)))
  const shares = texts.flatMap(text => kilobytes(text, 'Pss'))
  if (shares.length > 0) return totalOf(shares, 'pss')
  const resident = await Promise.all(pids.map(pid => readOrNull(`/proc/${pid}/status`)))
  const sizes = resident.flatMap(text => kilobytes(text, 'VmRSS'))
  if (sizes.length > 0) return totalOf(sizes, 'rss')
  if (Number.isNaN(accountedBytes)) return totalOf([], 'rss')
  const processes = pids.length
  return { processes, memoryBytes: accountedBytes, largestProcessBytes: accountedBytes, memorySource: 'cgroup' }
}

function totalOf(sizes: readonly number[], memorySource: string): Memory {
  const memoryBytes = sizes.reduce((sum, size) => sum + size, 0)
  return { processes: sizes.length, memoryBytes, largestProcessBytes: Math.max(0, ...sizes), memorySource }
}

function kilobytes(text: string | null, name: string): readonly number[] {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text ?? '')
  return match === null ? [] : [Number(match[1]) * 1_024]
}

/** Null for a process that has ended meanwhile or is not ours to look at. */
async function readOrNull(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').catch(() => null)
}

function noProcess(unit: string): OpsError {
  const hint = `Start ${unit}, or correct service.unit in the estate file.`
  return new OpsError({ owner: 'host', message: `the unit ${unit} has no process`, hint })
}
