/** Pages: one person is rung by the first channel that gets through, and all of it falls silent at once. */
import { pageMessage, quietedPage } from '../domain/chat/page-message.ts'
import { isRetryable, OpsError } from '../domain/failures.ts'
import { redact } from '../domain/redact.ts'
import type { PageChannel, Person, PersonId } from '../domain/team/team.ts'
import type { AlarmSeverity, Pager } from './adapters/pager.ts'
import type { Slack } from './adapters/slack.ts'
import { type ChatPorts, patienceOf } from './chat-ports.ts'
import type { ChatActivities, PageOrder } from './incident-response.ts'
import { type KnownTeam, troubleOf } from './known-team.ts'

/** Rather by another channel than late. */
const PATIENCE_MS = 10_000

/** When nothing got through; more tries only put off that the phone numbers are shown. */
const TRIES = 3

/** A page is looked for this far back when the incident cannot be asked since when it rings. */
const DAY_MS = 86_400_000

/** How loud a pager is: a test is not to wake anybody for long. */
const ALARM: Readonly<Record<NonNullable<PageOrder['severity']>, AlarmSeverity>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'warning',
  test: 'info',
}

interface Callee {
  /** Null when nobody has this name. */
  readonly person: Person | null
  readonly pageBy: readonly PageChannel[]
  /** Why this is not as of now; null when it is. */
  readonly trouble: string | null
}

export function createPagingActivities(
  ports: ChatPorts,
  people: KnownTeam,
): Pick<ChatActivities, 'page' | 'quietPages'> {
  const { slack, mailer, pager, readIncident, attempt } = ports

  /** An earlier call may have got through. */
  const isAgain = ({ again = false }: PageOrder) => again || attempt() > 1

  /** As of now, else as the asking run knows them, else as of before. */
  async function whomToRing({ person, known }: PageOrder): Promise<Callee> {
    try {
      const { team, trouble } = await people.last()
      if (trouble !== null && known !== undefined) return { ...known, trouble }
      return { person: team.people.find(({ id }) => id === person) ?? null, pageBy: team.pageBy, trouble }
    } catch (error) {
      if (!(error instanceof OpsError) || known === undefined) throw error
      return { ...known, trouble: troubleOf(error) }
    }
  }

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
      look: isAgain(order) ? ('after-settling' as const) : ('never' as const),
      since: dayBefore(),
    }
    await slack.postOnce(posting, patience)
    return null
  }

  /** An alarm of an earlier page that nobody answered would take this one in silently, so it ends first; a second try rings no second time. */
  async function ringPager(pager: Pager, order: PageOrder, { id, name }: Person): Promise<null> {
    const key = alarmOf(order.workflowId, id)
    if (!isAgain(order)) await pager.resolve(key)
    const details = { person: name, incident: order.incident, text: order.text, workflow: order.workflowId }
    const severity = ALARM[order.severity ?? 'critical']
    await pager.trigger({ key, summary: `${name}: ${order.incident} ${order.title}`, severity, details })
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
      const { person, pageBy, trouble } = await whomToRing(order)
      // Whoever reads of the page learns that it went to people as they were.
      const failed = trouble === null ? [] : [{ channel: 'people', why: `as known before, because ${trouble}` }]
      if (person === null) {
        const why = `the team has nobody of the name ${order.person}`
        return { delivered: null, failed: [...failed, { channel: 'all', why }], phone: null }
      }
      let passing: OpsError | null = null
      for (const channel of pageBy) {
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
     * Idempotent: what is silent already is not found again. Without a word of whom, everybody of the team is looked at, because
     * anybody can have been paged; one person who cannot be reached leaves the others.
     */
    async quietPages({ workflowId, text, people: asked }) {
      const persons = asked ?? (await people.lastOrLater()).team.people
      const since = (await readIncident(workflowId))?.startedAt ?? dayBefore()
      const quiet = persons.flatMap(({ id, slackUsers: [user] }) => [
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
