/** What Debian's package manager did, from its own history with its rotated files. Its times are the host's local ones. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { OpsError } from '../../domain/failures.ts'
import type { HostChange } from '../../domain/incident/evidence.ts'

export const APT_LOG_FOLDER = '/var/log/apt'

const MOST_BYTES = 16 * 1_048_576
/** Packages named of one transaction. */
const MOST_NAMES = 8

/** Transactions since a time in milliseconds; empty on a host without apt, which has no such folder. */
export async function readAptHistory(since: number, folder = APT_LOG_FOLDER): Promise<readonly HostChange[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw notReadable(folder, cause)
  })
  const files = names.filter(name => /^history\.log(?:\.\d+(?:\.gz)?)?$/.test(name)).map(name => join(folder, name))
  const texts = await Promise.all(files.map(file => readHistory(file, since)))
  return texts.flatMap(aptTransactions).filter(({ at }) => Date.parse(at) > since)
}

/** Nothing of interest is in a file that was last written before. */
async function readHistory(file: string, since: number): Promise<string> {
  try {
    if ((await stat(file)).mtimeMs < since) return ''
    const bytes = await readFile(file)
    const text = file.endsWith('.gz') ? await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES }) : bytes
    return text.toString('utf8')
  } catch (cause) {
    // Rotated away between the list and the look.
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return ''
    throw notReadable(file, cause)
  }
}

/** One change for each action of each transaction: "Upgrade: curl 7.88 → 7.89, …". Its command line is left out. */
export function aptTransactions(text: string): readonly HostChange[] {
  return text.split(/\n\s*\n/).flatMap((block): readonly HostChange[] => {
    const started = /^Start-Date: (\d{4}-\d\d-\d\d) +(\d\d:\d\d:\d\d)$/m.exec(block)
    if (started === null) return []
    const at = new Date(`${started[1]}T${started[2]}`).toISOString()
    const actions = [...block.matchAll(/^(Install|Upgrade|Downgrade|Remove|Purge|Reinstall): (.+)$/gm)]
    return actions.map(([, action = '', list = '']) => ({ at, kind: 'package', what: `${action}: ${inShort(list)}` }))
  })
}

/** `curl:amd64 (7.88, 7.89), libx:amd64 (1.0, automatic)` with the old version first. */
function inShort(list: string): string {
  const packages = [...list.matchAll(/([^\s,()]+?)(?::[a-z0-9]+)? \(([^)]*)\)/g)].map(
    ([, name = '', versions = '']) => {
      const known = versions.split(', ').filter(version => version !== 'automatic')
      return `${name} ${known.join(' → ')}`.trim()
    },
  )
  const rest = packages.length - MOST_NAMES
  return packages.slice(0, MOST_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function notReadable(path: string, cause: unknown): OpsError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  const hint = `Look at ${path} by hand; the host worker has to read it.`
  return new OpsError({ owner: 'host', message: `the history of apt cannot be read: ${code}`, hint })
}
