/** The first thing that a reader wants to know: what is different from last time. */
import { localTime } from '../calendar.ts'
import { ESTATE } from '../ids.ts'
import { verdictBadge } from './html-findings.ts'
import { html, type Markup } from './markup.ts'
import type { Change, ReportModel, TargetChanges } from './model.ts'

const KINDS: Readonly<Record<Change['kind'], string>> = { new: 'New', worse: 'Worse', better: 'Better', gone: 'Gone' }

export function changesSection({ changes, timezone }: ReportModel): Markup {
  const differing = changes.filter(({ changes: own }) => own.length > 0)
  const quiet = changes.filter(({ changes: own }) => own.length === 0)
  return html`<section aria-labelledby="changes"><h2 id="changes">What changed since the last run</h2>
${differing.length === 0 ? null : html`<ul class="changes">${differing.flatMap(({ changes: own }) => own.map(changeLine))}</ul>`}
${quiet.map(target => html`<p class="quiet">${quietLine(target, timezone)}</p>`)}
</section>`
}

function changeLine({ kind, target, id, before, now, summary }: Change): Markup {
  const step =
    now === null
      ? html`was ${verdictBadge(before ?? 'unknown')}`
      : before === null || kind === 'new'
        ? verdictBadge(now)
        : html`${verdictBadge(before)} <span aria-label="became">→</span> ${verdictBadge(now)}`
  return html`<li class="${kind}"><span class="kind">${KINDS[kind]}</span><span class="step">${step}</span>
<span class="about"><b>${target === ESTATE ? 'all hosts' : target}</b> ${summary === '' ? html`<code>${id}</code>` : summary}</span></li>`
}

function quietLine({ target, since }: TargetChanges, timezone: string): string {
  const where = target === ESTATE ? 'All hosts together' : target
  return since === null
    ? `${where}: the first full run here, nothing to compare with.`
    : `${where}: no change since ${localTime(since, timezone)}.`
}
