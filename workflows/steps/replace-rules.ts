/** Puts approved rules in, sees them in force, and brings the former ones back when they are not. */
import { ActivityFailure, CancellationScope, isCancellation, log, sleep } from '@temporalio/workflow'
import type { ChangeResult } from '../../domain/changes.ts'
import {
  type MonitoringPlan,
  type Replacement,
  SEEN_WITHIN_SECONDS,
  updateTitle,
} from '../../domain/monitoring/update.ts'
import { failureWords, sentence } from './change-words.ts'
import { onMonitoring } from './monitoring-hands.ts'

/** Between two looks; Prometheus has new rules as soon as it has answered the reload. */
const PAUSE_MS = 2_000

/** Never throws for what happens to file and Prometheus: everything ends in a state and a sentence. */
export async function replaceRules(planned: MonitoringPlan): Promise<ChangeResult> {
  const title = updateTitle(planned)
  const { file, from, to } = planned
  const back = async (why: string): Promise<ChangeResult> => {
    const taken = await CancellationScope.nonCancellable(() => putBack({ file, from: to, to: from }))
    return { state: taken.isBack ? 'reverted' : 'failed', outcome: `${title}: ${sentence(why)} ${taken.words}` }
  }
  try {
    const put = await putIn({ file, from, to }, 'Replace the rules file, and have Prometheus read it')
    if (put.state === 'edited') return { state: 'refused', outcome: `${title}: ${sentence(put.summary)}` }
    if (put.state === 'failed') return await back(put.summary)
    const seen = await watch({ file, from, to })
    if (!seen.inForce) return await back(`after ${SEEN_WITHIN_SECONDS} s ${seen.summary}`)
    return { state: 'done', outcome: `${title}: ${sentence(seen.summary)}` }
  } catch (error) {
    if (!isCancellation(error)) throw error
    return await back('it was cancelled')
  }
}

interface Put {
  readonly state: 'replaced' | 'edited' | 'failed'
  readonly summary: string
}

async function putIn(replacement: Replacement, summary: string): Promise<Put> {
  try {
    return await onMonitoring('replace', summary).replaceRules(replacement)
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
    return { state: 'failed', summary: failureWords(error) }
  }
}

/** Until exactly these rules are in force, or the time is over. */
async function watch(replacement: Replacement) {
  const deadline = Date.now() + SEEN_WITHIN_SECONDS * 1_000
  for (;;) {
    const seen = await look(replacement)
    if (seen.inForce || Date.now() >= deadline) return seen
    await sleep(PAUSE_MS, { summary: 'until the next look at the rules in force' })
  }
}

async function look(replacement: Replacement) {
  try {
    return await onMonitoring('look', 'Are exactly these rules in force').lookAtRules(replacement)
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
    log.warn('the rules in force could not be looked at', { error })
    return { inForce: false, summary: `the rules in force cannot be read: ${failureWords(error)}` }
  }
}

/** What could not be brought back is said. */
async function putBack(replacement: Replacement): Promise<{ readonly isBack: boolean; readonly words: string }> {
  const { file } = replacement
  const put = await putIn(replacement, 'Put the former rules file back, and have Prometheus read it')
  if (put.state !== 'replaced') {
    return { isBack: false, words: `The former rules are NOT back: ${sentence(put.summary)} Look at ${file} now.` }
  }
  const seen = await watch(replacement)
  return seen.inForce
    ? { isBack: true, words: 'The former rules are in force again.' }
    : { isBack: false, words: `The former file is back, but ${sentence(seen.summary)} Look at Prometheus now.` }
}
