/** What the kernel says under /proc: memory and its pressure, load, boot. In a container most of it is the machine's. */
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadFacts, MemoryFacts } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'

/** The unit of /proc/PID/stat; the kernel shows 100 to all programs, whatever it counts itself. */
export const TICKS_PER_SECOND = 100

const BOOT_ID = '/proc/sys/kernel/random/boot_id'

/**
 * Changes with every boot. A container has one of its own, mounted over the machine's; a hardened unit
 * (ProtectKernelTunables) sees the machine's again, so process 1 is asked for what it sees.
 */
export async function readBootId(): Promise<string> {
  const text = await readFile(`/proc/1/root${BOOT_ID}`, 'utf8').catch(() => read(BOOT_ID))
  return text.trim()
}

/** Seconds since this host's process 1 was started: /proc/uptime alone is the machine's, also inside a container. */
export async function readUpSeconds(): Promise<number> {
  const [uptime, first] = await Promise.all([read('/proc/uptime'), read('/proc/1/stat')])
  return Math.max(0, Number.parseFloat(uptime) - processTimes(first).startTicks / TICKS_PER_SECOND)
}

/** Takes a second, to see pages coming in from swap. */
export async function readMemory(signal?: AbortSignal): Promise<MemoryFacts> {
  const before = swapIns(await read('/proc/vmstat'))
  const start = performance.now()
  await sleep(1_000, undefined, { signal })
  const [meminfo, vmstat, pressure] = await Promise.all([
    read('/proc/meminfo'),
    read('/proc/vmstat'),
    readFile('/proc/pressure/memory', 'utf8').catch(() => ''),
  ])
  const after = swapIns(vmstat)
  const seconds = (performance.now() - start) / 1_000
  return {
    ...memoryOf(meminfo),
    pressureAvg60: pressureOf(pressure),
    swapInPerSecond: before === null || after === null ? null : (after - before) / seconds,
  }
}

export async function readLoad(): Promise<LoadFacts> {
  const [load1, load5] = (await read('/proc/loadavg')).split(' ').map(Number)
  if (load1 === undefined || load5 === undefined || Number.isNaN(load1 + load5)) throw notUnderstood('/proc/loadavg')
  return { load1, load5, cores: availableParallelism() }
}

/** Used is what is neither free nor quickly reclaimed: 1 - MemAvailable/MemTotal (A1.2). */
export function memoryOf(meminfo: string): Pick<MemoryFacts, 'totalBytes' | 'availableBytes' | 'usedPercent'> {
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1])
  const total = kilobytes('MemTotal')
  const available = kilobytes('MemAvailable')
  if (!(total > 0) || Number.isNaN(available)) throw notUnderstood('/proc/meminfo')
  return { totalBytes: total * 1_024, availableBytes: available * 1_024, usedPercent: 100 * (1 - available / total) }
}

/** `some avg60`; null where the kernel has no pressure information. */
export function pressureOf(text: string): number | null {
  const match = /^some .*\bavg60=(\d+(?:\.\d+)?)/m.exec(text)
  return match === null ? null : Number(match[1])
}

/** Pages swapped in since boot. */
function swapIns(vmstat: string): number | null {
  const match = /^pswpin (\d+)$/m.exec(vmstat)
  return match === null ? null : Number(match[1])
}

export interface ProcessTimes {
  readonly parent: number
  readonly startTicks: number
  /** User and system time of the process itself. */
  readonly ownTicks: number
  /** The same of its children that have ended and were waited for. */
  readonly childTicks: number
}

/** Fields of /proc/PID/stat. The name in it may hold spaces and brackets, so counting begins behind its last bracket. */
export function processTimes(stat: string): ProcessTimes {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  const times = {
    parent: field(4),
    startTicks: field(22),
    ownTicks: field(14) + field(15),
    childTicks: field(16) + field(17),
  }
  if (Object.values(times).some(Number.isNaN)) throw notUnderstood('/proc/PID/stat')
  return times
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new OpsError({ owner: 'host', message: `cannot read ${path}`, hint: 'Is /proc mounted?' }, { cause })
  }
}

function notUnderstood(path: string): OpsError {
  return new OpsError({ owner: 'tool', message: `${path} was not understood`, hint: `Look at ${path} by hand.` })
}
