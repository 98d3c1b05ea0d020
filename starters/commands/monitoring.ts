/** `ops monitoring`: proposes new rules for Prometheus (S54). What promtool refuses changes nothing and asks nobody. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { createFolderStore } from '../../activities/adapters/artefact-store.ts'
import { tryRules } from '../../activities/adapters/promtool.trial.ts'
import { parseRules } from '../../activities/adapters/rules-file.ts'
import { signRequest } from '../../activities/adapters/signing.ts'
import type { Gate } from '../../domain/approvals/approval.ts'
import type { ChangeResult } from '../../domain/changes.ts'
import { OpsError } from '../../domain/failures.ts'
import { CONTROL_QUEUE, monitoringWorkflowId } from '../../domain/ids.ts'
import { incidentName } from '../../domain/incident/incident.ts'
import { rulesName } from '../../domain/monitoring/rules.ts'
import { askedForRules, type MonitoringRequest } from '../../domain/monitoring/update.ts'
import { redact } from '../../domain/redact.ts'
import type { MonitoringCommand } from '../../domain/response-commands.ts'
import { actingPerson } from '../acting-person.ts'
import type { Context } from '../context.ts'
import { type ExitCode, ExitError, usageError } from '../exit-codes.ts'
import { findRun } from '../find-run.ts'
import { opsIncident, startAttributes } from '../search-attributes.ts'
import { required } from '../settings.ts'

/** Unit tests of rules run twice before somebody is asked. */
const ASKED_MS = 60_000
const MOST_BYTES = 1_048_576

export async function monitoring(command: MonitoringCommand, context: Context): Promise<ExitCode> {
  const settings = await context.settings()
  const person = await actingPerson(settings, command.as)
  const store = createFolderStore(required(settings.artefacts, 'OPS_ARTEFACTS'))
  const rules = await readText(command.rules)
  const tests = await Promise.all(command.tests.map(readText))
  parseRules(rules)
  const checks = await tryRules(rules, tests)
  const incident = command.incident === null ? null : await incidentOf(command.incident, context)

  const put = async (kind: string, text: string) => (await store.put(kind, new TextEncoder().encode(text))).sha256
  const request: MonitoringRequest = {
    rules: await put('rules', rules),
    tests: await Promise.all(tests.map(text => put('rules-test', text))),
    why: command.reason,
    requestedBy: person.id,
    incident,
  }
  const at = new Date().toISOString()
  const proof = signRequest({ v: 1, ...askedForRules(request), person: person.id, door: 'cli', at }, person)
  const { client } = await context.temporal()
  const runId = await start(client, { ...request, proof })
  const standing = await standingOf(client, runId)
  return say(context, request, checks, { runId, ...standing })
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const hint = 'Name a rules file, and its unit tests with --tests.'
    throw new OpsError({ owner: 'operator', message: `${path} cannot be read (${cause.code})`, hint }, { cause })
  })
  const refuse = (what: string, hint: string) => new OpsError({ owner: 'operator', message: `${path} ${what}`, hint })
  if (bytes.byteLength > MOST_BYTES) throw refuse('is larger than 1 MiB', 'Split the rules into several files.')
  const text = bytes.toString('utf8')
  if (!bytes.equals(Buffer.from(text))) throw refuse('is no text in UTF-8', 'Rules files of Prometheus are UTF-8.')
  if (redact(text) === text) return text
  throw refuse('holds what looks like a secret', 'Rules are shown to everybody who decides: take it out.')
}

async function incidentOf(number: number, { temporal }: Context): Promise<NonNullable<MonitoringRequest['incident']>> {
  const name = incidentName(number)
  const found = await findRun((await temporal()).client, number)
  if (found === null) throw usageError(`there is no ${name}`, '`ops incident list` shows them.')
  if (found.isOpen) return { name, workflowId: found.workflowId }
  throw usageError(`${name} has ended`, 'Leave --incident out, and name it in --reason.')
}

async function start(client: Client, request: MonitoringRequest): Promise<string> {
  const workflowId = monitoringWorkflowId()
  const { requestedBy, incident, rules, why } = request
  const about = incident === null ? [] : [{ key: opsIncident, value: incident.name }]
  try {
    const handle = await client.workflow.start('monitoringUpdate', {
      taskQueue: CONTROL_QUEUE,
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
      args: [request],
      memo: { requestedBy },
      staticSummary: `${rulesName(rules)} for Prometheus, asked for by ${requestedBy}: ${why}`.slice(0, 200),
      typedSearchAttributes: [...startAttributes('monitoring-update', ['monitoring']), ...about],
    })
    return handle.firstExecutionRunId
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    const hint = `See it with \`ops show ${workflowId}\`; propose again when it has ended.`
    const message = 'another update of the rules is under way'
    throw new ExitError(75, { owner: 'operator', message, hint }, { cause: error })
  }
}

interface Standing {
  readonly gate: Gate | null
  readonly result: ChangeResult | null
}

/** As soon as somebody is asked or it has ended; neither when no worker got that far in time. */
async function standingOf(client: Client, runId: string): Promise<Standing> {
  const handle = client.workflow.getHandle<() => Promise<ChangeResult>>(monitoringWorkflowId(), runId)
  for (const deadline = Date.now() + ASKED_MS; Date.now() < deadline; await sleep(250)) {
    const { status } = await handle.describe()
    if (status.name === 'COMPLETED') return { gate: null, result: await handle.result() }
    const gates = await client
      .withDeadline(Math.min(deadline, Date.now() + 5_000), () => handle.query<readonly Gate[]>('gates'))
      .catch(() => [])
    const gate = gates.find(({ state }) => state === 'open')
    if (gate !== undefined) return { gate, result: null }
  }
  return { gate: null, result: null }
}

function say(
  { terminal, json }: Context,
  { rules, tests }: MonitoringRequest,
  checks: readonly string[],
  { runId, gate, result }: Standing & { readonly runId: string },
): ExitCode {
  const name = rulesName(rules)
  const approvalId = gate?.approvalId ?? null
  const workflowId = monitoringWorkflowId()
  if (json) terminal.json({ workflowId, runId, name, rules, tests, approvalId, result })
  else if (result !== null) terminal.say(`${result.state}: ${result.outcome}`)
  else {
    for (const line of checks) terminal.say(`  ${line}`)
    if (gate === null) terminal.say(`${name} is proposed; \`ops show ${workflowId}\` says how it goes`)
    else {
      terminal.say(`${terminal.paint('bold', gate.request.title)} waits for a decision: ${approvalId}`)
      for (const step of gate.request.plan.steps.slice(1)) terminal.say(`  ${step}`)
      terminal.say(terminal.paint('dim', `  ops approve ${approvalId} --reason R; ops show ${workflowId}`))
    }
  }
  return result === null || result.state === 'done' ? 0 : 2
}
