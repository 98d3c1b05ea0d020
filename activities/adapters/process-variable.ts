/** One variable of a running process's environment. The rest of it is full of secrets and is not handed out. */
import { readFile } from 'node:fs/promises'
import { OpsError } from '../../domain/failures.ts'

/** Null when the process does not have it, or is no more. */
export async function readVariable(pid: number, name: string): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/environ`, 'utf8')
    // The last one wins, as it does for getenv's callers that overwrite.
    const found = text.split('\0').findLast(pair => pair.startsWith(`${name}=`))
    return found?.slice(name.length + 1) ?? null
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ESRCH')) return null
    const hint = 'The host worker needs CAP_SYS_PTRACE in its unit.'
    throw new OpsError({ owner: 'permission', message: `the environment of process ${pid} cannot be read`, hint })
  }
}
