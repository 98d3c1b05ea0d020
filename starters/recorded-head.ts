/** The head that the newest report names: it was written down outside the database, so that a cut tail of the ledger shows. */
import { newestArtefacts } from '../activities/adapters/artefact-store.newest.ts'
import { createFolderStore } from '../activities/adapters/artefact-store.ts'
import { OpsError } from '../domain/failures.ts'
import type { ChainHead } from '../domain/ledger.ts'

export interface RecordedHead extends ChainHead {
  /** Where it is on record, in words. */
  readonly source: string
}

/** Null when the store holds no report. A file that is damaged is passed over: its word counts for nothing. */
export async function recordedHead(artefacts: string): Promise<RecordedHead | null> {
  const store = createFolderStore(artefacts)
  for (const ref of await newestArtefacts(artefacts)) {
    const bytes = await store.get(ref).catch((error: unknown) => {
      if (error instanceof OpsError && error.owner === 'operator') return null
      throw error
    })
    const found = bytes === null ? null : headIn(bytes)
    if (found !== null) return { ...found.head, source: `report of ${found.workflowId}, ${found.nominalTime} (${ref})` }
  }
  return null
}

/** The part of a report as JSON (domain/report/json.ts) that is needed here; null for every other artefact. */
function headIn(bytes: Uint8Array) {
  // The other kinds are HTML, text and excerpts of logs: not worth decoding.
  if (bytes[0] !== '{'.charCodeAt(0)) return null
  try {
    const { workflowId, nominalTime, report } = JSON.parse(Buffer.from(bytes).toString('utf8'))
    const { sequence, hash } = report.ledgerHead
    if (!Number.isSafeInteger(sequence) || !/^[0-9a-f]{64}$/.test(hash)) return null
    return { head: { sequence, hash } as ChainHead, workflowId: String(workflowId), nominalTime: String(nominalTime) }
  } catch {
    return null
  }
}
