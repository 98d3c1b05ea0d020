/**
 * Where an incident is worked on: its state and everything around it. Taking stock is one pass of the rules, without waiting:
 * what came of effects, what people and machines say, what the clock demands.
 */
import { condition, log, patched, workflowInfo } from '@temporalio/workflow'
import type { ChangeProgress } from '../../domain/changes.ts'
import { openChanges } from '../../domain/incident/closing.ts'
import type { IncidentDeclaration, IncidentMessage } from '../../domain/incident/commands.ts'
import { type DecideContext, decide } from '../../domain/incident/decide.ts'
import { dutiesDue } from '../../domain/incident/duties.ts'
import type { Step } from '../../domain/incident/effects.ts'
import { type Incident, incidentName } from '../../domain/incident/incident.ts'
import { withoutEnded } from '../../domain/incident/looked-up.ts'
import { openIncident } from '../../domain/incident/open.ts'
import { settle } from '../../domain/incident/settle.ts'
import { begin, type RuleContext } from '../../domain/incident/step.ts'
import { onChatBriefly } from '../proxies.ts'
import { type Card, keepCard, leaveCard } from './cards.ts'
import { type Chronicle, type ChronicleMemory, keepChronicle, recordRows } from './chronicle.ts'
import { type ErrandMemory, type Errands, runErrands } from './errands.ts'
import type { Inbox, InboxMemory } from './inbox.ts'
import { giveNumber } from './incident-number.ts'
import { answersFor, type Inquiries } from './inquiries.ts'
import type { Noticeboard } from './noticeboard.ts'
import { knowPeople, type People, type TeamReading } from './people.ts'

/** Until everything that was under way has noticed that the run ends. */
const FAREWELL = '60 seconds'

/** What a run of a long incident hands to the next one. */
export interface Carried {
  readonly incident: Incident
  readonly people: TeamReading
  readonly inbox: InboxMemory
  readonly errands: ErrandMemory
  readonly chronicle: ChronicleMemory
}

export interface Desk {
  /** The incident now, and as it was after the last pass of the rules. */
  readonly state: { incident: Incident }
  readonly seen: { incident: Incident }
  readonly people: People
  readonly inbox: Inbox
  readonly errands: Errands
  readonly chronicle: Chronicle
  readonly card: Card
  readonly board: Noticeboard
}

/** Waits for the people, and a while for the number. */
export async function openDesk(
  declaration: IncidentDeclaration,
  carried: Carried | null,
  inbox: Inbox,
  board: Noticeboard,
): Promise<Desk> {
  const { workflowId, firstExecutionRunId: key } = workflowInfo()
  const numbering = giveNumber(declaration, key, carried?.incident.number ?? 0)
  const people = await knowPeople(carried?.people ?? null)
  await numbering.awhile()

  const opened: Step =
    carried === null
      ? openIncident(declaration, { number: numbering.number(), workflowId, key, now: now(), team: people.team() })
      : { incident: numbered(carried.incident, numbering.number()), effects: [] }
  const state = { incident: opened.incident }
  numbering.later(number => {
    state.incident = { ...state.incident, number }
  })

  const failed = (what: string) => (why: string) => errands.report({ kind: 'effect-failed', what, why })
  const card = keepCard({ kind: 'incident', workflowId }, state.incident.card, null, {
    placed: place => errands.report({ kind: 'card-placed', place }),
    failed: failed('draw the card'),
  })
  const errands = runErrands(carried?.errands ?? { keys: [], tasks: [] }, {
    incident: () => state.incident,
    team: people.team,
    isCardLost: card.isLost,
  })
  const chronicle = keepChronicle(
    carried?.chronicle ?? { entries: 0, rows: [] },
    () => state.incident.number,
    failed('write the timeline into the ledger'),
  )
  people.watch(failed('read the people as of now'))
  const desk: Desk = { state, seen: { incident: state.incident }, people, inbox, errands, chronicle, card, board }
  if (carried === null) inbox.answer({ id: declaration.id, outcome: 'done', text: `${nameOf(state.incident)} is open` })
  chronicle.note(state.incident)
  errands.start(opened.effects)
  show(desk)
  return desk
}

