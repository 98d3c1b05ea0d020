/** Cards, posts and mail. A card is drawn from the state that its subject has when Slack's pace lets it through. */
import { approvalCard } from '../domain/chat/approval-card.ts'
import type { CardSubject, ChatMessage } from '../domain/chat/chat.ts'
import { incidentCard } from '../domain/chat/incident-card.ts'
import { isRetryable, OpsError } from '../domain/failures.ts'
import type { CardPlace } from '../domain/incident/incident.ts'
import type { SlackPlaces } from '../domain/team/team.ts'
import { isTrouble } from './adapters/slack.errors.ts'
import type { Patience } from './adapters/slack.pace.ts'
import type { Posting, Slack } from './adapters/slack.ts'
import { type ChatPorts, NOWHERE, patienceOf } from './chat-ports.ts'
import type { ChatActivities } from './incident-response.ts'
import { knowTeam } from './known-team.ts'
import { createPagingActivities } from './paging.ts'

const DAY_MS = 86_400_000
/** Between two tries of what people have to repair first. */
const REPAIR_MS = 300_000

type CardRequest = Parameters<ChatActivities['showCard']>[0]
type Channels = Pick<SlackPlaces, 'incidents' | 'ops'>

/** What a card is about, as far as posting it needs to know. */
interface Subject {
  readonly key: string
  readonly channel: string
  readonly since: string
}

export function createChatActivities(ports: ChatPorts): ChatActivities {
  const { slack, mailer, readIncident, readGate, readFreeze, attempt, ui } = ports
  const people = knowTeam(ports)

  async function draw(subject: CardSubject): Promise<ChatMessage> {
    const [{ team }, freeze, drawn] = await Promise.all([people.lastOrLater(), freezeIfKnown(), stateOf(subject)])
    const url = ui === undefined ? {} : { uiUrl: `${ui}/workflows/${encodeURIComponent(subject.workflowId)}` }
    const card = { team, freeze, now: new Date().toISOString(), ...url }
    return drawn.kind === 'incident' ? incidentCard(drawn.incident, card) : approvalCard(drawn.gate, card)
  }

  /** A card without its banner is better than none: every changing step asks the ledger again, and waits for it. */
  async function freezeIfKnown() {
    try {
      return await readFreeze()
    } catch (error) {
      if (error instanceof OpsError) return null
      throw error
    }
  }

  async function stateOf(subject: CardSubject) {
    if (subject.kind === 'incident') {
      const incident = await readIncident(subject.workflowId, subject.runId)
      if (incident !== null) return { kind: 'incident', incident } as const
    } else {
      const gate = await readGate(subject.workflowId, subject.approvalId, subject.runId)
      if (gate !== null) return { kind: 'approval', gate } as const
    }
    throw new OpsError({
      owner: 'tool',
      message: `${subject.workflowId} has nothing to draw a card from yet`,
      hint: 'It is asked again. Does a control-plane worker run?',
    })
  }

  /** Whoever names the channel needs no estate file; only elsewhere the message then cannot go. */
  async function placesFor(channel: string): Promise<Channels | null> {
    try {
      return (await people.lastOrLater()).team.slack
    } catch (error) {
      if (!(error instanceof OpsError) || channel === NOWHERE.channel) throw error
      return { incidents: channel, ops: channel }
    }
  }

  async function subjectOf(subject: CardSubject, places: Channels): Promise<Subject> {
    const state = await stateOf(subject)
    if (state.kind === 'incident') {
      const { key, startedAt } = state.incident
      return { key: `card/incident/${key}`, channel: places.incidents, since: startedAt }
    }
    const { approvalId, openedAt, request } = state.gate
    const channel = request.incident === null ? places.ops : places.incidents
    return { key: `card/approval/${approvalId}`, channel, since: openedAt }
  }

  async function show({ subject, place, thread, again = false }: CardRequest): Promise<CardPlace> {
    const places = slack === null ? null : (await people.lastOrLater()).team.slack
    if (slack === null || places === null) return place ?? NOWHERE
    const patience = patienceOf(ports)
    const old = place === null || place.channel === NOWHERE.channel ? null : place
    if (old !== null) {
      try {
        await slack.edit(old, () => draw(subject), patience)
        return old
      } catch (error) {
        if (!isTrouble(error, 'gone', 'refused')) throw error
      }
    }
    const { key, channel, since } = await subjectOf(subject, places)
    const posting: Posting = {
      key: old === null ? key : `${key}/instead-of/${old.channel}/${old.ts}`,
      group: null,
      channel,
      thread: thread === '' ? null : thread,
      draw: () => draw(subject),
      look: again || attempt() > 1 ? 'after-settling' : 'at-once',
      since,
    }
    return await postSomewhere(slack, posting, places, patience)
  }

  return {
    ...createPagingActivities(ports, people),

    /**
     * Idempotent. Editing the same place again is harmless. A card without a place may have been posted by a try whose answer
     * was lost: it carries its key and is looked for first. One that was deleted, or whose channel is closed, is posted anew.
     */
    async showCard(request) {
      try {
        return await show(request)
      } catch (error) {
        throw request.patient === true ? untilRepaired(error) : error
      }
    },

    /** Idempotent: the key travels with the message, and every try after the first one looks for it. */
    async post({ key, channel, thread, message, again = false }) {
      const places = slack === null ? null : await placesFor(channel)
      if (slack === null || places === null) return NOWHERE
      const patience = patienceOf(ports)
      const posting: Posting = {
        key,
        group: null,
        channel: await channelOf(slack, channel, places, patience),
        thread: channel === NOWHERE.channel || thread === '' ? null : thread,
        // Whoever is called to hands must see it without opening a thread.
        isBroadcast: message.text.startsWith('<!here>'),
        draw: async () => message,
        look: again || attempt() > 1 ? 'after-settling' : 'never',
        since: new Date(Date.now() - DAY_MS).toISOString(),
      }
      return await postSomewhere(slack, posting, places, patience)
    },

    /** Idempotent as far as mail is: a second try has the same Message-ID. Without addresses there is nothing to do. */
    async mail(order) {
      if (order.to.length === 0) return
      if (mailer === null) {
        throw new OpsError({
          owner: 'configuration',
          message: 'no mail server is configured',
          hint: 'Set OPS_SMTP_URL_FILE and OPS_MAIL_FROM for the control plane.',
        })
      }
      await mailer.send(order)
    },
  }
}

