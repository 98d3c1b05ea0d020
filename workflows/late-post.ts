/**
 * Late post: says in the chat what a run had to say when it ended, when the chat is back.
 *
 * One step, tried for a day. A crash leaves nothing behind: what has got through is found by its key. Anybody may cancel it.
 */
import type { PostOrder } from '../activities/incident-response.ts'
import type { CardPlace } from '../domain/incident/incident.ts'
import { onChat } from './proxies.ts'

export async function latePost(order: PostOrder): Promise<CardPlace> {
  // The run that left it may have been heard without knowing it.
  return await onChat('Say what is still owed').post({ ...order, again: true })
}
