/** `ops whoami`: who you are to ops, which key speaks for you, and where each of its settings comes from. */
import { readFile } from 'node:fs/promises'
import { keyId } from '../../activities/adapters/key-id.ts'
import { OpsError } from '../../domain/failures.ts'
import type { WhoamiCommand } from '../../domain/response-commands.ts'
import { actingPerson, publicKeyOf } from '../acting-person.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { table } from '../terminal.ts'

export async function whoami({ as, key }: WhoamiCommand, context: Context): Promise<ExitCode> {
  const { terminal, json, person } = context
  if (key !== null) return await showKey(key, context)
  const settings = await context.settings()
  const { environment, origins, namespace } = settings
  const known = Object.entries(origins).map(([name, origin]) => ({ name, value: environment[name] ?? '', origin }))
  const acting = await actsAs(context, as)
  if (json) {
    terminal.json({ person, namespace, acting, settings: known })
    return 0
  }
  terminal.say(`${terminal.paint('bold', person)}, namespace ${namespace}`)
  terminal.say(
    'why' in acting
      ? `  decides as nobody: ${acting.why}`
      : `  decides as ${acting.id} (key ${acting.kid}; ${acting.groups.join(', ')})`,
  )
  for (const line of table(
    known.map(({ name, value, origin }) => [`  ${name}`, value, terminal.paint('dim', origin)]),
  )) {
    terminal.say(line)
  }
  if (known.length === 0) terminal.say('  no settings; `npm start` starts a sandbox and writes them')
  return 0
}

/** The person of the team whose key is at hand, or why there is none. */
async function actsAs(context: Context, as: string | null) {
  try {
    const { id, kid, team } = await actingPerson(await context.settings(), as)
    const groups = Object.entries(team.groups).flatMap(([name, members]) => (members.includes(id) ? [name] : []))
    return { id, kid, groups }
  } catch (error) {
    if (error instanceof OpsError) return { why: error.message }
    throw error
  }
}

/** What goes into the estate file under the keys of its owner. */
async function showKey(file: string, { terminal, json }: Context): Promise<ExitCode> {
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    const hint = 'Name your private key file; make one with: openssl genpkey -algorithm ed25519 -out FILE'
    throw new OpsError({ owner: 'configuration', message: `${file} cannot be read`, hint }, { cause })
  })
  const publicKey = publicKeyOf(pem, file)
  if (json) terminal.json({ publicKey, kid: keyId(publicKey) })
  else terminal.say(publicKey)
  return 0
}
