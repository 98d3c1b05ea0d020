#!/usr/bin/env node
// Runs the built JavaScript, or the source where there is a newer one and a Node that can run it. Light on purpose.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const built = join(root, 'dist', 'starters', 'ops.js')
const source = join(root, 'starters', 'ops.ts')

if (existsSync(built) && !isSourceNewer()) await import(pathToFileURL(built).href)
else if (Number(process.versions.node.split('.')[0]) >= 24) await import(pathToFileURL(source).href)
else runUnderNode24()

// A build left behind by an earlier state of the source would silently be an older program.
function isSourceNewer() {
  if (!existsSync(source)) return false
  const builtAt = statSync(built).mtimeMs
  return ['domain', 'activities', 'starters'].some(room =>
    readdirSync(join(root, room), { recursive: true }).some(
      name => String(name).endsWith('.ts') && statSync(join(root, room, String(name))).mtimeMs > builtAt,
    ),
  )
}

function runUnderNode24() {
  const node = findNode24()
  if (node === null) {
    console.error('ops: Node 24 is not here. Run `npm install` in the package, or use Node 24 or newer.')
    process.exit(3)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 3)
    for (const name of signals) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}

function findNode24() {
  try {
    const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')
    return existsSync(node) ? node : null
  } catch {
    return null
  }
}
