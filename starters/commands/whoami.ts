/** `ops whoami`: who you are to ops, and where each of its settings comes from. */
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { table } from '../terminal.ts'

export async function whoami(_command: unknown, { terminal, json, person, settings }: Context): Promise<ExitCode> {
  const { environment, origins, namespace } = await settings()
  const known = Object.entries(origins).map(([name, origin]) => ({ name, value: environment[name] ?? '', origin }))
  if (json) {
    terminal.json({ person, namespace, settings: known })
    return 0
  }
  terminal.say(`${terminal.paint('bold', person)}, namespace ${namespace}`)
  for (const line of table(
    known.map(({ name, value, origin }) => [`  ${name}`, value, terminal.paint('dim', origin)]),
  )) {
    terminal.say(line)
  }
  if (known.length === 0) terminal.say('  no settings; `npm start` starts a sandbox and writes them')
  return 0
}
