/**
 * Incident (I1-I3): from the first sign to the post-mortem, one run for one cause, for as many days as it takes.
 *
 * 1. Know the people and who is on call; give the incident its number (INC-n).
 * 2. Open it: page, announce, look at the hosts (I2.1).
 * 3. Until it is closed: take what people and machines say, what came of what was asked for, and what the clock demands; let
 *    the rules of domain/incident decide; carry out what they ask for in the background; show and write down what changed.
 * 4. Say the last words: card, mails and ledger are brought to the end.
 * 5. Leave the follow-ups to a run of their own (`follow-ups:INC-n`), which begins when this one has ended and reminds until
 *    they are done.
 *
 * The state is one value, moved by pure rules alone; a crash at any step leaves it where it was, and what was under way is
 * tried again by its key. Nothing that fails outside ends the incident: it becomes a line of the timeline. Without Slack or
 * ledger it goes on, and they catch up. Before its history grows long it continues as new with the state. Anybody may cancel
 * it (`ops cancel`): pages fall silent and the ledger says so. It ends when somebody closes, merges or dismisses it; a report
 * of the same cause before its last words are said reopens it.
 */
import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  workflowInfo,
} from '@temporalio/workflow'
import { nextDuty } from '../domain/incident/duties.ts'
import type { Incident } from '../domain/incident/incident.ts'
import type { IncidentStart, IncidentWorkflow } from './incident-start.ts'
import { startFollowUps, takenOver } from './steps/follow-ups.ts'
import { openInbox } from './steps/inbox.ts'
import {
  type Desk,
  isQuiet,
  leaveOwedCard,
  memoryOf,
  openDesk,
  sayCancelled,
  takeStock,
} from './steps/incident-desk.ts'
import { waitsFor } from './steps/incident-details.ts'
import { asksNothing, inquire, NOTHING_ASKED } from './steps/inquiries.ts'
import { hangNoticeboard } from './steps/noticeboard.ts'

/** Who may do what is decided by people as of now; who is on call changes more slowly. */
const TEAM_FOR_PEOPLE_MS = 30_000
const TEAM_FOR_DUTIES_MS = 300_000

/** Events of one run; Temporal itself suggests a new one at 4,096, and a pass of the loop adds some dozens. */
const HISTORY_EVENTS = 3_000

/** How long a run that has become long waits for a moment in which nothing is under way. */
const QUIET_MOMENT_MS = 60_000

/** A closed incident waits this long for a chat that is down. */
const LAST_WORDS_MS = 86_400_000

/** When the rules say "now" and then find nothing to do, their clock is a moment ahead. */
const SHORTEST_WAIT_MS = 1_000

export async function incident(start: IncidentStart): Promise<Incident> {
  const { declaration } = start
  const inbox = openInbox(start.carried?.inbox ?? { seen: [declaration.id], answers: [], messages: [] })
  const board = hangNoticeboard()
  const carried = await takenOver(start)
  const desk = await openDesk(declaration, carried, inbox, board)
  try {
    return await respond(desk, start)
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => sayCancelled(desk))
    throw error
  }
}

async function respond(desk: Desk, start: IncidentStart): Promise<Incident> {
  let longSince: number | null = null
  let isHandedOver = start.remembers === true
  let isCardLeft = false
  for (;;) {
    await desk.people.refresh(desk.inbox.waiting() ? TEAM_FOR_PEOPLE_MS : TEAM_FOR_DUTIES_MS)
    takeStock(desk, asksNothing(desk.inbox) ? NOTHING_ASKED : await inquire(desk))

    if (desk.state.incident.status === 'closed') {
      const isDone = start.remembers !== true || dutyOf(desk) === null
      if (isDone && isQuiet(desk)) {
        if (desk.card.isOwed() && !isCardLeft) {
          isCardLeft = true
          await leaveOwedCard(desk)
          continue
        }
        // Nothing is awaited between the last look into the inbox and the end, so that no message is left behind.
        if (isHandedOver || dutyOf(desk) === null) return desk.state.incident
        const looksAgain = patched('last-look-into-the-inbox')
        await startFollowUps(desk, start)
        if (!looksAgain) return desk.state.incident
        isHandedOver = true
        continue
      }
      if (isPast(lastWordsEnd(desk, start))) await giveUpTheRest(desk)
    }

    longSince ??= isLong(start.renewAfter ?? HISTORY_EVENTS) ? Date.now() : null
    // How a change of a host ends is told to the run that started it, so that one stays.
    if (longSince !== null && !desk.errands.changing()) {
      const quietBy = longSince + QUIET_MOMENT_MS
      if (isQuiet(desk) || isPast(quietBy)) await renew(desk, start)
      await nextEvent(desk, quietBy)
    } else {
      await nextEvent(desk, lastWordsEnd(desk, start))
    }
  }
}

/** Waits for a message, for something that came of an effect, for a duty, or until `deadline` when there is one. */
async function nextEvent(desk: Desk, deadline: number | null): Promise<void> {
  const { state, seen, inbox, errands } = desk
  const duty = dutyOf(desk)
  const mayLeave = deadline !== null || (state.incident.status === 'closed' && duty === null)
  const happened = (): boolean =>
    inbox.waiting() || errands.waiting() || state.incident !== seen.incident || (mayLeave && isQuiet(desk))

  const times = [
    ...(duty === null ? [] : [Math.max(Date.parse(duty), Date.now() + SHORTEST_WAIT_MS)]),
    ...(deadline === null || isPast(deadline) ? [] : [deadline]),
  ]
  if (times.length === 0) return await condition(happened)
  const summary = `waits for ${waitsFor(state.incident)}`.slice(0, 200)
  await condition(happened, Math.min(...times) - Date.now(), { summary })
}

/** What is still under way is tried again by the next run, found by its key. */
async function renew(desk: Desk, start: IncidentStart): Promise<never> {
  await Promise.all([desk.errands.park(), desk.card.stop()])
  // Nothing is awaited between this and the end, so that no message falls between two runs.
  takeStock(desk, NOTHING_ASKED)
  const { after: _, ...same } = start
  return await continueAsNew<IncidentWorkflow>({ ...same, carried: memoryOf(desk) })
}

function dutyOf({ state, people }: Desk): string | null {
  return nextDuty(state.incident, { team: people.team(), knows: patched })
}

async function giveUpTheRest({ errands, card }: Desk): Promise<void> {
  errands.drop()
  await card.stop()
}

function isLong(events: number): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo()
  return continueAsNewSuggested || historyLength > events
}

/** Null while it is open, and for a run that only remembers. */
function lastWordsEnd({ state }: Desk, { remembers }: IncidentStart): number | null {
  if (remembers === true) return null
  const { status, closedAt } = state.incident
  return status === 'closed' && closedAt !== null ? Date.parse(closedAt) + LAST_WORDS_MS : null
}

function isPast(time: number | null): boolean {
  return time !== null && Date.now() >= time
}
