/** Reads the options of `npm start` for boot.mjs before it installs anything. Exit code 3 means: they are right, go on. */
import { describe, Problem } from './estate/problem.ts'
import { readStartOptions, startHelp } from './options.ts'

try {
  const { help } = readStartOptions(process.argv.slice(2))
  if (help) process.stdout.write(`${startHelp}\n`)
  process.exitCode = help ? 0 : 3
} catch (error) {
  process.stderr.write(`${describe(error)}\n`)
  process.exitCode = error instanceof Problem ? error.exit : 1
}
