/** `ops run`: starts a procedure, and with --wait stays until its verdict. */
import { randomUUID } from 'node:crypto'
import type { RunCommand } from '../../domain/commands.ts'
import { didYouMean } from '../../domain/did-you-mean.ts'
import type { Estate } from '../../domain/estate.ts'
import { findProcedure } from '../../domain/procedures.ts'
import { exitCodeOf } from '../../domain/verdicts.ts'
import type { Context } from '../context.ts'
import { type ExitCode, usageError } from '../exit-codes.ts'
import { describeRun, whyItEnded, withoutResult } from '../run-records.ts'
import { runLink, sayRun } from '../show-run.ts'
import { startProcedure } from '../start-procedure.ts'
import { waitForRun } from '../wait-for-run.ts'

export async function run(command: RunCommand, context: Context): Promise<ExitCode> {
  const { terminal, json, person } = context
  const procedure = findProcedure(command.procedure)
  if (procedure === null) throw usageError(`unknown procedure "${command.procedure}"`, 'See ops --help.')
  const settings = await context.settings()
  // From a machine without the estate file, the worker's own copy is the one that counts.
  const estate = settings.estateFile === null ? null : await context.estate()
  const hosts = chosenHosts(estate, command)
  const { client } = await context.temporal()
  const request = { host: command.target, only: command.only, requestedBy: person, announce: command.announce }
  const started = await startProcedure(client, { procedure, request, hosts, orderId: randomUUID() })
  const link = runLink(settings.ui, client.options.namespace, started)

  if (!command.wait) {
    if (json) terminal.json(withoutResult(await describeRun(client, started)))
    else {
      terminal.say(`${terminal.paint('bold', started.workflowId)} is running (run ${started.runId})`)
      terminal.say(terminal.paint('dim', `  ops show ${started.workflowId}${link === null ? '' : `   ${link}`}`))
    }
    return 0
  }

  if (!json) terminal.note(`${started.workflowId} is running${link === null ? '' : `: ${link}`}`)
  const waited = await waitForRun(client, started, terminal)
  if (waited.kind === 'interrupted') {
    terminal.note(`${started.workflowId} goes on; stop it with: ops cancel ${started.workflowId} --reason R`)
    return 130
  }
  const { record } = waited
  if (json) terminal.json(record)
  else sayRun(terminal, { record, reason: await whyItEnded(client, record), outcome: null, link })
  return exitCodeOf(record.verdict ?? 'unknown')
}

function chosenHosts(estate: Estate | null, { target }: RunCommand): readonly string[] {
  const known = estate?.hosts.map(({ name }) => name) ?? null
  if (target === null) return known ?? []
  if (known === null || known.includes(target)) return [target]
  const hint = `The estate ${estate?.name} has ${known.join(', ')}.`
  throw usageError(`the estate has no host "${target}"${didYouMean(target, known)}`, hint)
}
