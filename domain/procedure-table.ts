/** The table of procedures as Markdown: the same rows in README.md and docs/procedures/README.md. */
import type { Procedure } from './procedures.ts'

export function procedureTable(procedures: readonly Procedure[], linkPrefix: string): string {
  const rows = procedures.map(
    ({ id, title, manualId, cadence, startedBy, risk, approvers, runsOn, budgetMinutes }) =>
      `| [\`${id}\`](${linkPrefix}${id}.md) | ${title} | ${manualId} | ${cadence?.words ?? startedBy ?? 'on demand'} | ${risk} | ${approvers} | ${runsOn} | ${budgetMinutes} min |`,
  )
  return [
    '| Procedure | What it is | Manual | When | Risk | Approvals | Where | Budget |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}
