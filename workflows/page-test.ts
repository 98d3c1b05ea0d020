/**
 * Page test: rings one person the way a real page would, so that nobody learns at 3 a.m. that the way is broken.
 *
 * One step. A crash leaves nothing behind: the page is found again by its key. Anybody may cancel it. A minute at most.
 */
import type { PageReceipt } from '../activities/incident-response.ts'
import type { PersonId } from '../domain/team/team.ts'
import { onChat } from './proxies.ts'

export interface PageTest {
  readonly person: PersonId
  readonly requestedBy: PersonId
  readonly id: string
}

export async function pageTest({ person, requestedBy, id }: PageTest): Promise<PageReceipt> {
  return await onChat(`Ring ${person} as a test`).page({
    key: `page-test/${id}`,
    person,
    incident: 'TEST',
    workflowId: `page-test:${person}`,
    title: 'Test page',
    text: `This is a test that ${requestedBy} asked for. Nothing is wrong; there is nothing to do.`,
  })
}
