/** `ops --version`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { packageRoot } from '../package-root.ts'

export async function version(_command: unknown, { terminal }: Context): Promise<ExitCode> {
  const about: { readonly version: string } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))
  terminal.say(`ops ${about.version}`)
  return 0
}
