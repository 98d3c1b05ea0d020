/** What the UI shows of a run that has only begun: the same whether a person, a script or a schedule started it. */
import type { HealthCheckRequest } from './health-check.ts'
import type { Procedure } from './procedures.ts'

type Described = Pick<Procedure, 'title' | 'manualId' | 'risk' | 'budgetMinutes'>

/** One line for the UI's list. */
export function summaryOf({ title, manualId }: Described, { host, only, requestedBy }: HealthCheckRequest): string {
  const scope = only === null ? '' : `, only ${only}`
  return `${title} (${manualId}) of ${host ?? 'all hosts'}${scope}, asked for by ${requestedBy}`
}

/** Markdown for the UI's page of the run. */
export function detailsOf(
  { title, manualId, risk, budgetMinutes }: Described,
  { only, requestedBy }: HealthCheckRequest,
  hosts: readonly string[],
): string {
  return [
    `**${title}**, manual ${manualId}`,
    '',
    `- hosts: ${hosts.length === 0 ? 'all of the estate' : hosts.join(', ')}`,
    `- steps: ${only ?? 'all'}`,
    `- asked for by: ${requestedBy}`,
    `- it ${risk === 'reads' ? 'only reads' : risk}; it should end within ${budgetMinutes} minutes`,
    `- stop it: \`ops cancel <workflow id> --reason R\``,
  ].join('\n')
}
