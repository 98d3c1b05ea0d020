/**
 * Weekly summary of alerts (A2.4): how often each fired, beside the mean of the four weeks before.
 *
 * 1. Count the alerts of the last five weeks in the ledger.
 * 2. Write ledger and reports.
 * 3. Tell operations, in their channel and by mail.
 *
 * It only reads; a crash at any step leaves nothing behind. Anybody may cancel it. Without the ledger the run waits.
 */
import { TemporalFailure } from '@temporalio/common'
import { isCancellation, log } from '@temporalio/workflow'
import { documentSummary } from '../domain/alerts/summary-document.ts'
import { summaryText } from '../domain/alerts/weekly.ts'
import { announcement } from '../domain/chat/posts.ts'
import type { HealthCheckRequest } from '../domain/health-check.ts'
import { ESTATE } from '../domain/ids.ts'
import type { RunRecord } from '../domain/run-record.ts'
import { onChatBriefly, onControlPlane } from './proxies.ts'
import { countAlertsPatiently } from './steps/alert-hands.ts'
import { narrate } from './steps/narrate.ts'
import { openRun, recordingTheEnd, report } from './steps/report.ts'

const COUNT = 'Count the alerts of five weeks'
const REPORT = 'Write ledger and reports'
const TELL = 'Tell operations'

/** Started like every procedure; which hosts and steps does not matter to it. */
export async function alertSummary(_request: HealthCheckRequest): Promise<RunRecord> {
  const run = openRun('alert-summary', ESTATE)
  const narrator = narrate([COUNT, REPORT, TELL])
  return await recordingTheEnd(run, async () => {
    narrator.phase('gather')
    narrator.begin(COUNT)
    const estate = await onControlPlane('idempotent', 'Read the estate file').readEstate()
    const lines = await countAlertsPatiently('Count alerts').countAlerts({ end: run.nominalTime })
    narrator.done(COUNT, `${lines.length} kinds`)

    narrator.phase('report')
    narrator.begin(REPORT)
    const checklist = narrator.steps()
    const closedAt = new Date().toISOString()
    const record = await report(documentSummary({ run, estate, lines, checklist, closedAt }))
    narrator.done(REPORT)

    narrator.begin(TELL)
    const text = summaryText(lines, run.nominalTime, estate.timezone)
    await tellOperations(run.runId, text)
    narrator.done(TELL)
    narrator.close(record.verdict ?? 'unknown')
    return record
  })
}

/** The summary is written down: a chat that is away does not make it fail. */
async function tellOperations(runId: string, text: string): Promise<void> {
  const subject = 'OpenCode ACP - Alerts of the week'
  const key = `${runId}/summary`
  try {
    const { slack, audiences } = await onControlPlane('briefly', 'Read where operations are told').readTeam({
      orLast: true,
    })
    const chat = onChatBriefly('Tell operations')
    const message = announcement({ subject, text })
    if (slack !== null) await chat.post({ key, channel: slack.ops, thread: null, message })
    if (audiences.ops.length > 0) await chat.mail({ key, to: audiences.ops, subject, text })
  } catch (error) {
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
    log.warn('the summary could not be told', { error })
  }
}
