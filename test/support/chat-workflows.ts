/** The bundle of the tests of the chat's door: runs that note what they are told, and answer as the real ones do. */
import { condition, defineSignal, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow'
import type { Attempt, Gate } from '../../domain/approvals/approval.ts'
import { UNHEARD } from '../../domain/approvals/unheard.ts'
import type { IncidentAnswer, IncidentDeclaration, IncidentMessage } from '../../domain/incident/commands.ts'
import type { Incident } from '../../domain/incident/incident.ts'
import type { LateRows } from '../../workflows/late-rows.ts'
import { answerQuery, decideSignal, gatesQuery, incidentQuery, incidentSignal } from '../../workflows/messages.ts'

const endSignal = defineSignal('end')

/** Everything that it was told, each message once; a `close` is refused, as without a root cause. Its number is in its title. */
export async function incident({
  declaration,
}: {
  declaration: IncidentDeclaration
}): Promise<readonly IncidentMessage[]> {
  const told = new Map<string, IncidentMessage>()
  const number = Number(/\d+$/.exec(declaration.title)?.[0] ?? 1)
  let ended = false
  setHandler(endSignal, () => {
    ended = true
  })
  setHandler(incidentSignal, message => {
    if (!told.has(message.id)) told.set(message.id, message)
  })
  setHandler(answerQuery, id => answerTo(told.get(id)))
  setHandler(incidentQuery, () => state(number, declaration, told))
  upsertSearchAttributes({ OpsIncident: [`INC-${number}`] })
  await condition(() => ended)
  return [...told.values()]
}

function answerTo(message: IncidentMessage | undefined): IncidentAnswer | null {
  if (message === undefined) return null
  const { id, command } = message
  return command.kind === 'close'
    ? { id, outcome: 'refused', text: 'The root cause is missing.', hint: 'Write it down first.' }
    : { id, outcome: 'done', text: `${command.kind} is noted.` }
}

/** As much of an incident as the door looks at. */
function state(number: number, declaration: IncidentDeclaration, told: ReadonlyMap<string, IncidentMessage>): Incident {
  const { title, severity, category, startedAt, by } = declaration
  const known: Partial<Incident> = {
    number,
    workflowId: workflowInfo().workflowId,
    title,
    severity,
    category,
    status: 'investigating',
    startedAt,
    declaredBy: by,
    systems: [],
    roles: {},
    acknowledged: null,
    ending: null,
    impact: null,
    nextUpdateAt: null,
    paging: { tier: null, round: 0, pagedAt: null, nextAt: null, unreached: [] },
    alerts: [],
    evidence: [],
    changes: [],
    followUps: [],
    subscribers: [],
    hypotheses: [],
    rootCause: null,
    expectedResolution: null,
    card: null,
    timeline: [...told.values()].map(({ at, by: actor, command }, index) => ({
      seq: index + 1,
      at,
      by: actor,
      kind: command.kind,
      text: command.kind === 'note' ? command.text : command.kind,
    })),
    entries: told.size,
  }
  return known as Incident
}

/** A question that is decided as the real one is, as far as the door can tell the difference. */
export async function asking(first: Gate): Promise<readonly Attempt[]> {
  let gate = first
  let ended = false
  setHandler(endSignal, () => {
    ended = true
  })
  setHandler(decideSignal, ({ statement, kid, signature }) => {
    const { person, door, verdict, reason, at, digest, unheard } = statement
    const refusal =
      unheard !== undefined
        ? UNHEARD[unheard].why
        : person === gate.request.requestedBy
          ? 'You asked for this yourself.'
          : digest === gate.digest
            ? ''
            : 'You decided on another plan.'
    const attempt: Attempt = {
      at,
      person,
      door,
      verdict,
      // The signature goes where a test can read it.
      reason: `${reason}|${kid}|${signature}|${digest}`,
      counted: refusal === '',
      refusal,
      saidAt: at,
      proven: unheard === undefined,
    }
    const isDecided = attempt.counted && gate.state === 'open'
    const decided = isDecided ? { state: stateAfter(verdict), decidedAt: at } : {}
    gate = { ...gate, attempts: [...gate.attempts, attempt], ...decided }
  })
  setHandler(gatesQuery, () => [gate])
  upsertSearchAttributes({ OpsGate: [gate.approvalId] })
  await condition(() => ended)
  return gate.attempts
}

function stateAfter(verdict: Attempt['verdict']): Gate['state'] {
  return verdict === 'deny' ? 'denied' : verdict === 'withdraw' ? 'open' : 'approved'
}

/** Gives what it was to write. */
export async function lateRows({ rows }: LateRows): Promise<LateRows['rows']> {
  return rows
}

/** Only runs, so that it is listed and refuses a second one. */
export async function healthCheck(): Promise<void> {
  await condition(() => false)
}

export async function alert(): Promise<void> {
  await condition(() => false)
}
