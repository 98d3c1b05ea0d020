/** The numbers of a run: trends beside their week, handshakes as a distribution, and what the log said most often. */
import type { LogPattern } from '../facts.ts'
import { percentiles } from '../percentiles.ts'
import { formatChange, formatValue } from './format.ts'
import { html, type Markup, markup } from './markup.ts'
import type { ReportModel, ReportPlots, ReportTrend } from './model.ts'

export function trendSection({ trends }: ReportModel, plots: ReportPlots): Markup | null {
  if (trends.length === 0) return null
  const targets = [...new Set(trends.map(({ target }) => target))]
  const rows = trends.map((trend, index) => ({ trend, plot: plots.trends[index] ?? null }))
  return html`<section aria-labelledby="trends"><h2 id="trends">Trend over seven days</h2>
${targets.map(
  target => html`<table class="trends"><caption>${target}</caption>
<thead><tr><th scope="col">Metric</th><th scope="col" class="plot">Week</th><th scope="col" class="number">Today</th><th scope="col" class="number">Median</th><th scope="col" class="number">Change</th></tr></thead>
<tbody>${rows.filter(({ trend }) => trend.target === target).map(({ trend, plot }) => trendRow(trend, plot))}</tbody></table>`,
)}
</section>`
}

function trendRow({ metric, unit, value, median, days, changePercent }: ReportTrend, plot: string | null): Markup {
  return html`<tr><th scope="row">${metric}</th>
<td class="plot">${plot === null ? html`<span class="quiet">first day</span>` : picture(plot, `${metric} over the last ${days} days`)}</td>
<td class="number" data-label="today">${formatValue(value, unit)}</td>
<td class="number" data-label="median">${median === null ? '–' : formatValue(median, unit)}</td>
<td class="number" data-label="change">${changePercent === null ? '–' : formatChange(changePercent)}</td></tr>`
}

export function latencySection({ latencies }: ReportModel, plots: ReportPlots): Markup | null {
  if (latencies.length === 0) return null
  return html`<section aria-labelledby="handshakes"><h2 id="handshakes">How quickly the agent answers</h2>
<div class="figures">${latencies.map(({ target, samplesMs }, index) => {
    const found = percentiles(samplesMs)
    const plot = plots.latencies[index] ?? null
    if (found === null) return html``
    const [p50, p95, max] = [found.p50, found.p95, found.max].map(value => formatValue(value, 'ms'))
    const words = `p50 ${p50}, p95 ${p95}, slowest ${max}`
    return html`<figure><figcaption><b>${target}</b> ${found.n} handshakes: ${words}</figcaption>
${plot === null ? null : picture(plot, `Distribution of ${found.n} handshakes of ${target}: ${words}`)}</figure>`
  })}</div>
</section>`
}

export function patternSection({ logPatterns }: ReportModel): Markup | null {
  const spoken = logPatterns.filter(({ errors, warnings }) => errors.length + warnings.length > 0)
  if (spoken.length === 0) return null
  return html`<section aria-labelledby="log"><h2 id="log">What the log says most often</h2>
${spoken.map(
  ({ target, errors, warnings }) =>
    html`<h3>${target}</h3><ol class="patterns">${errors.map(pattern => patternLine('fail', 'error', pattern))}${warnings.map(pattern => patternLine('warn', 'warning', pattern))}</ol>`,
)}
</section>`
}

function patternLine(colour: 'fail' | 'warn', level: string, { fingerprint, count }: LogPattern): Markup {
  return html`<li><span class="times">${count} ×</span> <span class="badge ${colour}">${level}</span> <code>${fingerprint}</code></li>`
}

/** A plot with its words for those who do not see it. */
function picture(svg: string, words: string): Markup {
  const label = html`role="img" aria-label="${words}"`
  return markup(svg.replace('<svg', `<svg ${label.text}`))
}
