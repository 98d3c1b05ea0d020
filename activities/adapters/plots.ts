/** Draws the plots of a report as SVG. Colours come from the page around them, so one drawing serves light, dark and paper. */
import type { Spec } from 'vega'
import type { ReportModel, ReportPlots } from '../../domain/report/model.ts'
import { distribution } from './plots.distribution.ts'
import { sparkline } from './plots.sparkline.ts'

export async function drawPlots({ trends, latencies }: ReportModel): Promise<ReportPlots> {
  const slowest = Math.max(0, ...latencies.flatMap(({ samplesMs }) => samplesMs))
  return {
    trends: await Promise.all(trends.map(trend => (trend.week.length === 0 ? null : draw(sparkline(trend))))),
    // One scale for all hosts: what looks slower is slower.
    latencies: await Promise.all(latencies.map(({ samplesMs }) => draw(distribution(samplesMs, slowest)))),
  }
}

async function draw(spec: Spec): Promise<string> {
  // Vega takes 150 ms to load and is needed once a run: a worker starts without it.
  const { View, parse } = await import('vega')
  const view = new View(parse(spec), { renderer: 'none' })
  try {
    const svg = await view.toSVG()
    // Inside HTML an SVG needs no namespace; its size is the page's business.
    return svg.replace(/ xmlns(:xlink)?="[^"]*"/g, '').replace(/ width="[\d.]+" height="[\d.]+"/, '')
  } finally {
    view.finalize()
  }
}
