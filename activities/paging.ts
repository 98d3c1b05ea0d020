/** Pages: one person is rung by the first channel that gets through, and all of it falls silent at once. */
import { pageMessage, quietedPage } from '../domain/chat/page-message.ts'
import { isRetryable, OpsError } from '../domain/failures.ts'
import { redact } from '../domain/redact.ts'
import type { PageChannel, Person, PersonId } from '../domain/team/team.ts'
import type { Pager } from './adapters/pager.ts'
import type { Slack } from './adapters/slack.ts'
import { type ChatPorts, patienceOf } from './chat-ports.ts'
import type { ChatActivities, PageOrder } from './incident-response.ts'

/** Rather by another channel than late. */
const PATIENCE_MS = 10_000

/** When nothing got through; more tries only put off that the phone numbers are shown. */
const TRIES = 3

/** A page is looked for this far back when the incident cannot be asked since when it rings. */
const DAY_MS = 86_400_000

export function createPagingActivities(ports: ChatPorts): Pick<ChatActivities, 'page' | 'quietPages'> {
  const { slack, mailer, pager, readTeam, readIncident, attempt } = ports

  /** Null when it rings; else why not. */
  async function ring(channel: PageChannel, order: PageOrder, person: Person): Promise<string | null> {
    switch (channel) {
      case 'slack':
        return await ringSlack(order, person)
      case 'mail':
        if (mailer === null) return NOT_CONFIGURED
        if (person.email === null) return 'no mail address is known'
        await mailer.send({ key: order.key, to: [person.email], subject: subjectOf(order), text: mailText(order) })
        return null
      case 'webhook':
        return pager === null ? NOT_CONFIGURED : await ringPager(pager, order, person)
    }
  }

  async function ringSlack(order: PageOrder, { slackUsers: [user] }: Person): Promise<string | null> {
    if (slack === null) return NOT_CONFIGURED
    if (user === undefined) return 'no Slack account is known'
    const patience = patienceOf(ports, PATIENCE_MS)
    const posting = {
      key: order.key,
      group: groupOf(order.workflowId),
      channel: await slack.openDm(user, patience),
      thread: null,
      draw: async () => pageMessage(order),
      look: attempt() > 1 ? ('after-settling' as const) : ('never' as const),
      since: dayBefore(),
    }
    await slack.postOnce(posting, patience)
    return null
  }

  /** An alarm of an earlier page that nobody answered would take this one in silently, so it ends first; a second try rings no second time. */
  async function ringPager(pager: Pager, order: PageOrder, { id, name }: Person): Promise<null> {
    const key = alarmOf(order.workflowId, id)
    if (attempt() === 1) await pager.resolve(key)
    const details = { person: name, incident: order.incident, text: order.text, workflow: order.workflowId }
    await pager.trigger({ key, summary: `${name}: ${order.incident} ${order.title}`, details })
    return null
  }

  async function quietSlack(
    slack: Slack,
    user: string,
    workflowId: string,
    since: string,
    text: string,
  ): Promise<void> {
    const patience = patienceOf(ports)
    const channel = await slack.openDm(user, patience)
    for (const found of await slack.findGroup(channel, groupOf(workflowId), since, patience)) {
      await slack.settle(found, async () => quietedPage(text), patience)
    }
  }

  return {
    /**
     * Rings by one channel after the other until one got through. Idempotent: the message carries its key and is looked for
     * by every later try, mail has the same Message-ID, an alarm the same key.
     */
    async page(order) {
      const team = await readTeam()
      const person = team.people.find(({ id }) => id === order.person)
      if (person === undefined) {
        const why = `the team has nobody of the name ${order.person}`
        return { delivered: null, failed: [{ channel: 'all', why }], phone: null }
      }
      const failed: { channel: string; why: string }[] = []
      let passing: OpsError | null = null
      for (const channel of team.pageBy) {
        try {
          const why = await ring(channel, order, person)
          if (why === null) return { delivered: channel, failed, phone: person.phone }
          failed.push({ channel, why })
        } catch (error) {
          if (!(error instanceof OpsError)) throw error
          if (isRetryable(error.owner)) passing ??= error
          failed.push({ channel, why: redact(error.message) })
        }
      }
      if (passing !== null && attempt() < TRIES) throw passing
      return { delivered: null, failed, phone: person.phone }
    },

    /**
     * Idempotent: what is silent already is not found again. Everybody of the team is looked at, because anybody can have been
     * paged; one person who cannot be reached leaves the others.
     */
    async quietPages({ workflowId, text }) {
      const { people } = await readTeam()
      const since = (await readIncident(workflowId))?.startedAt ?? dayBefore()
      const quiet = people.flatMap(({ id, slackUsers: [user] }) => [
        ...(slack === null || user === undefined ? [] : [quietSlack(slack, user, workflowId, since, text)]),
        ...(pager === null ? [] : [pager.resolve(alarmOf(workflowId, id))]),
      ])
      const ends = await Promise.allSettled(quiet)
      const failure = ends.find(end => end.status === 'rejected')
      if (failure !== undefined) throw failure.reason
    },
  }
}

const NOT_CONFIGURED = 'not configured'

function groupOf(workflowId: string): string {
  return `page/${workflowId}`
}

function alarmOf(workflowId: string, person: PersonId): string {
  return `${workflowId}/${person}`
}

function dayBefore(): string {
  return new Date(Date.now() - DAY_MS).toISOString()
}

function subjectOf({ incident, title }: PageOrder): string {
  return `[PAGE] ${incident} ${title}`
}

function mailText({ incident, text }: PageOrder): string {
  return `${text}\n\nYou are paged until somebody acknowledges: ops incident ack ${incident}\n`
}
