// The packages of npm: installed when they are missing or the lock file has changed since. What is installed is read from
// the lock file that npm itself keeps inside node_modules and writes last, so an interrupted install is noticed too.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from './refusal.mjs'

export function npmIsComplete(root) {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const present = readPackages(join(root, 'node_modules/.package-lock.json'))
  if (wanted === undefined || present === undefined) return false
  if (!existsSync(join(root, 'node_modules/.bin/node'))) return false
  // Optional ones are those of other platforms.
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional === true || present[path]?.version === entry.version,
  )
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

export function ensureNpm(root, tell) {
  if (npmIsComplete(root)) return
  tell('installing npm packages (npm ci)')
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 2, 2] })
  if (result.status === 0 && npmIsComplete(root)) return
  throw new Refusal(result.error ? `npm cannot be run: ${result.error.message}` : 'npm ci did not install everything', {
    hint: 'Its output is above. It needs the npm registry once; start again when that can be reached.',
    exit: 69,
  })
}
