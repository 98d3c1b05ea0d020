/** The report for machines: the object of the command line's `--json`, and beside it what the other forms show. */
import type { ReportModel } from './model.ts'

export function renderJson({ record, ...rest }: ReportModel): string {
  return `${JSON.stringify({ ...record, report: rest }, null, 2)}\n`
}
