/** The freeze switch from the chat: a row in the ledger, which every changing step reads before it starts. */
import { markup } from '../../domain/chat/text.ts'
import { isRetryable, OpsError } from '../../domain/failures.ts'
import type { EventRow } from '../../domain/ledger.ts'
import { redact } from '../../domain/redact.ts'
import { type Switched, tellFreeze } from '../tell-freeze.ts'
import { type Answer, NotRecorded, recorded, said } from './answer.ts'
import type { Asked, Door } from './door.ts'
import { durably } from './durable.ts'
import { switchLine } from './instead.ts'

export async function turn(
  door: Door,
  { by, id, at }: Asked,
  kind: 'freeze' | 'thaw',
  reason: string,
): Promise<Answer> {
  const { client, ledger, log } = door
  if (ledger === null) {
    const hint = `At a terminal: ops ${kind} --reason R. For the chat set OPS_LEDGER_URL_FILE where the ingress starts.`
    throw new OpsError({ owner: 'configuration', message: 'the ingress has no ledger', hint })
  }
  const event: Switched = { id, kind, target: 'estate', at, reason: redact(reason), by: by.id }
  const before = await switched(door, ledger, event).catch((error: unknown) => {
    throw isAway(error) ? new NotRecorded(switchLine(kind, reason), error, 'the ledger') : error
  })
  if (kind === 'thaw' && before === null) return said(markup`Nothing is frozen.`)
  if (kind === 'freeze' && before !== null && before.id !== id) {
    return said(markup`🧊 Already frozen since ${before.at} by ${before.by}: ${before.reason}`)
  }
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

/** How the switch was before. A row whose answer was lost is written again under the same id, and changes nothing. */
async function switched(door: Door, ledger: NonNullable<Door['ledger']>, event: Switched): Promise<EventRow | null> {
  let found: { readonly before: EventRow | null } | null = null
  const turnIt = async () => {
    found ??= { before: await ledger.currentFreeze() }
    const { before } = found
    const isTurned = event.kind === 'thaw' ? before !== null : before === null || before.id === event.id
    if (isTurned) await ledger.note(event)
    return before
  }
  return await durably(door, turnIt, isAway)
}

function isAway(error: unknown): boolean {
  return error instanceof OpsError && isRetryable(error.owner)
}
