/** The ledger for a person at the command line: the role that may read and append, by the URL in a file. */
import { readFile } from 'node:fs/promises'
import { type Ledger, openLedger } from '../activities/adapters/ledger/ledger.ts'
import { OpsError } from '../domain/failures.ts'
import type { EventRow } from '../domain/ledger.ts'
import { required, type Settings } from './settings.ts'

export async function withLedger<T>(settings: Settings, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const connectionString = await readSecretFile(required(settings.ledgerUrlFile, 'OPS_LEDGER_URL_FILE'))
  const ledger = openLedger({ connectionString })
  try {
    return await work(ledger)
  } finally {
    await ledger.close()
  }
}

/** For people: who froze changes, since when and why. */
export function frozenWords({ at, by, reason }: Pick<EventRow, 'at' | 'by' | 'reason'>): string {
  return `changes are frozen since ${at} by ${by}: ${reason}`
}

/** The text of a file that only its user may read; it never appears in a message. */
export async function readSecretFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new OpsError(
      {
        owner: code === 'EACCES' ? 'permission' : 'configuration',
        message: `${file} cannot be read (${code})`,
        hint: 'It holds a secret (of the ledger: postgres://role@host:port/database) and should be readable by you.',
      },
      { cause: error },
    )
  }
}
