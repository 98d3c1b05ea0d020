/** `ops estate`: what the estate file says, and what is wrong with it. */

import { estateJsonSchema } from '../../activities/adapters/estate-file.schema.ts'
import { EstateFileError, readEstate } from '../../activities/adapters/estate-file.ts'
import type { EstateCommand } from '../../domain/commands.ts'
import type { Estate } from '../../domain/estate.ts'
import { MANUAL_THRESHOLDS } from '../../domain/thresholds.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { required } from '../settings.ts'
import { table, verdictMark } from '../terminal.ts'

export async function estate(command: EstateCommand, context: Context): Promise<ExitCode> {
  const { terminal, json } = context
  if (command.action === 'schema') {
    terminal.say(JSON.stringify(estateJsonSchema(), null, json ? 0 : 2))
    return 0
  }
  const file = command.file ?? required((await context.settings()).estateFile, 'OPS_ESTATE')
  if (command.action === 'check') return check(file, context)
  const known = await readEstate(file)
  if (json) terminal.json(known)
  else for (const line of describe(known, context)) terminal.say(line)
  return 0
}

async function check(file: string, { terminal, json }: Context): Promise<ExitCode> {
  try {
    const { name, hosts } = await readEstate(file)
    if (json) terminal.json({ file, verdict: 'ok', problems: [] })
    else terminal.say(`${verdictMark(terminal, 'ok')} ${file}: estate ${name}, ${hosts.length} hosts`)
    return 0
  } catch (error) {
    if (!(error instanceof EstateFileError)) throw error
    if (json) terminal.json({ file, verdict: 'fail', problems: error.problems })
    else {
      terminal.say(`${verdictMark(terminal, 'fail')} ${error.message}`)
      terminal.say(`  ${error.hint}`)
    }
    return 2
  }
}

function describe(known: Estate, { terminal }: Context): readonly string[] {
  const { service, database } = known
  const title = (text: string) => terminal.paint('bold', text)
  const acp = service.acp.kind === 'http' ? `at ${service.acp.url}` : 'over standard streams'
  const log = service.log.kind === 'file' ? service.log.path : 'journal'
  return [
    `${title(known.name)}, times in ${known.timezone}`,
    '',
    title('hosts'),
    ...table(known.hosts.map(({ name, site, role }) => [`  ${name}`, role, site])),
    '',
    title('service'),
    `  ${service.unit}, ACP ${acp}, log ${log}, sessions ${service.sessionsLimit ?? 'unlimited'}`,
    ...(database === null
      ? []
      : ['', title('database'), `  ${database.name} as ${database.user} at ${database.host}, port ${database.port}`]),
    ...(known.certificates.length === 0
      ? []
      : ['', title('certificates'), ...known.certificates.map(path => `  ${path}`)]),
    '',
    title('thresholds'),
    ...table(
      Object.entries(known.thresholds).map(([name, value]) => {
        const own = JSON.stringify(value) !== JSON.stringify(Reflect.get(MANUAL_THRESHOLDS, name))
        return [`  ${name}`, words(value), own ? terminal.paint('yellow', 'own') : terminal.paint('dim', 'manual')]
      }),
    ),
    ...(known.waivers.length === 0 ? [] : ['', title('waivers')]),
    ...table(
      known.waivers.map(waiver => [`  ${waiver.finding}`, waiver.target, `until ${waiver.until}`, waiver.reason]),
    ),
  ]
}

function words(value: number | { readonly warn: number; readonly fail: number }): string {
  return typeof value === 'number' ? String(value) : `warn ${value.warn}, fail ${value.fail}`
}
