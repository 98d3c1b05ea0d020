/** What was found on one target: worst first, each with what to do next and the evidence behind it. */
import type { Finding } from '../findings.ts'
import { count } from '../health/judge.ts'
import type { FindingVerdict } from '../verdicts.ts'
import { formatEvidence } from './format.ts'
import { html, type Markup } from './markup.ts'
import type { TargetOutline } from './outline.ts'

const BADGES: Readonly<Record<FindingVerdict, readonly [mark: string, word: string]>> = {
  ok: ['✓', 'ok'],
  warn: ['!', 'warn'],
  fail: ['✕', 'fail'],
  unknown: ['?', 'unknown'],
  skipped: ['–', 'skipped'],
}

/** A mark and a word: colour alone says nothing to many readers and to paper. */
export function verdictBadge(verdict: FindingVerdict): Markup {
  const [mark, word] = BADGES[verdict]
  return html`<span class="badge ${verdict}"><span aria-hidden="true">${mark}</span>${word}</span>`
}

export function targetSection({ name, title, verdict, open, waived, fine, skipped }: TargetOutline): Markup {
  return html`<section aria-labelledby="on-${name}"><h2 id="on-${name}">${title} ${verdictBadge(verdict)}</h2>
${open.map(openFinding)}
${open.length > 0 ? null : html`<p class="quiet">${waived.length === 0 ? 'Nothing needs' : 'Nothing else needs'} attention here.</p>`}
${waived.map(waivedFinding)}
${fold(`${count(fine.length, 'check')} passed`, fine)}
${fold(`${count(skipped.length, 'check')} skipped`, skipped)}
</section>`
}

function openFinding(finding: Finding): Markup {
  return html`<article class="finding ${finding.verdict}"><h3>${verdictBadge(finding.verdict)} ${finding.summary}</h3>
${finding.hint === '' ? null : html`<p class="hint"><b>Next:</b> ${finding.hint}</p>`}
${evidence(finding)}</article>`
}

function waivedFinding(finding: Finding): Markup {
  const { waived, verdict, summary } = finding
  return html`<article class="finding waived"><h3><span class="badge waived">waived</span> ${verdictBadge(verdict)} ${summary}</h3>
${waived === undefined ? null : html`<p class="hint">Until ${waived.until}, by ${waived.owner}: ${waived.reason}</p>`}
${evidence(finding)}</article>`
}

function evidence(finding: Finding): Markup {
  return html`<details><summary>Evidence <code>${finding.id}</code></summary>${evidenceList(finding)}</details>`
}

function evidenceList({ evidence: facts, manualId }: Finding): Markup {
  return html`<dl class="evidence">${Object.entries(facts).map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${formatEvidence(name, value)}</dd></div>`,
  )}<div><dt>manual</dt><dd>${manualId}</dd></div></dl>`
}

function fold(title: string, findings: readonly Finding[]): Markup | null {
  if (findings.length === 0) return null
  return html`<details class="fold"><summary>${title}</summary><ul>${findings.map(
    finding => html`<li>${verdictBadge(finding.verdict)} <span>${finding.summary}
<span class="facts"><code>${finding.id}</code>${Object.entries(finding.evidence).map(
      ([name, value]) => html` · ${name} ${formatEvidence(name, value)}`,
    )}</span></span></li>`,
  )}</ul></details>`
}
