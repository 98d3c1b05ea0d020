/** What incidents need: the stand-in for Slack, a mail server, and the ingress through which Slack and alerts come in. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EstatePlan } from '../estate/name.ts'
import { pathsOf, ports } from '../estate/paths.ts'
import { secret } from '../estate/secrets.ts'
import { answersAt, type Services } from '../estate/services.ts'
import type { TemporalEndpoint } from '../temporal/endpoint.ts'
import { type Environment, passedOn } from './environment.ts'
import { nodeOf } from './ops.ts'

export async function startChat(plan: EstatePlan, services: Services, signal?: AbortSignal): Promise<void> {
  const { secrets, chat } = pathsOf(plan)
  mkdirSync(chat, { recursive: true, mode: 0o700 })
  const url = `http://${plan.address}:${ports.slack}`
  await addProcess(
    plan,
    services,
    'slack',
    'sandbox/slack/main.ts',
    `${url}/`,
    {
      OPS_STANDIN_HTTP: `${plan.address}:${ports.slack}`,
      OPS_STANDIN_STATE: chat,
      OPS_STANDIN_TOKEN: slackToken(plan),
      OPS_STANDIN_SIGNING_SECRET: secret(secrets, 'slack-signing'),
      OPS_STANDIN_INGRESS: `http://${plan.address}:${ports.ingressSlack}/slack/events`,
    },
    signal,
  )
}

export async function startMail(plan: EstatePlan, services: Services, signal?: AbortSignal): Promise<void> {
  const { mail } = pathsOf(plan)
  mkdirSync(mail, { recursive: true, mode: 0o700 })
  await addProcess(
    plan,
    services,
    'mail',
    'sandbox/mail/main.ts',
    `http://${plan.address}:${ports.mailHttp}/messages`,
    {
      OPS_MAIL_SMTP: `${plan.address}:${ports.smtp}`,
      OPS_MAIL_HTTP: `${plan.address}:${ports.mailHttp}`,
      OPS_MAIL_STATE: mail,
    },
    signal,
  )
}

/** Slack's requests and alerts come in here: a process of its own, so that no work ever delays an acknowledgement. */
export async function startIngress(
  plan: EstatePlan,
  temporal: TemporalEndpoint,
  services: Services,
  signal?: AbortSignal,
): Promise<void> {
  const paths = pathsOf(plan)
  const health = `http://${plan.address}:${ports.ingress}/healthz`
  await addProcess(
    plan,
    services,
    'ingress',
    'starters/ingress.ts',
    health,
    {
      ...passedOn(process.env),
      ...temporal.environment,
      ...slackEnvironment(plan),
      OPS_ESTATE: paths.estateFile,
      OPS_LEDGER_URL_FILE: paths.ledgerUrl,
      OPS_SLACK_SIGNING_SECRET_FILE: join(paths.secrets, 'slack-signing'),
      OPS_SLACK_DOOR_KEY_FILE: paths.doorKey,
      OPS_SLACK_HTTP: `${plan.address}:${ports.ingressSlack}`,
      OPS_ALERTS_HTTP: `${plan.address}:${ports.ingressAlerts}`,
      OPS_ALERTS_TOKEN_FILE: alertsToken(plan),
      OPS_HTTP: `${plan.address}:${ports.ingress}`,
      NODE_ENV: 'production',
    },
    signal,
  )
}

/** How the control plane reaches people and monitoring. */
export function responseEnvironment(plan: EstatePlan): Environment {
  const { mailUrl } = pathsOf(plan)
  return {
    ...slackEnvironment(plan),
    OPS_SMTP_URL_FILE: mailUrl,
    OPS_MAIL_FROM: 'opencode-acp-ops@example.test',
    OPS_PAGER_URL: `http://${plan.address}:${ports.mailHttp}/pager`,
    OPS_PAGER_KEY_FILE: join(pathsOf(plan).secrets, 'pager-key'),
    OPS_ALERTMANAGER_URL: `http://${plan.address}:${ports.alertmanager}`,
    OPS_WAKE_URL: `http://${plan.address}:${ports.wake}/power`,
    OPS_WAKE_TOKEN_FILE: join(pathsOf(plan).secrets, 'wake-token'),
    OPS_PROMETHEUS_URL: `http://${plan.address}:${ports.prometheus}`,
  }
}

function slackEnvironment(plan: EstatePlan): Environment {
  slackToken(plan)
  return {
    OPS_SLACK_TOKEN_FILE: join(pathsOf(plan).secrets, 'slack-token'),
    OPS_SLACK_API_URL: `http://${plan.address}:${ports.slack}/api/`,
  }
}

function slackToken(plan: EstatePlan): string {
  return secret(pathsOf(plan).secrets, 'slack-token')
}

/** The file with the token that Alertmanager shows at the door. */
export function alertsToken(plan: EstatePlan): string {
  secret(pathsOf(plan).secrets, 'alerts-token')
  return join(pathsOf(plan).secrets, 'alerts-token')
}

async function addProcess(
  plan: EstatePlan,
  services: Services,
  name: string,
  entry: string,
  health: string,
  env: Environment,
  signal?: AbortSignal,
): Promise<void> {
  if (!existsSync(join(plan.checkout, entry))) throw new Error(`${entry} is missing from this checkout`)
  const spec = { name, command: nodeOf(plan), args: [join(plan.checkout, entry)], cwd: plan.checkout, env }
  await services.add({ spec, stopWithinMs: 15_000, ready: answersAt(health) }, signal)
}
