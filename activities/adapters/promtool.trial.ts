/** A rules file that nobody reads yet, tried by promtool in a folder of its own: its rules, and the unit tests that come with it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { OpsError } from '../../domain/failures.ts'
import { checkRules, testRules } from './promtool.ts'

const RULES = 'proposed.rules.yml'

/** Of what promtool says, for a message. */
const SAID = 600

/** What it found, a line each. Throws OpsError operator when promtool refuses the rules or a test fails. */
export async function tryRules(rules: string, tests: readonly string[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ops-rules-'))
  try {
    const file = join(folder, RULES)
    await writeFile(file, rules)
    const check = await checkRules(file)
    if (!check.ok) throw refused('promtool refuses these rules', check.output, folder)
    for (const [index, text] of tests.entries()) {
      const test = join(folder, `proposed-${index + 1}.test.yml`)
      await writeFile(test, againstProposed(text))
      const { ok, output } = await testRules(test)
      if (!ok) throw refused('the unit tests of these rules fail', output, folder)
    }
    const count = /(\d+) rules found/.exec(check.output)?.[1] ?? 'all'
    return [
      `promtool finds nothing wrong with its ${count} rules`,
      `promtool test rules: ${tests.length} ${tests.length === 1 ? 'file passes' : 'files pass'}`,
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Tests name their rules by a path of their author; here they are those that are proposed, and no others. */
function againstProposed(text: string): string {
  const document = parseDocument(text)
  const names: unknown = document.errors.length > 0 ? null : document.get('rule_files')
  if (names === null || names === undefined) {
    const hint = 'Name a file of `promtool test rules`, with rule_files and tests.'
    throw new OpsError({ owner: 'operator', message: 'these are no unit tests of rules', hint })
  }
  document.set('rule_files', document.createNode([RULES]))
  return document.toString()
}

function refused(what: string, output: string, folder: string): OpsError {
  const said = output
    .replaceAll(`${folder}/`, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
  return new OpsError({
    owner: 'operator',
    message: `${what}: ${said.length > SAID ? `${said.slice(0, SAID)}…` : said}`,
    hint: 'Correct them, look with `promtool check rules` and `promtool test rules`, and propose them again.',
  })
}
