/** The hottest processes of the host: a look at all of /proc, a second's wait, another look (I2.1b). */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { OpsError } from '../../domain/failures.ts'
import type { ProcessRow } from '../../domain/incident/evidence.ts'
import { redact } from '../../domain/redact.ts'
import { processTimes, TICKS_PER_SECOND } from './procfs.ts'

const WINDOW_MS = 1_000
const MOST_COMMAND = 300

export interface HottestProcesses {
  readonly processes: number
  readonly hottest: readonly ProcessRow[]
}

/** The `size` hottest by CPU over a second; equally hot ones by their memory. */
export async function readHottest(size: number, signal?: AbortSignal): Promise<HottestProcesses> {
  const before = await ticksOfAll()
  const start = performance.now()
  await sleep(WINDOW_MS, undefined, { signal })
  const after = await ticksOfAll()
  const seconds = (performance.now() - start) / 1_000
  const used = [...after].map(([pid, now]) => {
    const earlier = before.get(pid)
    // A number that was given away anew belongs to a process that is younger than the window.
    const base = earlier?.startTicks === now.startTicks ? earlier.ticks : 0
    return { pid, cpuPercent: (100 * (now.ticks - base)) / TICKS_PER_SECOND / seconds, rssBytes: now.rssBytes }
  })
  const [users, hottest] = [
    await userNames(),
    used.toSorted((a, b) => b.cpuPercent - a.cpuPercent || b.rssBytes - a.rssBytes).slice(0, size),
  ]
  const rows = await Promise.all(hottest.map(async row => ({ ...row, ...(await describe(row.pid, users)) })))
  return { processes: after.size, hottest: rows.map(row => ({ ...row, cpuPercent: Math.round(row.cpuPercent) })) }
}

/** How often the kernel killed a process for want of memory since it booted; null where it does not count. */
export async function readOomKills(): Promise<number | null> {
  const text = await readFile('/proc/vmstat', 'utf8').catch(() => '')
  const match = /^oom_kill (\d+)$/m.exec(text)
  return match === null ? null : Number(match[1])
}

interface Ticks {
  readonly startTicks: number
  readonly ticks: number
  readonly rssBytes: number
}

async function ticksOfAll(): Promise<ReadonlyMap<number, Ticks>> {
  const pids = (await readdir('/proc').catch(noProc)).filter(name => /^\d+$/.test(name)).map(Number)
  const all = await Promise.all(pids.map(async pid => [pid, await ticksOf(pid)] as const))
  return new Map(all.flatMap(([pid, ticks]) => (ticks === null ? [] : [[pid, ticks] as const])))
}

/** Null for a process that has ended meanwhile. */
async function ticksOf(pid: number): Promise<Ticks | null> {
  const stat = await readOrNull(`/proc/${pid}/stat`)
  if (stat === null) return null
  const { startTicks, ownTicks } = processTimes(stat)
  const pages = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[21])
  return { startTicks, ticks: ownTicks, rssBytes: pages * 4_096 }
}

async function describe(
  pid: number,
  users: ReadonlyMap<string, string>,
): Promise<Pick<ProcessRow, 'user' | 'command'>> {
  const [line, status] = await Promise.all([readOrNull(`/proc/${pid}/cmdline`), readOrNull(`/proc/${pid}/status`)])
  const uid = /^Uid:\s+(\d+)/m.exec(status ?? '')?.[1] ?? ''
  const name = /^Name:\s+(.+)$/m.exec(status ?? '')?.[1] ?? 'ended'
  const words = (line ?? '')
    .replaceAll('\0', ' ')
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
  // A kernel thread has no command line.
  return { user: users.get(uid) ?? uid, command: redact(words === '' ? `[${name}]` : words).slice(0, MOST_COMMAND) }
}

/** Local accounts only; the number of anybody else says enough. */
async function userNames(): Promise<ReadonlyMap<string, string>> {
  const text = (await readOrNull('/etc/passwd')) ?? ''
  return new Map(
    text.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
      const [name, , uid] = line.split(':')
      return name === undefined || uid === undefined ? [] : [[uid, name]]
    }),
  )
}

async function readOrNull(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').catch(() => null)
}

function noProc(cause: unknown): never {
  throw new OpsError({ owner: 'host', message: 'cannot read /proc', hint: 'Is /proc mounted?' }, { cause })
}
