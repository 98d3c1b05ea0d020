/** When a cause of alerts hands over to its next run. */
import { workflowInfo } from '@temporalio/workflow'

/** Events; so many are replayed in a blink, also by a worker that has just been started. */
const LONG_HISTORY = 600

export function isLongHistory(): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo()
  return continueAsNewSuggested || historyLength > LONG_HISTORY
}
