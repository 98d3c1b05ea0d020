/** Starts the one change of a host that the rules asked for, waits in line while another one holds the host, and says how it ended. */
import { TemporalFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import { isCancellation, ParentClosePolicy, rootCause, sleep, startChild } from '@temporalio/workflow'
import type { ChangeRequest, ChangeResult, WorkaroundName } from '../../domain/changes.ts'
import { changeWorkflowId } from '../../domain/ids.ts'
import type { Effect } from '../../domain/incident/effects.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import type { Outcome } from '../../domain/incident/outcomes.ts'

type StartChange = Extract<Effect, { kind: 'start-change' }>
type ChangeWorkflow = (request: ChangeRequest) => Promise<ChangeResult>

/** The ones that approve see this much of what was found. */
const SHOWN_EVIDENCE = 12

const WORKAROUNDS: Readonly<Record<WorkaroundName, true>> = {
  restart: true,
  'free-disk': true,
  'raise-limit': true,
  'block-client': true,
  rollback: true,
}

export interface ChangeEvents {
  /** It waits in line. */
  readonly waits: (outcome: Outcome) => void
  /** It runs; from now on only this run of the incident learns how it ends. */
  readonly begun: () => void
}

export async function carryOutChange(effect: StartChange, incident: Incident, events: ChangeEvents): Promise<Outcome> {
  const { number } = effect.change
  const moved = (state: ChangeResult['state'] | 'planning', outcome: string): Outcome => ({
    kind: 'change-moved',
    number,
    state,
    outcome,
  })
  const request = requestOf(effect, incident)
  if (typeof request === 'string') return moved('failed', request)
  const child = await takeTurn(request, () => events.waits(moved('planning', heldBy(request.change.host))))
  events.begun()
  try {
    const { state, outcome } = await child.result()
    return moved(state, outcome)
  } catch (error) {
    if (isCancellation(error)) return moved('cancelled', 'it was cancelled before it had ended')
    if (!(error instanceof TemporalFailure)) throw error
    return moved('failed', rootCause(error) ?? error.message)
  }
}

/** The child's id is the lock of its host: whoever comes second waits until the first one has ended in any way. */
async function takeTurn(request: ChangeRequest, waits: () => void) {
  const { change, incident } = request
  for (let tries = 1; ; tries += 1) {
    try {
      return await startChild<ChangeWorkflow>('change', {
        workflowId: changeWorkflowId(change.host),
        args: [request],
        // Half a change is worse than one that outlives its incident.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${change.name} on ${change.host} for ${incident}, asked for by ${request.requestedBy}`,
      })
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      if (tries === 1) waits()
      await sleep('30 seconds', { summary: `until the other change of ${change.host} has ended` })
    }
  }
}

function heldBy(host: string): string {
  return `waits in line: another change of ${host} is under way (${changeWorkflowId(host)})`
}

/** Or why there is none. */
function requestOf({ change, command }: StartChange, incident: Incident): ChangeRequest | string {
  if (command.kind === 'fix') return 'this release cannot deploy a fix'
  if (!isWorkaround(command.name)) return `the catalogue has no workaround ${command.name}`
  return {
    change: { name: command.name, host: command.host, parameters: command.parameters },
    incident: incidentName(incident.number),
    incidentWorkflowId: incident.workflowId,
    number: change.number,
    requestedBy: change.requestedBy,
    why: incident.title,
    evidence: evidenceFor(command.host, incident),
    alone: incident.severity === 'critical' ? (incident.acknowledged?.by ?? null) : null,
  }
}

function isWorkaround(name: string): name is WorkaroundName {
  return Object.hasOwn(WORKAROUNDS, name)
}

/** What speaks for the change comes first: the likely causes, then what was seen on the host. */
function evidenceFor(host: string, { hypotheses, evidence }: Incident): readonly string[] {
  const causes = hypotheses.map(({ title, weight }) => `${title} (${weight} of 100)`)
  const seen = evidence
    .filter(found => found.host === host && found.state === 'collected')
    .map(({ collector, summary }) => `${collector}: ${summary}`)
  return [...causes, ...seen].slice(0, SHOWN_EVIDENCE)
}
