/** Fills the @NAME@ places of the configuration files under tools/temporal. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../estate/problem.ts'

/** @throws Problem when a place has no value: a server must not start with half a configuration. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([A-Z][A-Z0-9_]*)@/g, (place, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Problem(`the template asks for ${place}, which has no value`)
    return value
  })
}

/** Writes a filled template into a folder; 0600, because it may hold a password. */
export function writeFilled(
  checkout: string,
  template: string,
  folder: string,
  values: Readonly<Record<string, string>>,
  as = template,
): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, as)
  const text = fill(readFileSync(join(checkout, 'tools/temporal', template), 'utf8'), values)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}
