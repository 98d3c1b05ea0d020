/** The checks of the sources that are no tests: format and lint, types, import law, one protobufjs. Each counts as one test. */
import { execa } from 'execa'
import { type Counts, emptyCounts, sum } from './counts.ts'

const CHECKS: readonly { readonly title: string; readonly command: readonly [string, ...string[]] }[] = [
  { title: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { title: 'types', command: ['tsc', '--noEmit'] },
  { title: 'import law', command: ['depcruise', '--config', '.dependency-cruiser.mjs', '--output-type', 'err', '.'] },
]

export async function checkSources(): Promise<Counts> {
  const results = await Promise.all(CHECKS.map(check))
  return results.reduce(sum, emptyCounts)
}

async function check({ title, command: [tool, ...args] }: (typeof CHECKS)[number]): Promise<Counts> {
  const started = Date.now()
  const { exitCode, all } = await execa(tool, args, { preferLocal: true, reject: false, all: true })
  const seconds = ((Date.now() - started) / 1_000).toFixed(1)
  if (exitCode === 0) {
    process.stdout.write(`✔ ${title} (${seconds} s)\n`)
    return { passed: 1, failed: 0, skipped: 0 }
  }
  process.stdout.write(`✖ ${title} (${seconds} s)\n${all}\n`)
  return { passed: 0, failed: 1, skipped: 0 }
}
