/**
 * The report as one self-contained HTML file: no network, no script. It opens with the verdict, then what changed, then what
 * to do on which host; the numbers behind it come after.
 */
import { localTime } from '../calendar.ts'
import { formatBytes, formatSpan } from './format.ts'
import { changesSection } from './html-changes.ts'
import { targetSection, verdictBadge } from './html-findings.ts'
import { latencySection, patternSection, trendSection } from './html-numbers.ts'
import { STYLE } from './html-style.ts'
import { html, type Markup, markup } from './markup.ts'
import type { ReportModel, ReportPlots } from './model.ts'
import { headline, outline } from './outline.ts'

const WORDS = { ok: 'OK', warn: 'WARNING', fail: 'FAIL', unknown: 'UNKNOWN' } as const

export function renderHtml(model: ReportModel, plots: ReportPlots): string {
  const { record, title, estate, timezone } = model
  const targets = outline(record)
  const verdict = record.verdict ?? 'unknown'
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${WORDS[verdict]}: ${title}, ${estate}, ${localTime(record.nominalTime, timezone)}</title>
<style>${markup(STYLE)}</style>
</head>
<body>
<header class="hero ${verdict}">
<p class="what">${title} · ${estate}</p>
<h1>${WORDS[verdict]}</h1>
<p class="headline">${headline(record)}</p>
<p class="when">${localTime(record.nominalTime, timezone)}</p>
<nav aria-label="Targets">${targets.map(
    ({ name, title: words, verdict: own }) => html`<a href="#on-${name}">${verdictBadge(own)} ${words}</a>`,
  )}</nav>
</header>
<main>
${changesSection(model)}
${targets.map(target => targetSection(target))}
${trendSection(model, plots)}
${latencySection(model, plots)}
${patternSection(model)}
${checklistSection(model)}
${filesSection(model)}
</main>
<footer>
${runDetails(model)}
</footer>
</body>
</html>
`
  return page.text
}

const STEP_MARKS = { done: '✓', running: '✓', skipped: '–', waiting: '○' } as const

function checklistSection({ checklist }: ReportModel): Markup | null {
  if (checklist.length === 0) return null
  return html`<section aria-labelledby="steps"><h2 id="steps">Steps</h2>
<ul class="steps">${checklist.map(
    ({ title, state, note }) =>
      html`<li class="${state}"><span aria-hidden="true">${STEP_MARKS[state]}</span> <span>${title}${
        note === null ? null : html` <span class="quiet">${note}</span>`
      }${state === 'skipped' && note === null ? html` <span class="quiet">skipped</span>` : null}</span></li>`,
  )}</ul></section>`
}

function filesSection({ record }: ReportModel): Markup | null {
  if (record.artefacts.length === 0) return null
  return html`<section aria-labelledby="files"><h2 id="files">Files</h2>
<dl class="files">${record.artefacts.map(
    ({ kind, bytes, ref }) =>
      html`<div><dt>${kind} <span class="quiet">${formatBytes(bytes)}</span></dt><dd><code>${ref}</code></dd></div>`,
  )}</dl></section>`
}

function runDetails({ record, ledgerHead, timezone }: ReportModel): Markup {
  const took = record.closedAt === null ? null : formatSpan(record.startedAt, record.closedAt)
  return html`<dl>
<div><dt>Run</dt><dd><code>${record.workflowId}</code> <code>${record.runId}</code></dd></div>
<div><dt>Started</dt><dd>${localTime(record.startedAt, timezone)}${took === null ? null : `, took ${took}`}</dd></div>
<div><dt>Ledger</dt><dd>${
    ledgerHead === null ? 'not known' : html`row ${ledgerHead.sequence} <code>${ledgerHead.hash}</code>`
  }</dd></div>
</dl>
<p class="quiet">All times in ${timezone}. “ops ledger verify” proves that the record behind this page is unchanged up to that row.</p>`
}
