/** The freeze switch from the chat: a row in the ledger, which every changing step reads before it starts. */
import { markup } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import { type Switched, tellFreeze } from '../tell-freeze.ts'
import { type Answer, recorded, said } from './answer.ts'
import type { Asked, Door } from './door.ts'

export async function turn(
  { client, ledger, log }: Door,
  { by, id, at }: Asked,
  kind: 'freeze' | 'thaw',
  reason: string,
): Promise<Answer> {
  if (ledger === null) {
    const hint = `At a terminal: ops ${kind} --reason R. For the chat set OPS_LEDGER_URL_FILE where the ingress starts.`
    throw new OpsError({ owner: 'configuration', message: 'the ingress has no ledger', hint })
  }
  const before = await ledger.currentFreeze()
  if (kind === 'thaw' && before === null) return said(markup`Nothing is frozen.`)
  if (kind === 'freeze' && before !== null && before.id !== id) {
    return said(markup`🧊 Already frozen since ${before.at} by ${before.by}: ${before.reason}`)
  }
  const event: Switched = { id, kind, target: 'estate', at, reason, by: by.id }
  await ledger.note(event)
  // Nobody waits for the cards.
  void tellFreeze(client, event, 'slack').catch((error: unknown) => {
    log.warn({ err: error }, 'open cards show the freeze switch when they change next')
  })
  return kind === 'freeze'
    ? recorded(
        markup`🧊 *Frozen*: no changing step starts any more, on any door. \`${by.places.command} thaw REASON\` ends it.`,
      )
    : recorded(markup`✔ Thawed: changes may start again.`)
}
