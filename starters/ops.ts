/** `ops`, as a program: its words, its streams and its exit code. */
import { runOps } from './run-ops.ts'
import { createTerminal } from './terminal.ts'

// `ops list | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3))

const terminal = createTerminal(process.stdout, process.stderr, process.env)
process.exitCode = await runOps(process.argv.slice(2), terminal, process.env)
