/** `ops oncall`: who is on call now, tier by tier, until when, and how they are reached. `ops page`: rings one person as a test. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client'
import { readTeam } from '../../activities/adapters/estate-file.ts'
import type { PageReceipt } from '../../activities/incident-response.ts'
import { OpsError } from '../../domain/failures.ts'
import { CONTROL_QUEUE } from '../../domain/ids.ts'
import type { ResponseCommand } from '../../domain/response-commands.ts'
import { nextHandover, onCallNow } from '../../domain/team/roster.ts'
import type { Person, Team } from '../../domain/team/team.ts'
import type { PageTest } from '../../workflows/page-test.ts'
import { actingPerson } from '../acting-person.ts'
import type { Context } from '../context.ts'
import { type ExitCode, ExitError, usageError } from '../exit-codes.ts'
import { required } from '../settings.ts'
import { table } from '../terminal.ts'

type PageTestType = (order: PageTest) => Promise<PageReceipt>

/** As long as other verbs wait for a worker. */
const TAKEN_MS = 10_000
/** All channels one after the other, some tries each. */
const LONGEST_MS = 120_000
/** Started, and offered to the workers. */
const UNTAKEN_HISTORY = 2

export async function oncall(
  { at }: Extract<ResponseCommand, { verb: 'oncall' }>,
  { terminal, json, settings }: Context,
): Promise<ExitCode> {
  const team = await readTeam(required((await settings()).estateFile, 'OPS_ESTATE'))
  const now = at ?? new Date().toISOString()
  if (Number.isNaN(Date.parse(now))) throw usageError(`"${now}" is no time`, 'Write --at 2026-12-24T20:00:00Z.')
  const until = nextHandover(team, now)
  const tiers = onCallNow(team, now).map(({ tier, person }) => {
    const known = team.people.find(({ id }) => id === person)
    return { tier, person, name: known?.name ?? person, phone: known?.phone ?? null }
  })
  if (json) terminal.json({ at: now, until, tiers })
  else {
    if (tiers.length === 0) terminal.say(`nobody is on call${at === null ? '' : ` at ${now}`}: ${whyNobody(team)}`)
    for (const line of table(tiers.map(({ tier, person, name, phone }) => [tier, person, name, phone ?? ''])))
      terminal.say(line)
    if (until !== null) terminal.say(terminal.paint('dim', `until ${until} (${team.timezone})`))
  }
  return 0
}

function whyNobody({ roster }: Team): string {
  return roster === null
    ? 'the estate file has neither team.oncall nor members in the group responders'
    : 'no rotation of team.oncall has begun'
}

/** The test page takes the same way as a real one, through a short run of its own. */
export async function page(
  { person, as }: Extract<ResponseCommand, { verb: 'page' }>,
  context: Context,
): Promise<ExitCode> {
  const asking = await actingPerson(await context.settings(), as)
  const receiver = receiverOf(asking.team.people, person)
  const { client } = await context.temporal()
  const handle = await client.workflow
    .start<PageTestType>('pageTest', {
      workflowId: `page-test:${receiver.id}`,
      workflowIdConflictPolicy: 'FAIL',
      taskQueue: CONTROL_QUEUE,
      // Nobody is rung by a test that somebody gave up an hour ago.
      workflowExecutionTimeout: LONGEST_MS,
      args: [{ person: receiver.id, requestedBy: asking.id, id: randomUUID() }],
      staticSummary: `Test page to ${receiver.name}, asked for by ${asking.id}`,
    })
    .catch((error: unknown) => {
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw isRinging(receiver, error)
      throw error
    })
  const { delivered, failed, phone } = await receiptOf(handle, receiver)
  if (context.json) context.terminal.json({ person: receiver.id, delivered, failed, phone })
  else {
    for (const { channel, why } of failed) context.terminal.say(`${channel}: ${why}`)
    context.terminal.say(
      delivered === null
        ? `nobody could deliver the page; call ${receiver.name}: ${phone ?? 'no phone number is known'}`
        : `delivered to ${receiver.name} by ${delivered}`,
    )
  }
  return delivered === null ? 2 : 0
}

/** Gives up early when no worker begins, and late when the channels hang; then the test is withdrawn. */
async function receiptOf(handle: WorkflowHandle<PageTestType>, receiver: Person): Promise<PageReceipt> {
  const ended = handle.result()
  ended.catch(() => undefined)
  const soon = await within(TAKEN_MS, ended)
  if (soon !== null) return soon
  const isTaken = (await handle.describe()).historyLength > UNTAKEN_HISTORY
  const receipt = isTaken ? await within(LONGEST_MS - TAKEN_MS, ended) : null
  if (receipt !== null) return receipt
  await handle.terminate('nobody waits for this test any more').catch(() => undefined)
  const what = isTaken ? 'has not been delivered' : 'was taken up by no worker'
  throw new ExitError(69, {
    owner: 'tool',
    message: `the test page to ${receiver.name} ${what} within ${(isTaken ? LONGEST_MS : TAKEN_MS) / 1_000} s, and is withdrawn`,
    hint: '`ops doctor` says whether the control plane works; a real page would wait for it.',
  })
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  const giveUp = new AbortController()
  try {
    return await Promise.race([work, sleep(ms, null, { signal: giveUp.signal })])
  } finally {
    giveUp.abort()
  }
}

function isRinging({ id, name }: Person, cause: unknown): ExitError {
  const hint = `Wait for its end; \`ops show page-test:${id}\` looks at it.`
  return new ExitError(75, { owner: 'operator', message: `${name} is being rung by another test`, hint }, { cause })
}

function receiverOf(people: readonly Person[], id: string): Person {
  const person = people.find(candidate => candidate.id === id)
  if (person !== undefined) return person
  const hint = `People are ${people.map(candidate => candidate.id).join(', ')}.`
  throw new OpsError({ owner: 'operator', message: `nobody is called "${id}"`, hint })
}