/** Somebody installs the app again, or invites it: until then it is tried, seldom. */
function untilRepaired(error: unknown): unknown {
  if (!(error instanceof OpsError) || isRetryable(error.owner)) return error
  const { message, hint } = error
  return new OpsError({ owner: 'tool', message, hint, retryAfterMs: REPAIR_MS }, { cause: error })
}

/** A person is written to in the conversation with them; a card that nobody can see has its thread in the channel. */
async function channelOf(slack: Slack, channel: string, places: Channels, patience: Patience): Promise<string> {
  if (channel === NOWHERE.channel) return places.incidents
  return /^[UW][A-Z0-9]+$/.test(channel) ? await slack.openDm(channel, patience) : channel
}

/** Without its thread when that is gone, and in the channel of operations when its own is closed to us. */
async function postSomewhere(
  slack: Slack,
  posting: Posting,
  places: Pick<SlackPlaces, 'ops'>,
  patience: Patience,
): Promise<CardPlace> {
  try {
    return await slack.postOnce(posting, patience)
  } catch (error) {
    if (isTrouble(error, 'gone') && posting.thread !== null) {
      return await postSomewhere(slack, { ...posting, thread: null }, places, patience)
    }
    // What was meant for one person is not told to everybody.
    const isPrivate = posting.channel.startsWith('D')
    if (!isTrouble(error, 'refused') || isPrivate || posting.channel === places.ops) throw error
    return await slack.postOnce({ ...posting, channel: places.ops, thread: null }, patience)
  }
}
