/**
 * Page test: rings one person the way a real page would, so that nobody learns at 3 a.m. that the way is broken.
 *
 * 1. Ring.
 * 2. Leave it to a run of its own (`end-page-test:<id>`) to end what rings after two minutes, as nobody acknowledges a test.
 *
 * A crash leaves nothing behind: the page is found again by its key. Anybody may cancel it; whoever cancels the second run has
 * to resolve the alarm at the pager. A minute at most, for people wait for the answer.
 */
import { ParentClosePolicy, setHandler, sleep, startChild } from '@temporalio/workflow'
import type { PageReceipt } from '../activities/incident-response.ts'
import type { PersonId } from '../domain/team/team.ts'
import { incidentQuery } from './messages.ts'
import { onChat } from './proxies.ts'

/** Enough for a pager service to ring a phone. */
const RINGS = '2 minutes'

export interface PageTest {
  readonly person: PersonId
  readonly requestedBy: PersonId
  readonly id: string
}

export async function pageTest(test: PageTest): Promise<PageReceipt> {
  const { person, requestedBy, id } = test
  // Pages are silenced back to the start of their incident; here there is none.
  setHandler(incidentQuery, () => null, { description: 'None: this is only a test' })
  const receipt = await onChat(`Ring ${person} as a test`).page({
    key: `page-test/${id}`,
    person,
    incident: 'TEST',
    workflowId: runOf(test),
    title: 'Test page',
    text: `This is a test that ${requestedBy} asked for. Nothing is wrong; there is nothing to do.`,
    severity: 'test',
  })
  // Also when nothing is known to have got through: the answer of a pager that rings may be lost.
  await startChild(endPageTest, {
    workflowId: `end-page-test:${id}`,
    args: [test],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `Ends what rings at ${person} as a test`,
  })
  return receipt
}

export async function endPageTest(test: PageTest): Promise<void> {
  await sleep(RINGS, { summary: 'while it rings' })
  await onChat('End the test page').quietPages({ workflowId: runOf(test), text: 'this was a test, and it is over' })
}

function runOf({ person }: PageTest): string {
  return `page-test:${person}`
}
