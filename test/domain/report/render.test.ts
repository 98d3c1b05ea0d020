/** Text, JSON and HTML of every sample: complete, escaped, self-contained. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { drawPlots } from '../../../activities/adapters/plots.ts'
import { formatBytes, formatChange, formatEvidence, formatSpan, formatValue } from '../../../domain/report/format.ts'
import { renderHtml } from '../../../domain/report/html.ts'
import { renderJson } from '../../../domain/report/json.ts'
import { escapeHtml, html } from '../../../domain/report/markup.ts'
import type { ReportModel } from '../../../domain/report/model.ts'
import { headline, outline } from '../../../domain/report/outline.ts'
import { renderText } from '../../../domain/report/text.ts'
import { HOSTILE, SAMPLES } from '../../support/report-samples.ts'

async function page(model: ReportModel): Promise<string> {
  return renderHtml(model, await drawPlots(model))
}

for (const [name, model] of Object.entries<ReportModel>(SAMPLES)) {
  describe(name, () => {
    test('leaves no hole in any form', async () => {
      for (const text of [await page(model), renderText(model)]) {
        assert.doesNotMatch(
          text.replaceAll(escapeHtml(HOSTILE), '').replaceAll(HOSTILE, ''),
          /undefined|\[object|NaN|Infinity/,
        )
      }
      assert.doesNotMatch(renderJson(model), /undefined|NaN/)
    })

    test('is the same every time', async () => {
      assert.equal(await page(model), await page(model))
    })

    test('reaches for nothing outside itself and runs nothing', async () => {
      const text = await page(model)
      assert.doesNotMatch(text, /\b(?:https?:)?\/\/[a-z]/i)
      assert.doesNotMatch(text, /<(?:script|link|iframe|object|embed|img|form|base)\b/i)
      assert.doesNotMatch(text, /\son[a-z]+="/i)
      assert.doesNotMatch(text, /url\(|@import/i)
      assert.match(text, /Content-Security-Policy" content="default-src 'none'/)
      for (const [, target] of text.matchAll(/href="([^"]*)"/g)) assert.match(target ?? '', /^#on-[a-z0-9-]+$/)
    })

    test('names every finding, its hint where somebody must act, the run and the ledger', async () => {
      const text = await page(model)
      for (const finding of model.record.findings) {
        assert.ok(text.includes(escapeHtml(finding.summary)), finding.id)
        if (finding.waived === undefined && finding.verdict !== 'ok') assert.ok(text.includes(escapeHtml(finding.hint)))
        if (finding.waived !== undefined) assert.ok(text.includes(escapeHtml(finding.waived.reason)))
      }
      for (const { ref } of model.record.artefacts) assert.ok(text.includes(ref))
      assert.ok(text.includes(model.record.runId))
      assert.ok(text.includes(model.ledgerHead?.hash ?? 'not known'))
    })
  })
}

test('HTML escapes what hosts say, in text and in attributes', async () => {
  const text = await page(SAMPLES.long)
  assert.ok(!text.includes('<script'))
  assert.ok(!text.includes('<img'))
  assert.ok(!text.includes('\u202e'))
  assert.ok(text.includes('&lt;script&gt;alert(1)&lt;/script&gt;'))
  assert.equal(
    html`<p title="${`"'<>&`}">${html`<b>${'<'}</b>`}${null}${7}${[html`<i></i>`]}</p>`.text,
    '<p title="&quot;&#39;&lt;&gt;&amp;"><b>&lt;</b>7<i></i></p>',
  )
})

test('text keeps a host from acting on the terminal that shows it', () => {
  const model = { ...SAMPLES.ok, estate: 'a\u001b[2Jb\u0007\nforged: line' }
  assert.ok(renderText(model).includes('a\uFFFD[2Jb\uFFFD\uFFFDforged: line'))
})

test('JSON is the object of the command line and the report beside it', () => {
  const parsed: unknown = JSON.parse(renderJson(SAMPLES.fail))
  const { record, ...rest } = SAMPLES.fail
  assert.deepEqual(parsed, { ...record, report: rest })
})

test('the headline counts what counts', () => {
  assert.equal(headline(SAMPLES.fail.record), '2 failures, 1 unknown and 2 warnings, 1 waived, on 2 hosts')
  assert.equal(headline(SAMPLES.silent.record), '1 unknown on 2 hosts')
  assert.equal(headline(SAMPLES.ok.record), '19 checks passed on 2 hosts')
  assert.equal(
    headline({ ...SAMPLES.ok.record, findings: [], verdict: 'unknown' }),
    'nothing could be judged on 2 hosts',
  )
})

test('the worst target comes first, and on it the worst finding; what is waived comes last', () => {
  const [first, ...others] = outline(SAMPLES.fail.record)
  assert.deepEqual(
    first?.open.map(({ verdict }) => verdict),
    ['fail', 'fail', 'unknown', 'warn', 'warn'],
  )
  assert.deepEqual(
    first?.waived.map(({ id }) => id),
    ['certificate:/etc/opencode/tls.pem'],
  )
  assert.deepEqual(
    others.map(({ name }) => name),
    ['beta', 'estate'],
  )
})

test('numbers as people read them', () => {
  assert.deepEqual([0, 999, 1_000, 411_600_000, 2_500_000_000_000].map(formatBytes), [
    '0 B',
    '999 B',
    '1 kB',
    '412 MB',
    '2.5 TB',
  ])
  assert.deepEqual(
    [0.1234, 1.2345, 12.34, 123.4].map(value => formatValue(value, 'ms')),
    ['0.12 ms', '1.23 ms', '12.3 ms', '123 ms'],
  )
  assert.deepEqual([12.4, -3.6, 0.2].map(formatChange), ['+12 %', '−4 %', '±0 %'])
  assert.deepEqual(
    [
      ['usedPercent', 41.25],
      ['availableBytes', 1e9],
      ['units', ['a', 'b']],
      ['units', []],
      ['pid', 7],
      ['x', null],
    ].map(([name, value]) => formatEvidence(String(name), value as never)),
    ['41.3 %', '1 GB', 'a, b', 'none', '7', 'not known'],
  )
  assert.equal(formatSpan('2026-11-23T08:00:00Z', '2026-11-23T08:03:05Z'), '3 min 5 s')
})
