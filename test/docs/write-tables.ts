/** Writes the generated parts of the docs: `npm run docs`. The test beside it fails when they are not current. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { procedureTable } from '../../domain/procedure-table.ts'
import { PROCEDURES } from '../../domain/procedures.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const BLOCK = /(<!-- procedures:begin -->\n)[\s\S]*?(\n<!-- procedures:end -->)/

export const GENERATED = [
  { file: 'README.md', text: procedureTable(PROCEDURES, 'docs/procedures/') },
  { file: 'docs/procedures/README.md', text: procedureTable(PROCEDURES, '') },
] as const

/** The file's text with its generated block renewed; throws when the file has none. */
export function renewed({ file, text }: (typeof GENERATED)[number]): {
  readonly before: string
  readonly after: string
} {
  const before = readFileSync(join(ROOT, file), 'utf8')
  if (!BLOCK.test(before)) throw new Error(`${file} has no block between procedures:begin and procedures:end`)
  return { before, after: before.replace(BLOCK, (_match, begin: string, end: string) => `${begin}${text}${end}`) }
}

if (import.meta.main) {
  for (const entry of GENERATED) writeFileSync(join(ROOT, entry.file), renewed(entry).after)
}
