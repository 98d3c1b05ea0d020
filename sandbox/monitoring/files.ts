/** The configuration of the monitoring, rendered from the templates of deploy/prometheus into the estate's folder. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { EstatePlan } from '../estate/name.ts'
import { pathsOf, ports } from '../estate/paths.ts'
import { fill } from '../temporal/templates.ts'
import { alertsToken } from '../work/response.ts'
import { sandboxRules } from './rules.ts'

export const RULES_FILE = 'opencode-acp.rules.yml'

/** Somebody watches: what happens, and what is over, should show within seconds. */
const EVERY = '5s'
const GROUP_INTERVAL = '10s'

/** Written at each start, so that they follow the checkout. Holds the path of the token and not the token. */
export function monitoringFiles(plan: EstatePlan): void {
  const { monitoring: folder } = pathsOf(plan)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const template = (name: string) => readFileSync(join(plan.checkout, 'deploy/prometheus', name), 'utf8')
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 })
  const values = {
    ALPHA: plan.hosts.alpha.address,
    BETA: plan.hosts.beta.address,
    ALERTMANAGER: `${plan.address}:${ports.alertmanager}`,
    BLACKBOX: `${plan.address}:${ports.blackbox}`,
    DOOR: `${plan.address}:${ports.ingressAlerts}`,
    TOKEN_FILE: alertsToken(plan),
  }
  const server: object = parse(fill(template('prometheus.yml'), values))
  write('prometheus.yml', stringify({ ...server, global: { scrape_interval: EVERY, evaluation_interval: EVERY } }))
  write(RULES_FILE, sandboxRules(template(RULES_FILE)))
  write('alertmanager.yml', quickly(fill(template('alertmanager.yml'), values)))
  write('blackbox.yml', template('blackbox.yml'))
}

interface Routing {
  readonly route: { readonly routes: readonly object[] }
}

/** How often a group of alerts that changes is told again: the shorter, the sooner people learn that something is over. */
function quickly(config: string): string {
  const routing: Routing = parse(config)
  const routes = routing.route.routes.map(route => ({ ...route, group_interval: GROUP_INTERVAL }))
  return stringify({ ...routing, route: { ...routing.route, group_interval: GROUP_INTERVAL, routes } })
}
