/**
 * `npm start`: brings up an estate, runs the morning health check on it, and stays until it is told to stop. Whatever
 * happens, it leaves nothing running behind; what the estate has stored stays for the next start.
 */
import { dirname } from 'node:path'
import { announcement } from './announce.ts'
import { nameEstate } from './estate/name.ts'
import { describe, exits, Problem } from './estate/problem.ts'
import { readStartOptions, type StartOptions, startHelp } from './options.ts'
import { planStart } from './steps.ts'
import { Supervisor } from './supervisor.ts'

/** Somebody asked for the end. */
class Stopped extends Error {}

const print = (line: string) => process.stdout.write(`${line}\n`)

async function main(): Promise<number> {
  const options = readStartOptions(process.argv.slice(2))
  if (options.help) {
    print(startHelp)
    return 0
  }
  if (process.getuid?.() !== 0) {
    throw new Problem('the sandbox needs root: it boots hosts, mounts disks and makes a bridge', {
      hint: `Run it again as root, for example with 'sudo npm start'.`,
      exit: exits.notPermitted,
    })
  }
  const plan = nameEstate(options.name, dirname(import.meta.dirname))
  const supervisor = new Supervisor(plan, options, print)
  const abort = new AbortController()
  const stop = () => abort.abort(new Stopped())
  onStopRequest(stop)
  supervisor.onStopRequest = stop
  return await live(supervisor, options, abort)
}

async function live(supervisor: Supervisor, options: StartOptions, abort: AbortController): Promise<number> {
  const start = planStart(supervisor, abort, options.bare)
  try {
    const check = await start.run()
    supervisor.isUp = true
    for (const line of announcement(supervisor, check)) print(line)
    if (options.once) return check?.code ?? 0
    print('Running. Ctrl-C stops everything; the next start goes on with the same data.')
    await aborted(abort.signal)
    return 0
  } catch (error) {
    if (abort.signal.reason instanceof Stopped) return exits.interrupted
    throw abort.signal.reason ?? error
  } finally {
    abort.abort(new Stopped())
    await start.settled()
    if (supervisor.isClaimed) {
      print('Stopping…')
      await supervisor.stop()
      print('Stopped; nothing is left running.')
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
}

/** A terminal and whoever started us may both pass on the same signal: the first one counts, the rest is patience. */
function onStopRequest(stop: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  // boot.mjs holds the other end: when it is gone, nobody can ask us to stop any more.
  process.on('disconnect', stop)
}

// Whoever read our output may be gone; the estate still has to be stopped in order.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {})

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${describe(error)}\n`)
  process.exitCode = error instanceof Problem ? error.exit : 1
}
if (process.connected) process.disconnect()
