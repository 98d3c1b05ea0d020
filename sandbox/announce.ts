/** What a person reads when the estate is up: the outcome of the first check, and how to go on from there. */
import { ports } from './estate/paths.ts'
import type { Supervisor } from './supervisor.ts'
import { operatorEnvironment } from './work/environment.ts'
import { type FirstCheck, placeReport, tell } from './work/first-check.ts'

export function announcement(supervisor: Supervisor, check: FirstCheck | undefined): readonly string[] {
  const { endpoint } = supervisor.temporal
  const environment = operatorEnvironment(supervisor.plan, endpoint)
  return [
    '',
    ...(check === undefined ? [] : tell(check, placeReport(supervisor.plan, check))),
    ...(check === undefined
      ? []
      : [`Chat:   http://${supervisor.plan.address}:${ports.slack}/ (a stand-in for Slack: be ana, ben, cy or dee)`]),
    ...(endpoint.ui === undefined ? [] : [`UI:     ${endpoint.ui}/namespaces/${endpoint.namespace}/workflows`]),
    '',
    'The ops command of this checkout finds the estate by itself (npx ops …). Anywhere else:',
    ...Object.entries(environment).map(([name, value]) => `  export ${name}=${value}`),
    '',
  ]
}
