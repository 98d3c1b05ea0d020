/** Publishing a report with the real store: three forms, and the same three when it is done again. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createFolderStore } from '../../activities/adapters/artefact-store.ts'
import { createReportActivities } from '../../activities/reports.ts'
import { SAMPLES } from '../support/report-samples.ts'

test('a report is published in three forms, and a retry finds them there', async () => {
  const root = await mkdtemp(join(tmpdir(), 'ops-test-reports-'))
  try {
    const store = createFolderStore(root)
    const { publishReport } = createReportActivities({ store })
    const first = await publishReport(SAMPLES.fail)
    assert.deepEqual(
      first.map(({ kind }) => kind),
      ['report-html', 'report-text', 'report-json'],
    )
    const [html = ''] = await Promise.all(first.map(async ({ ref }) => new TextDecoder().decode(await store.get(ref))))
    assert.match(html, /^<!doctype html>/)
    assert.deepEqual(
      await createReportActivities({ store: createFolderStore(root) }).publishReport(SAMPLES.fail),
      first,
    )
    const files = (await readdir(root, { recursive: true })).filter(name => /[0-9a-f]{64}$/.test(name))
    assert.equal(files.length, 3)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
