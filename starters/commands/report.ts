/** `ops report`: what a run wrote down for people, from the artefact store. */
import { writeFile } from 'node:fs/promises'
import { createFolderStore } from '../../activities/adapters/artefact-store.ts'
import type { ReportCommand } from '../../domain/commands.ts'
import { OpsError } from '../../domain/failures.ts'
import type { RunRecord } from '../../domain/run-record.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { findRecord } from '../find-record.ts'
import { required } from '../settings.ts'

export async function report(command: ReportCommand, context: Context): Promise<ExitCode> {
  const store = createFolderStore(required((await context.settings()).artefacts, 'OPS_ARTEFACTS'))
  const record = await findRecord(command, context)
  const bytes = await store.get(reference(record, command))
  if (command.output === null) context.terminal.file(bytes)
  else {
    // A report names hosts and what is wrong with them: it is for the person who asked.
    await writeFile(command.output, bytes, { mode: 0o600 })
    context.terminal.note(`wrote ${command.output}, ${bytes.byteLength} bytes`)
  }
  return 0
}

function reference({ artefacts, status, workflowId }: RunRecord, { format }: ReportCommand): string {
  const artefact = artefacts.find(({ kind }) => kind === `report-${format}`)
  if (artefact !== undefined) return artefact.ref
  throw new OpsError({
    owner: 'operator',
    message: `${workflowId} has no report as ${format}`,
    hint:
      status === 'running'
        ? `It is still running; wait for its end with \`ops show ${workflowId}\`.`
        : `It ended as "${status}" before it wrote one; \`ops show ${workflowId}\` says why.`,
  })
}
