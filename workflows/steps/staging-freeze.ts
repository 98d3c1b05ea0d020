/** A test on staging changes a host, too: while changes are frozen it begins only when the emergency group lets it pass. */
import type { ChangeRequest, WorkaroundPlan } from '../../domain/changes.ts'
import type { Freeze } from '../../domain/chat/card-context.ts'
import type { Fix } from '../../domain/fixes/fix.ts'
import { testTitle } from '../../domain/fixes/request.ts'
import { onControlPlane } from '../proxies.ts'
import { ask, GATE } from './approved-change.ts'
import { tellIncident } from './change-words.ts'
import type { Gates } from './gate.ts'
import type { Narrator } from './narrate.ts'

export type Passage =
  /** `passes`: a freeze does not stop it, for people have let it pass. */
  { readonly passes: boolean } | { readonly refused: string }

/** Asks people when changes are frozen at this moment. */
export async function passFreeze(request: ChangeRequest, fix: Fix, gates: Gates, narrator: Narrator): Promise<Passage> {
  if ((await readFreeze('Are changes frozen')) === null) {
    narrator.skip(GATE, 'changes are not frozen')
    return { passes: false }
  }
  narrator.begin(GATE)
  const { kind, words } = await ask(request, testPlan(fix, request.change), gates)
  narrator.done(GATE, words)
  if (kind !== 'approved') return { refused: words }
  void tellIncident(request, 'planning', words)
  return { passes: true }
}

/** Right before the first step; null when nothing stands against it. */
export async function stopByFreeze(passes: boolean): Promise<string | null> {
  const frozen = await readFreeze('Are changes frozen now')
  if (frozen === null || passes) return null
  return `changes were frozen by ${frozen.by} (${frozen.reason}): ask for it again, and the emergency group decides`
}

async function readFreeze(summary: string): Promise<Freeze | null> {
  return await onControlPlane('briefly', summary).readFreeze()
}

function testPlan(fix: Fix, { host, parameters }: ChangeRequest['change']): WorkaroundPlan {
  return {
    title: testTitle(fix, host),
    steps: [`wake ${host}`, 'see the reproduction fail', 'deploy the fix', 'see it and the suite pass'],
    undo: `it is taken back at the end, whatever came of it, and ${host} sleeps again`,
    impact: `Nobody works on ${host}.`,
    parameters,
    before: {},
  }
}
