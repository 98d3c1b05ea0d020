/**
 * `npm run -s sandbox -- …`: works the rig from another terminal or a script. What belongs to the supervisor is asked of
 * it; a command inside a host runs right here, with its own input, output and exit code.
 */
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { execa } from 'execa'
import { lockEstate } from './estate/claim.ts'
import { askSupervisor } from './estate/control.ts'
import { clearLeftovers, supervisorRecord } from './estate/leftovers.ts'
import { allHosts, type EstatePlan, isHostName, nameEstate } from './estate/name.ts'
import { pathsOf, ports } from './estate/paths.ts'
import { describe, exits, Problem } from './estate/problem.ts'
import { isAlive } from './estate/proc.ts'
import { liveRecord } from './estate/records.ts'
import { secret } from './estate/secrets.ts'
import { waitFor } from './estate/wait.ts'
import { entering } from './hosts/machine.ts'
import { showStatus, stateOf } from './status.ts'

const help = `npm run -s sandbox -- [--name NAME] VERB

  status [--json]        what runs (exit code 0 when the estate is up, 3 when not or not yet)
  exec HOST COMMAND …    run a command inside a host; its exit code
  power HOST off|on      shut a host down, or boot it again
  link HOST up|down      plug a host's network cable in, or pull it
  kill NAME              SIGKILL a server of the estate (postgres, temporal-server, temporal-ui, control-plane,
                         ingress, slack, mail, prometheus, alertmanager)
  start NAME             start it again
  as PERSON slack TEXT   in the stand-in for Slack: '/ops incident critical "acp down"', 'press Acknowledge', 'look'
  down                   stop the estate, as Ctrl-C in its terminal does
  reset                  the same, and remove everything that it kept`

const print = (line: string) => process.stdout.write(`${line}\n`)

type Verb = (plan: EstatePlan, words: readonly string[]) => Promise<number>

const verbs: Readonly<Record<string, Verb>> = {
  status,
  exec,
  power: toSupervisor('power', 2),
  link: toSupervisor('link', 2),
  kill: toSupervisor('kill', 1),
  start: toSupervisor('start', 1),
  as: speak,
  down,
  reset,
}

async function main(args: readonly string[]): Promise<number> {
  const named = args[0] === '--name'
  const [verbName = '', ...words] = named ? args.slice(2) : args
  if (['', 'help', '--help', '-h'].includes(verbName)) {
    print(help)
    return verbName === '' ? exits.usage : 0
  }
  const verb = Object.hasOwn(verbs, verbName) ? verbs[verbName] : undefined
  if (verb === undefined) throw wrong(`there is no verb '${verbName}'`)
  const plan = nameEstate(named ? (args[1] ?? '') : 'sandbox', dirname(import.meta.dirname))
  return await verb(plan, words)
}

async function status(plan: EstatePlan, words: readonly string[]): Promise<number> {
  if (words.some(word => word !== '--json')) throw wrong(`status takes --json only`)
  const asked = await askSupervisor(pathsOf(plan).controlSocket, ['status'])
  const answer = asked?.answer ?? { name: plan.name, state: 'down', address: plan.address, folder: plan.folder }
  if (words.includes('--json')) print(JSON.stringify(answer))
  else for (const line of showStatus(answer)) print(line)
  return stateOf(answer) === 'up' ? 0 : 3
}

async function exec(plan: EstatePlan, words: readonly string[]): Promise<number> {
  const [name, ...command] = words
  if (name === undefined || !isHostName(name)) {
    throw wrong(`there is no host '${name ?? ''}'; there are: ${allHosts.join(', ')}`)
  }
  if (command.length === 0) throw wrong('exec needs a command')
  const inside = entering(plan, plan.hosts[name], command)
  const result = await execa('nsenter', inside, { stdio: 'inherit', reject: false, cwd: '/' })
  return result.exitCode ?? 128
}

/** Prints what the person then sees. */
async function speak(plan: EstatePlan, words: readonly string[]): Promise<number> {
  const [person, door, ...rest] = words
  if (person === undefined || door !== 'slack' || rest.length === 0) {
    throw wrong(`write: as PERSON slack '/ops …'`)
  }
  const { typed } = await import('./slack/client.ts')
  const standIn = { url: `http://${plan.address}:${ports.slack}`, token: secret(pathsOf(plan).secrets, 'slack-token') }
  print(await typed(standIn, person, rest.join(' ')))
  return 0
}

function toSupervisor(verb: string, words: number): Verb {
  return async (plan, given) => {
    if (given.length !== words) throw wrong(`${verb} takes ${words} word${words === 1 ? '' : 's'}, not ${given.length}`)
    const asked = await askSupervisor(pathsOf(plan).controlSocket, [verb, ...given])
    if (asked === undefined) throw notRunning(plan)
    if (typeof asked.answer === 'string') print(asked.answer)
    return 0
  }
}

async function down(plan: EstatePlan): Promise<number> {
  const unlock = await endEstate(plan)
  unlock()
  return 0
}

async function reset(plan: EstatePlan): Promise<number> {
  const unlock = await endEstate(plan)
  try {
    rmSync(plan.folder, { recursive: true, force: true })
  } finally {
    unlock()
  }
  print(`Removed ${plan.folder}.`)
  return 0
}

/** Holds the estate afterwards, so that no start begins in the middle; answers how to give it back. */
async function endEstate(plan: EstatePlan): Promise<() => void> {
  const supervisor = liveRecord(pathsOf(plan).run, supervisorRecord)
  if (supervisor !== undefined) {
    await askSupervisor(pathsOf(plan).controlSocket, ['down'])
    await waitFor('the end of the estate', () => !isAlive(supervisor), { timeoutMs: 120_000, everyMs: 100 })
    return await lockEstate(plan)
  }
  const unlock = await lockEstate(plan)
  try {
    const ended = await clearLeftovers(plan)
    print(ended.length === 0 ? 'It is not running.' : `It was killed; ended what it left: ${ended.join(', ')}.`)
    return unlock
  } catch (error) {
    unlock()
    throw error
  }
}

function notRunning(plan: EstatePlan): Problem {
  return new Problem(`estate '${plan.name}' is not running`, {
    hint: `Start it with 'npm start${plan.name === 'sandbox' ? '' : ` -- --name ${plan.name}`}'.`,
    exit: exits.unavailable,
  })
}

function wrong(message: string): Problem {
  return new Problem(message, { hint: `'npm run -s sandbox -- help' lists the verbs.`, exit: exits.usage })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${describe(error)}\n`)
  process.exitCode = error instanceof Problem ? error.exit : 1
}
