/** `ops show`: one run, also while it goes on. Exits with its verdict; a running one has none and exits 0. */
import type { ShowCommand } from '../../domain/commands.ts'
import { exitCodeOf } from '../../domain/verdicts.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { findRecord } from '../find-record.ts'
import { readProgress } from '../read-progress.ts'
import { readOutcome, whyItEnded } from '../run-records.ts'
import { runLink, sayRun } from '../show-run.ts'
import { progressLines } from '../wait-for-run.ts'

export async function show(command: ShowCommand, context: Context): Promise<ExitCode> {
  const { terminal } = context
  const { client } = await context.temporal()
  const record = await findRecord(command, context)
  const outcome = await readOutcome(client, record)
  if (context.json) terminal.json(outcome === null ? record : { ...record, outcome })
  else {
    const { ui } = await context.settings()
    sayRun(terminal, {
      record,
      reason: await whyItEnded(client, record),
      outcome,
      link: runLink(ui, client.options.namespace, record),
    })
    if (record.status === 'running') {
      const progress = await readProgress(client, record)
      terminal.say()
      if (progress === null) terminal.say('  no worker answers for it at the moment; `ops doctor` looks for them')
      else for (const line of progressLines(progress, terminal)) terminal.say(line)
    }
  }
  return record.verdict === null ? 0 : exitCodeOf(record.verdict)
}
