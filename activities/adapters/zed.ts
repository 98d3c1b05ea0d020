/** Whether Zed of a named user can start OpenCode: settings entry, program, version, and a handshake over stdio (D1.1b). */
import type { ZedClient } from '../../domain/estate.ts'
import type { ZedFacts } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'
import { exchangeOverStdio } from './acp.stdio.ts'
import { judge } from './acp.ts'
import { parseJsonc } from './jsonc.ts'
import { readOwnFile } from './own-file.ts'
import { run, type ShellOptions } from './shell.ts'
import { findAccount } from './users.ts'
import { type AgentServer, zedSettings } from './zed.schema.ts'
import { inPrivateFolder } from './zed.scratch.ts'

/** A cold start takes 2 to 5 s on a busy machine. */
const DEADLINE_MS = 20_000

/** The user wrote the command, so it runs as that user and never as the worker, in a folder that is gone afterwards. */
export async function inspectZed({ user, settingsPath }: ZedClient, signal?: AbortSignal): Promise<ZedFacts> {
  const account = await findAccount(user)
  if (account.uid === 0) {
    throw problem(
      'the Zed of root is not checked',
      'Name the person who uses the editor in zed.user: a check never runs as root.',
    )
  }
  const { command, args, env } = readAgentServer(settingsPath, await readOwnFile(settingsPath, user, account))
  return await inPrivateFolder(account, async scratch => {
    const options: ShellOptions = {
      asUser: account,
      cwd: scratch.folder,
      env: { ...env, ...scratch.env },
      deadlineMs: DEADLINE_MS,
      ...(signal === undefined ? {} : { signal }),
    }
    const version = await readVersion(command, options)
    const exchange = await exchangeOverStdio(command, args, { ...options, deadlineMs: DEADLINE_MS }, () => {})
    const handshake = judge(exchange, 0)
    if (handshake.kind === 'refused') {
      throw problem(`${command} gives Zed no ACP answer: ${handshake.reason}`, `Run it as ${user} in a terminal.`)
    }
    return { command, version, protocolVersion: handshake.protocolVersion }
  })
}

function readAgentServer(path: string, text: string): AgentServer {
  let json: unknown
  try {
    json = parseJsonc(text)
  } catch {
    throw problem(`${path} is not JSON with comments`, 'Open it in Zed, which marks the mistake.')
  }
  const settings = zedSettings.safeParse(json)
  if (!settings.success) throw problem(`"agent_servers" in ${path} was not understood`, 'Compare it with Zed’s manual.')
  const entries = Object.entries(settings.data.agent_servers)
  const found = entries.find(([name, { command }]) => /opencode/i.test(name) || /(?:^|\/)opencode$/.test(command ?? ''))
  if (found === undefined) {
    throw problem(
      `${path} has no agent server for opencode`,
      'Add one under "agent_servers", or remove "zed" from the estate file.',
    )
  }
  const [name, { command, args, env }] = found
  if (command === undefined) {
    throw problem(
      `the agent server "${name}" in ${path} names no command`,
      'Zed manages it itself; name a command to have it checked.',
    )
  }
  return { command, args, env }
}

async function readVersion(command: string, options: ShellOptions): Promise<string> {
  const { ending, exitCode, stdout, stderr } = await run(command, ['--version'], options)
  const version = /\d+\.\d+\S*/.exec(stdout)?.[0]
  if (ending === 'exited' && exitCode === 0 && version !== undefined) return version
  const said = ending === 'deadline' ? 'no answer in time' : (stderr || stdout).trim().slice(0, 120)
  throw problem(`${command} --version says no version: ${said}`, `Install OpenCode again for this user.`)
}

function problem(message: string, hint: string): OpsError {
  return new OpsError({ owner: 'configuration', message, hint })
}
