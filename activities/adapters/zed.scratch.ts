/** A folder in which a check runs OpenCode as another user: its database, state and caches go there and away with it. */
import { OpsError } from '../../domain/failures.ts'
import { run } from './shell.ts'
import type { Account } from './users.ts'

export interface Scratch {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** The user makes the folder and removes it: the worker may neither give files away nor delete foreign ones. */
export async function inPrivateFolder<T>(asUser: Account, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const { stdout, stderr } = await run('mktemp', ['-d', '/tmp/ops-zed-XXXXXXXX'], { asUser, cwd: '/' })
  const folder = stdout.trim()
  if (!/^\/tmp\/ops-zed-\w+$/.test(folder)) {
    const hint = 'Look at /tmp on this host: is there room, and may everybody write in it?'
    throw new OpsError({ owner: 'host', message: `no temporary folder for the check: ${stderr.trim()}`, hint })
  }
  try {
    return await work({ folder, env: environment(folder) })
  } finally {
    await run('rm', ['-rf', '--', folder], { asUser, cwd: '/' })
  }
}

function environment(folder: string): Readonly<Record<string, string>> {
  return {
    // Homes are read-only for the worker, and OpenCode does not start where it cannot write these.
    XDG_CONFIG_HOME: `${folder}/config`,
    XDG_DATA_HOME: `${folder}/data`,
    XDG_STATE_HOME: `${folder}/state`,
    XDG_CACHE_HOME: `${folder}/cache`,
    TMPDIR: folder,
    // A check fetches and upgrades nothing.
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
  }
}
