/** Accounts of this host, from the name service (so that directory users are found too). */
import { OpsError } from '../../domain/failures.ts'
import { run } from './shell.ts'

export interface Account {
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** Throws OpsError when there is no such user. */
export async function findAccount(user: string): Promise<Account> {
  const { exitCode, stdout } = await run('getent', ['passwd', '--', user])
  const [name, , uid, gid, , home] = stdout.trim().split(':')
  if (exitCode === 0 && name === user && home !== undefined && /^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? '')) {
    return { uid: Number(uid), gid: Number(gid), home }
  }
  const hint = 'Correct the name in the estate file.'
  throw new OpsError({ owner: 'configuration', message: `this host has no user ${user}`, hint })
}