/** One pass of the rules. Waits for nothing: what has to be looked up and was not stays for the next pass. */
export function takeStock(desk: Desk, inquiries: Inquiries): void {
  const { state, seen, people, inbox, errands, chronicle } = desk
  const context: RuleContext = { now: now(), team: people.team(), knows: patched }
  let changed = state.incident !== seen.incident
  const apply = ({ incident, effects }: Step, visible = true): void => {
    changed ||= visible && incident !== state.incident
    state.incident = incident
    chronicle.note(incident)
    errands.start(effects)
  }

  for (const outcome of errands.take()) {
    // Where the card lives is not written on it.
    apply(settle(state.incident, outcome, context), outcome.kind !== 'card-placed')
  }
  for (const move of inbox.takeMoves()) {
    if (isUnderWay(state.incident, move)) apply(settle(state.incident, { kind: 'change-moved', ...move }, context))
  }
  if (inquiries.alerts !== null) apply(withoutEnded(begin(state.incident), inquiries.alerts, context))
  for (const message of inbox.take()) {
    const answers = answersFor(message, state.incident, inquiries)
    if (answers === null) {
      inbox.putBack(message)
      continue
    }
    const { answer, ...step } = judge(state.incident, message, { ...context, ...answers })
    inbox.answer(answer)
    apply(step)
  }
  apply(dutiesDue(state.incident, context))

  seen.incident = state.incident
  if (changed) show(desk)
  // Where the card lives is asked for, too.
  else desk.board.show(state.incident)
}

/** Whether nothing is under way and nothing has come. A card that people have to make possible first keeps nobody. */
export function isQuiet({ inbox, errands, chronicle, card }: Desk): boolean {
  const isDrawn = card.idle() || card.isOwed()
  return errands.idle() && !errands.waiting() && !inbox.waiting() && chronicle.idle() && isDrawn
}

/** A run that ends leaves the card that it could not draw to one of its own. */
export async function leaveOwedCard({ state: { incident } }: Desk): Promise<void> {
  const { workflowId, key, entries, card } = incident
  await leaveCard(`${key}/${entries}`, nameOf(incident), { kind: 'incident', workflowId }, card)
}

/** To be taken when the errands are parked. */
export function memoryOf({ state, people, inbox, errands, chronicle }: Desk): Carried {
  return {
    incident: state.incident,
    people: people.reading(),
    inbox: inbox.memory(),
    errands: errands.memory(),
    chronicle: chronicle.memory(),
  }
}

/** The last words of a run that somebody cancelled: said briefly, because a cancelled run must not stay open. */
export async function sayCancelled({ state, people, errands, chronicle, board, card }: Desk): Promise<void> {
  chronicle.stop()
  errands.drop()
  await condition(() => errands.idle() && card.idle(), FAREWELL, { summary: 'until everything has stopped' })
  const goOn = openChanges(state.incident).map(({ title, workflowId }) => `${workflowId} (${title})`)
  const changes = goOn.length === 0 ? '' : `; what runs of ${goOn.join(', ')} goes on by itself`
  const why = `its run was cancelled${changes}`
  const cancelled = { kind: 'effect-failed', what: 'go on with this incident', why } as const
  state.incident = settle(state.incident, cancelled, { now: now(), team: people.team() }).incident
  chronicle.note(state.incident)
  board.show(state.incident)

  const { workflowId, number, card: place } = state.incident
  const { rows } = chronicle.memory()
  const subject = { kind: 'incident', workflowId } as const
  const words = [
    recordRows(rows, number, 'briefly'),
    onChatBriefly('Take the noise away from all pages').quietPages({
      workflowId,
      text: `the run of ${nameOf(state.incident)} was cancelled`,
      people: people.team().people,
    }),
    ...(place === null ? [] : [onChatBriefly('Draw the card as it is now').showCard({ subject, place, thread: null })]),
  ]
  for (const said of await Promise.allSettled(words)) {
    if (said.status === 'rejected') log.warn('not all last words were heard', { reason: said.reason })
  }
}

/** What tells its progress may be late, or not what it says it is: a change that has ended stays ended. */
function isUnderWay({ changes }: Incident, { number }: ChangeProgress): boolean {
  const states = changes.filter(change => change.number === number).map(({ state }) => state)
  return states.some(state => state === 'planning' || state === 'awaiting-approval' || state === 'running')
}

/** Whatever a message holds, an incident goes on: what the rules cannot read is refused. */
function judge(incident: Incident, message: IncidentMessage, context: DecideContext): ReturnType<typeof decide> {
  try {
    return decide(incident, message, context)
  } catch (error) {
    log.warn('a message was not understood', { error })
    const hint = 'Send it through ops incident or Slack, in the same release as the control plane.'
    const answer = { id: message.id, outcome: 'refused', text: 'this message was not understood', hint } as const
    return { incident, effects: [], answer }
  }
}

function show({ state, people, card, board }: Desk): void {
  board.show(state.incident)
  if (people.team().slack !== null) card.refresh()
}

/** A run that goes on without a number may get it at once. */
function numbered(incident: Incident, number: number): Incident {
  const isNews = incident.number === 0 && number !== 0 && patched('a-number-that-comes-at-once-counts')
  return isNews ? { ...incident, number } : incident
}

/** For people, also while there is no number. */
function nameOf({ number }: Incident): string {
  return number === 0 ? 'the incident' : incidentName(number)
}

function now(): string {
  return new Date().toISOString()
}
