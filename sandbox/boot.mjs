// The first thing that runs, on whatever Node there is (20.20 or later) and with nothing installed: checks the machine,
// installs what is missing, and becomes the real program under Node 24. Nothing here may import a package.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureDebian, missingPackages } from './boot/debian.mjs'
import { requireDebian12, requireRoom } from './boot/machine.mjs'
import { ensureNpm } from './boot/npm.mjs'
import { estatePackages, testPackages } from './boot/packages.mjs'
import { Refusal } from './boot/refusal.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const programs = {
  start: { file: 'sandbox/main.ts', packages: estatePackages },
  sandbox: { file: 'sandbox/cli.ts', packages: [] },
  test: { file: 'test/run.ts', packages: [...estatePackages, ...testPackages] },
}

const tell = line => process.stderr.write(`${line}\n`)

try {
  const [verb, ...args] = process.argv.slice(2)
  const program = Object.hasOwn(programs, verb ?? '') ? programs[verb] : undefined
  if (program === undefined) {
    throw new Refusal(`usage: node sandbox/boot.mjs ${Object.keys(programs).join('|')} [arguments]`, { exit: 64 })
  }
  if (verb !== 'sandbox') {
    requireDebian12()
    requireRoom(root, !existsSync(join(root, '.sandbox')))
  }
  ensureNpm(root, tell)
  if (missingPackages(program.packages).length > 0) {
    // Whoever asks for help or mistypes an option has not asked for packages to be installed.
    if (verb === 'start') checkOptions(args)
    ensureDebian(program.packages, tell)
  }
  become(program.file, args)
} catch (error) {
  tell(error instanceof Refusal ? error.message : String(error?.stack ?? error))
  process.exitCode = error instanceof Refusal ? error.exit : 1
}

function checkOptions(args) {
  const check = [join(root, 'sandbox/check-options.ts'), ...args]
  const { status } = spawnSync(join(root, 'node_modules/.bin/node'), check, { stdio: 'inherit' })
  // 3 says: they are right, go on.
  if (status !== 3) process.exit(status ?? 1)
}

/** Runs the program in our place: same arguments, same terminal, same signals, same end. */
function become(file, args) {
  const node = join(root, 'node_modules/.bin/node')
  // Over the channel the program notices our end, even by SIGKILL, and ends in order itself.
  const child = spawn(node, [join(root, file), ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  watchParent(() => child.kill('SIGTERM'))
  child.on('error', error => {
    tell(`cannot run ${node}: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const name of signals) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}

/** npm that is killed cannot tell us: the shell that it started us with then gets another parent, or we do. */
function watchParent(lost) {
  if (process.env.npm_lifecycle_event === undefined) return
  const family = () => [process.ppid, parentOf(process.ppid)].join()
  const atStart = family()
  const timer = setInterval(() => {
    if (family() === atStart) return
    clearInterval(timer)
    lost()
  }, 500)
  timer.unref()
}

function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
  } catch {
    return undefined
  }
}
