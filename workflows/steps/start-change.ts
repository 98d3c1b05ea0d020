/** Starts the one change of a host that the rules asked for once the incident has its name, waits in line while another one holds the host, and says how it ended. */
import { CancelledFailure, TemporalFailure } from '@temporalio/common'
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  isCancellation,
  ParentClosePolicy,
  patched,
  rootCause,
} from '@temporalio/workflow'
import type { ChangeRequest, ChangeResult, WorkaroundName } from '../../domain/changes.ts'
import type { FixRequest } from '../../domain/fixes/request.ts'
import type { Effect } from '../../domain/incident/effects.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import type { Outcome } from '../../domain/incident/outcomes.ts'
import { heldBy, type Turn, takeTurn } from './take-turn.ts'

type StartChange = Extract<Effect, { kind: 'start-change' }>

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
  /** It waits in line, or for what it needs first. */
  readonly waits: (outcome: Outcome) => void
  /** Whether it runs, or may: then only this run of the incident learns how it ends. */
  readonly runs: (may: boolean) => void
}

export async function carryOutChange(
  effect: StartChange,
  incident: () => Incident,
  events: ChangeEvents,
): Promise<Outcome> {
  const { number } = effect.change
  const moved = (state: ChangeResult['state'] | 'planning', outcome: string): Outcome => ({
    kind: 'change-moved',
    number,
    state,
    outcome,
  })
  // Gate and reviews are filed under the name of the incident, and are looked for under it before it is closed.
  if (incident().number === 0 && patched('changes-wait-for-the-number')) {
    events.waits(moved('planning', 'waits for the number of the incident, which the ledger gives'))
    await condition(() => incident().number !== 0)
  }
  const turn = turnOf(effect, incident())
  if (typeof turn === 'string') return moved('failed', turn)
  const outlives = patched('changes-outlive-their-incident')
  const cancellationType = outlives ? { cancellationType: ChildWorkflowCancellationType.ABANDON } : {}
  const child = await takeTurn<ChangeRequest | FixRequest, ChangeResult>(
    { ...turn, ...cancellationType },
    () => events.waits(moved('planning', heldBy(turn.host))),
    events.runs,
  )
  try {
    const { state, outcome } = await child.result()
    return moved(state, outcome)
  } catch (error) {
    // Whoever is told to stop waiting knows nothing of its end.
    if (outlives && CancellationScope.current().consideredCancelled) throw new CancelledFailure('it goes on by itself')
    if (isCancellation(error)) return moved('cancelled', 'it was cancelled before it had ended')
    if (!(error instanceof TemporalFailure)) throw error
    return moved('failed', rootCause(error) ?? error.message)
  }
}

/** Or why there is none. Half a change is worse than one that outlives its incident. */
function turnOf(
  { change, command, proof }: StartChange,
  incident: Incident,
): Turn<ChangeRequest | FixRequest> | string {
  const { host } = command
  const asked = {
    incident: incidentName(incident.number),
    incidentWorkflowId: incident.workflowId,
    number: change.number,
    requestedBy: change.requestedBy,
    why: incident.title,
    evidence: evidenceFor(host, incident),
    alone: incident.severity === 'critical' ? (incident.acknowledged?.by ?? null) : null,
    ...(proof === undefined ? {} : { proof }),
  }
  const begin = (workflowType: string, name: string, argument: ChangeRequest | FixRequest) => ({
    workflowType,
    host,
    argument,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    summary: `${name} on ${host} for ${asked.incident}, asked for by ${change.requestedBy}`,
  })
  if (command.kind === 'fix') {
    return begin('fix', `the fix ${command.fix}`, { ...asked, host, fix: command.fix, cause: incident.cause })
  }
  const { name, parameters } = command
  if (!isWorkaround(name)) return `the catalogue has no workaround ${name}`
  return begin('change', name, { ...asked, change: { name, host, parameters } })
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
