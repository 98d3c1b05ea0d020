/** Writes the generated parts of the docs: `npm run docs`. The test beside it fails when they are not current. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transitionSection } from '../../domain/incident/diagram.ts'
import { procedureTable } from '../../domain/procedure-table.ts'
import { PROCEDURES } from '../../domain/procedures.ts'

const ROOT = join(import.meta.dirname, '..', '..')

export const GENERATED = [
  { file: 'README.md', block: 'procedures', text: procedureTable(PROCEDURES, 'docs/procedures/') },
  { file: 'docs/procedures/README.md', block: 'procedures', text: procedureTable(PROCEDURES, '') },
  { file: 'docs/procedures/incident.md', block: 'transitions', text: transitionSection() },
] as const

/** The file's text with its generated block renewed; throws when the file has none. */
export function renewed({ file, block, text }: (typeof GENERATED)[number]): {
  readonly before: string
  readonly after: string
} {
  const before = readFileSync(join(ROOT, file), 'utf8')
  const place = new RegExp(`(<!-- ${block}:begin -->\\n)[\\s\\S]*?(\\n<!-- ${block}:end -->)`)
  if (!place.test(before)) throw new Error(`${file} has no block between ${block}:begin and ${block}:end`)
  return { before, after: before.replace(place, (_match, begin: string, end: string) => `${begin}${text}${end}`) }
}

if (import.meta.main) {
  for (const entry of GENERATED) writeFileSync(join(ROOT, entry.file), renewed(entry).after)
}
