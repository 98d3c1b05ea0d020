/** Carries out one line of `ops` and says what came of it. Loads only what the verb needs, so that help is instant. */
import type { Command } from '../domain/commands.ts'
import { OpsError } from '../domain/failures.ts'
import { type Context, createContext } from './context.ts'
import { type ExitCode, exitCodeOfError } from './exit-codes.ts'
import { helpText } from './help.ts'
import { parseCommand } from './parse-command.ts'
import type { Terminal } from './terminal.ts'

/** Throws nothing: what goes wrong is said on the terminal, and the exit code tells whose problem it is. */
export async function runOps(
  argv: readonly string[],
  terminal: Terminal,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  try {
    const { command, json } = parseCommand(argv)
    return await within(createContext(terminal, json, environment), command)
  } catch (error) {
    return complain(error, terminal, argv.includes('--json'))
  }
}

async function within(context: Context, command: Command): Promise<ExitCode> {
  try {
    return await carryOut(command, context)
  } catch (error) {
    throw await context.explain(error)
  } finally {
    await context.close()
  }
}

async function carryOut(command: Command, context: Context): Promise<ExitCode> {
  switch (command.verb) {
    case 'help':
      context.terminal.say(helpText(command.topic))
      return 0
    case 'version':
      return (await import('./commands/version.ts')).version(command, context)
    case 'run':
      return (await import('./commands/run.ts')).run(command, context)
    case 'list':
      return (await import('./commands/list.ts')).list(command, context)
    case 'show':
      return (await import('./commands/show.ts')).show(command, context)
    case 'report':
      return (await import('./commands/report.ts')).report(command, context)
    case 'cancel':
      return (await import('./commands/cancel.ts')).cancel(command, context)
    case 'schedules':
      return (await import('./commands/schedules.ts')).schedules(command, context)
    case 'estate':
      return (await import('./commands/estate.ts')).estate(command, context)
    case 'ledger':
      return (await import('./commands/ledger.ts')).ledger(command, context)
    case 'incident':
      return (await import('./commands/incident.ts')).incident(command, context)
    case 'approve':
    case 'deny':
    case 'withdraw':
    case 'approve-alone':
    case 'breakglass':
      return (await import('./commands/decide.ts')).decide(command, context)
    case 'approvals':
      return (await import('./commands/approvals.ts')).approvals(command, context)
    case 'review':
      return (await import('./commands/approvals.ts')).review(command, context)
    case 'oncall':
      return (await import('./commands/oncall.ts')).oncall(command, context)
    case 'page':
      return (await import('./commands/oncall.ts')).page(command, context)
    case 'tickets':
      return (await import('./commands/tickets.ts')).tickets(command, context)
    case 'silence':
      return (await import('./commands/tickets.ts')).silence(command, context)
    case 'freeze':
    case 'thaw':
      return (await import('./commands/freeze.ts')).freeze(command, context)
    case 'fix':
      return (await import('./commands/fix.ts')).fix(command, context)
    case 'monitoring':
      return (await import('./commands/monitoring.ts')).monitoring(command, context)
    case 'slack':
      return (await import('./commands/slack.ts')).slack(command, context)
    case 'doctor':
      return (await import('./commands/doctor.ts')).doctor(command, context)
    case 'whoami':
      return (await import('./commands/whoami.ts')).whoami(command, context)
  }
}

/** On standard error, so that standard output stays empty or holds one object. */
function complain(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  const known = error instanceof OpsError
  const owner = known ? error.owner : 'tool'
  const message = known
    ? error.message
    : `ops itself broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  const hint = known ? error.hint : 'This is a defect of ops; report it with these lines.'
  if (json) terminal.note(JSON.stringify({ error: { owner, message, hint } }))
  else sayProblem(terminal, message, hint)
  return exitCodeOfError(error)
}

function sayProblem({ note, paint }: Terminal, message: string, hint: string): void {
  note(`${paint('red', 'ops:')} ${message}`)
  note(`     ${hint}`)
}
