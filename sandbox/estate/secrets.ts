/** Random secrets of an estate: made once, kept in files that only root reads, never printed. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The secret of that name, made when it does not exist yet. Plain letters and digits: safe in URLs, YAML and SQL. */
export function secret(folder: string, name: string): string {
  const file = join(folder, name)
  if (!existsSync(file)) writeSecret(folder, name, randomBytes(24).toString('hex'))
  return readFileSync(file, 'utf8').trim()
}

export function writeSecret(folder: string, name: string, value: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, name)
  writeFileSync(file, `${value}\n`, { mode: 0o600 })
  return file
}

/** What the control plane keeps of a host's token. */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
