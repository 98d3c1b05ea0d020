/** What a person sees of a run in the Temporal UI, in a real browser: while it goes on, and after its end. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { estateEnvironment, eventually, healthCheck } from '../support/live.ts'
import { activitiesOf, historyOf, untilStep } from '../support/live-runs.ts'

const WORKFLOW = 'health-check:all'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Waits for the text. The UI shows markdown in frames of its own. */
async function sees(page: Page, text: string): Promise<void> {
  await eventually(
    `"${text}" at ${page.url()}`,
    async () => {
      for (const frame of page.frames()) if (await frame.getByText(text).first().isVisible()) return true
      return undefined
    },
    15,
  )
}

/** For a person who mends this test: OPS_TEST_SCREENSHOTS names a folder. */
async function photograph(page: Page, name: string): Promise<void> {
  const folder = process.env.OPS_TEST_SCREENSHOTS
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
}

test('summary, details, live checklist and search attributes are on the pages of a run', async () => {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
  const running = healthCheck()
  const run = await untilStep(WORKFLOW, 'alpha: performance')
  const { OPS_UI: ui = '', TEMPORAL_NAMESPACE: namespace = 'ops' } = estateEnvironment()
  const address = `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(run.workflowId)}/${run.runId}`

  await page.goto(`${address}/user-metadata`)
  await sees(page, 'Morning health check (D1) of all hosts')
  await sees(page, 'it only reads; it should end within')
  await page.keyboard.press('r')
  await sees(page, '▶ alpha: performance')
  await sees(page, 'beta: log of 24 hours')
  await photograph(page, 'user-metadata')

  await page.goto(`${address}/search-attributes`)
  for (const text of ['OpsProcedure', 'health-check', 'OpsTarget', 'alpha', 'OpsPhase']) await sees(page, text)
  assert.equal(await page.getByText('OpsVerdict').count(), 0, 'a run that goes on has no verdict')
  await photograph(page, 'search-attributes')

  const { record } = await running
  assert.equal(record.runId, run.runId)
  await page.goto(`${address}/search-attributes`)
  await sees(page, 'OpsVerdict')
  await photograph(page, 'search-attributes-closed')

  const activities = activitiesOf(await historyOf(run))
  assert.ok(activities.length > 10, `${activities.length} activities`)
  for (const { type, event } of activities) {
    const summary: unknown = JSON.parse(Buffer.from(event.userMetadata?.summary?.data ?? []).toString() || 'null')
    assert.ok(typeof summary === 'string' && summary.length > 0, `${type} has no summary`)
  }
})
