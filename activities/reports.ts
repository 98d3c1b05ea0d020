/** Renders a report in all its forms and stores it. */
import { renderHtml } from '../domain/report/html.ts'
import { renderJson } from '../domain/report/json.ts'
import type { ReportModel } from '../domain/report/model.ts'
import { renderText } from '../domain/report/text.ts'
import type { ArtefactRef } from '../domain/run-record.ts'
import type { ArtefactStore } from './adapters/artefact-store.ts'
import { drawPlots } from './adapters/plots.ts'

export interface ReportPorts {
  readonly store: Pick<ArtefactStore, 'put'>
}

export function createReportActivities({ store }: ReportPorts) {
  const put = (kind: string, text: string) => store.put(kind, new TextEncoder().encode(text))
  return {
    /**
     * Idempotent. The same model renders to the same bytes, so the files of a half-done first try are recognised by their
     * content and stored once.
     */
    async publishReport(model: ReportModel): Promise<readonly ArtefactRef[]> {
      const plots = await drawPlots(model)
      return [
        await put('report-html', renderHtml(model, plots)),
        await put('report-text', renderText(model)),
        await put('report-json', renderJson(model)),
      ]
    },
  }
}
