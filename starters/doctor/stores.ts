/** Are the ledger and the artefact store there, and may they be used by those who should and by nobody else. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { connect } from '../../activities/adapters/ledger/connection.ts'
import type { Finding } from '../../domain/findings.ts'
import { LEDGER_TABLES } from '../../domain/ledger.ts'
import { readSecretFile } from '../ledger-access.ts'
import { judged } from './check.ts'

interface Rights {
  readonly name: string
  readonly there: boolean
  readonly extends: boolean | null
  readonly changes: boolean | null
}

export async function examineLedger(urlFile: string | null): Promise<readonly Finding[]> {
  if (urlFile === null) {
    const hint =
      'No run ends without a ledger. Set OPS_LEDGER_URL_FILE to the file that the control plane reads, to look at it from here.'
    return [judged('ledger', 'warn', 'nobody looked at the ledger: OPS_LEDGER_URL_FILE is not set', { hint })]
  }
  const connection = connect({ connectionString: await readSecretFile(urlFile) })
  try {
    const rights = await connection.query<Rights & Record<string, unknown>>(
      `SELECT name, to_regclass('ledger.' || name) IS NOT NULL AS there,
              has_table_privilege(to_regclass('ledger.' || name), 'SELECT')
                AND has_table_privilege(to_regclass('ledger.' || name), 'INSERT') AS extends,
              has_table_privilege(to_regclass('ledger.' || name), 'UPDATE')
                OR has_table_privilege(to_regclass('ledger.' || name), 'DELETE')
                OR has_table_privilege(to_regclass('ledger.' || name), 'TRUNCATE') AS changes
       FROM unnest($1::text[]) AS name`,
      [LEDGER_TABLES],
    )
    return [judgeTables(rights), ...judgeRights(rights)]
  } finally {
    await connection.close()
  }
}

function judgeTables(rights: readonly Rights[]): Finding {
  const missing = rights.filter(({ there }) => !there).map(({ name }) => name)
  if (missing.length === 0) return judged('ledger.tables', 'ok', 'the ledger is reachable and has its tables')
  const hint = 'Create them as their owner: ops ledger migrate'
  return judged('ledger.tables', 'fail', `the ledger lacks tables: ${missing.join(', ')}`, { hint })
}

function judgeRights(rights: readonly Rights[]): readonly Finding[] {
  const id = 'ledger.rights'
  const present = rights.filter(({ there }) => there)
  const changes = present.filter(one => one.changes === true).map(({ name }) => name)
  const lacks = present.filter(one => one.extends !== true).map(({ name }) => name)
  if (present.length === 0) return []
  if (changes.length > 0) {
    const hint = 'Use the insert-only role in OPS_LEDGER_URL_FILE, or revoke UPDATE, DELETE and TRUNCATE from it.'
    return [judged(id, 'fail', `the role may change what was written: ${changes.join(', ')}`, { hint })]
  }
  if (lacks.length > 0) {
    const hint = 'Run ops ledger migrate with this role in OPS_LEDGER_URL_FILE.'
    return [judged(id, 'fail', `the role may not read and append: ${lacks.join(', ')}`, { hint })]
  }
  return [judged(id, 'ok', 'the role may read and append, and nothing else')]
}

export async function examineArtefacts(folder: string | null): Promise<readonly Finding[]> {
  const id = 'artefacts.folder'
  if (folder === null) return [judged(id, 'skipped', 'not configured: OPS_ARTEFACTS is not set')]
  const found = await stat(folder).catch(() => null)
  if (found === null) {
    const hint = 'The control-plane worker creates it with the first report; start a run, or correct OPS_ARTEFACTS.'
    return [judged(id, 'warn', `the artefact store ${folder} is not there`, { hint })]
  }
  if (!found.isDirectory()) {
    return [judged(id, 'fail', `the artefact store ${folder} is no folder`, { hint: 'Correct OPS_ARTEFACTS.' })]
  }
  if ((found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8)
    return [judged(id, 'fail', `others may look into ${folder} (mode ${mode})`, { hint: `chmod 700 ${folder}` })]
  }
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return [judged(id, 'ok', `the artefact store ${folder} is writable, for its owner only`)]
  } catch {
    const hint = 'Run ops as the user of the control-plane worker; reports cannot be read otherwise.'
    return [judged(id, 'warn', `you may not read and write ${folder}`, { hint })]
  }
}
