/** Puts the activities of the control plane together from what its environment configures. What is not configured is null, and said so. */
import { Context } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import { createAlertmanager } from '../activities/adapters/alertmanager.ts'
import type { ArtefactStore } from '../activities/adapters/artefact-store.ts'
import type { TeamFile } from '../activities/adapters/estate-file.kept.ts'
import { readEstate } from '../activities/adapters/estate-file.ts'
import { parseFix } from '../activities/adapters/fix-file.schema.ts'
import type { Ledger } from '../activities/adapters/ledger/ledger.ts'
import { createMailer } from '../activities/adapters/mail.ts'
import { createPager } from '../activities/adapters/pager.ts'
import { createFormat } from '../activities/adapters/prometheus.format.ts'
import { createPrometheus } from '../activities/adapters/prometheus.ts'
import { tryRules } from '../activities/adapters/promtool.trial.ts'
import { readRules, writeRules } from '../activities/adapters/rules-file.ts'
import { createSlackPace } from '../activities/adapters/slack.pace.ts'
import { createSlack, type Slack } from '../activities/adapters/slack.ts'
import { createWake } from '../activities/adapters/wake-hook.ts'
import type { AlertActivities } from '../activities/alert-response.ts'
import { createAlertActivities } from '../activities/alerts.ts'
import { createApprovalActivities } from '../activities/approvals.ts'
import { createChatActivities } from '../activities/chat.ts'
import type { ControlPlaneActivities } from '../activities/control-plane.ts'
import { createDocumentationActivities } from '../activities/documentation.ts'
import { silenceOf } from '../activities/find-silence.ts'
import type { FixActivities } from '../activities/fix-hands.ts'
import { createFixActivities } from '../activities/fixes.ts'
import type { ApprovalActivities, ChatActivities, IncidentActivities } from '../activities/incident-response.ts'
import { createIncidentActivities } from '../activities/incidents.ts'
import { createMonitoringActivities } from '../activities/monitoring.ts'
import type { MonitoringActivities } from '../activities/monitoring-hands.ts'
import { createReportActivities } from '../activities/reports.ts'
import type { Gate } from '../domain/approvals/approval.ts'
import { freezeOf } from '../domain/approvals/freeze.ts'
import type { Incident } from '../domain/incident/incident.ts'
import { type ControlPlaneConfig, readSecret } from './config.ts'
import type { ProcessLogger } from './logging.ts'

export interface Parts {
  readonly config: ControlPlaneConfig
  readonly ledger: Ledger
  readonly people: TeamFile
  readonly client: Client
  readonly logger: ProcessLogger
}

/** Queue `control`. */
export function controlHands({
  config,
  ledger,
  people,
  client,
  store,
}: Omit<Parts, 'logger'> & { readonly store: ArtefactStore }): ControlPlaneActivities &
  IncidentActivities &
  ApprovalActivities &
  AlertActivities &
  FixActivities &
  MonitoringActivities {
  const { readTeam } = people
  return {
    readEstate: request => (request?.orLast === true ? people.readLastEstate() : readEstate(config.OPS_ESTATE)),
    ...createDocumentationActivities({ ledger, publish: createReportActivities({ store }).publishReport }),
    ...createIncidentActivities({ ...people, ledger, store, client }),
    ...createApprovalActivities({ readTeam, ledger, readIncident: incidentOf(client) }),
    ...createAlertActivities({
      ledger,
      readTeam,
      alertmanager: when(config.OPS_ALERTMANAGER_URL, createAlertmanager),
      silenceOf: cause => silenceOf(client, cause),
      heartbeatUrl: config.OPS_HEARTBEAT_URL ?? null,
    }),
    ...createFixActivities({ store, listEvents: filter => ledger.listEvents(filter), parseFix, wake: wakeOf(config) }),
    ...createMonitoringActivities({
      store,
      tryRules,
      readRules,
      writeRules,
      prometheus: when(config.OPS_PROMETHEUS_URL, url => ({ ...createPrometheus(url), format: createFormat(url) })),
      file: config.OPS_PROMETHEUS_RULES ?? null,
    }),
  }
}

/** Queue `chat`. */
export function chatHands({ config, ledger, people, client, logger }: Parts): ChatActivities {
  const { OPS_UI: ui } = config
  return createChatActivities({
    slack: slackOf(config, logger),
    mailer: mailerOf(config),
    pager: pagerOf(config),
    ...people,
    report: line => logger.warn(line),
    readIncident: incidentOf(client),
    readGate: async (workflowId, approvalId, runId) => {
      const gates = await client.workflow.getHandle(workflowId, runId).query<readonly Gate[]>('gates')
      return gates.find(gate => gate.approvalId === approvalId) ?? null
    },
    readFreeze: async () => freezeOf(await ledger.currentFreeze()),
    attempt: () => Context.current().info.attempt,
    timeoutMs: () => Context.current().info.startToCloseTimeoutMs,
    signal: () => Context.current().cancellationSignal,
    ...(ui === undefined ? {} : { ui: `${ui}/namespaces/${client.options.namespace}` }),
  })
}

function incidentOf(client: Client) {
  return (workflowId: string, runId?: string) =>
    client.workflow.getHandle(workflowId, runId).query<Incident | null>('incident')
}

function slackOf(
  { OPS_SLACK_TOKEN_FILE: file, OPS_SLACK_API_URL: apiUrl }: ControlPlaneConfig,
  logger: ProcessLogger,
): Slack | null {
  return when(file, path =>
    createSlack({
      token: readSecret(path),
      ...(apiUrl === undefined ? {} : { apiUrl }),
      pace: createSlackPace(),
      report: line => logger.warn(line),
    }),
  )
}

function mailerOf({ OPS_SMTP_URL_FILE: file, OPS_MAIL_FROM: from }: ControlPlaneConfig) {
  return file === undefined || from === undefined ? null : createMailer({ url: readSecret(file), from })
}

function pagerOf({ OPS_PAGER_URL: url, OPS_PAGER_KEY_FILE: file }: ControlPlaneConfig) {
  return file === undefined || url === undefined ? null : createPager({ url, routingKey: readSecret(file) })
}

function wakeOf({ OPS_WAKE_URL: url, OPS_WAKE_TOKEN_FILE: file }: ControlPlaneConfig) {
  return file === undefined || url === undefined ? null : createWake({ url, token: readSecret(file) })
}

function when<T, R>(value: T | undefined, make: (value: T) => R): R | null {
  return value === undefined ? null : make(value)
}
