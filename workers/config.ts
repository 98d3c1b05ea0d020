/** What a worker process is told by its environment: validated once, all problems together, defaults visible. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { OpsError } from '../domain/failures.ts'

const LISTEN = /^[0-9a-z.:-]+:\d{1,5}$/i

const listen = z.string().regex(LISTEN, 'expected ADDRESS:PORT, for example 127.0.0.1:9400')
const level = z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info')

/** A list of words and no command line, so that no shell and no quoting is involved. */
const command = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'expected a JSON array, for example ["opencode","acp"]' })
      return z.NEVER
    }
  })
  .pipe(z.array(z.string().min(1)).min(1))

/** An empty variable is one that is not set. */
function optional<T extends z.ZodType>(schema: T) {
  return z.preprocess(value => (value === '' ? undefined : value), schema.optional())
}

const controlPlane = z.object({
  /** Path of the estate file. */
  OPS_ESTATE: z.string().min(1),
  /** File with the URL of the ledger for the insert-only role. */
  OPS_LEDGER_URL_FILE: z.string().min(1),
  /** Folder of the artefact store. */
  OPS_ARTEFACTS: z.string().min(1),
  /** File with the SHA-256 of each host's upload token, JSON by host name. */
  OPS_HOST_TOKENS: z.string().min(1),
  /** Where /healthz, /metrics and uploads are served; Temporal's own metrics take the port above. */
  OPS_HTTP: listen.default('127.0.0.1:9400'),
  /** Bot token of the Slack app. Without it nothing is posted, and everything works by the command line. */
  OPS_SLACK_TOKEN_FILE: optional(z.string()),
  /** Instead of Slack's own: a stand-in, or a proxy. */
  OPS_SLACK_API_URL: optional(z.url()),
  /** File with smtp://user:password@host:port of the mail server. */
  OPS_SMTP_URL_FILE: optional(z.string()),
  OPS_MAIL_FROM: optional(z.email()),
  /** Events API v2 of PagerDuty, or of anything that speaks it. */
  OPS_PAGER_URL: optional(z.url()),
  OPS_PAGER_KEY_FILE: optional(z.string()),
  OPS_ALERTMANAGER_URL: optional(z.url()),
  /** Prometheus whose rules are updated (S54), and the rules file that it reads, as seen from here. */
  OPS_PROMETHEUS_URL: optional(z.url()),
  OPS_PROMETHEUS_RULES: optional(z.string().startsWith('/', 'must be an absolute path')),
  /** Asked once a minute, so that somebody outside notices when ops itself is gone. */
  OPS_HEARTBEAT_URL: optional(z.url()),
  /** Hook that switches hosts on and off, for tests of fixes on staging; with a bearer token. */
  OPS_WAKE_URL: optional(z.url()),
  OPS_WAKE_TOKEN_FILE: optional(z.string()),
  /** Base address of the Temporal UI, for links on cards. */
  OPS_UI: optional(z.url()),
  OPS_LOG_LEVEL: level,
})

const host = z.object({
  /** Name of this host in the estate file. */
  OPS_HOST: z.string().min(1),
  /** Base URL of the control plane's upload door. */
  OPS_UPLOAD_URL: z.url(),
  OPS_HOST_TOKEN_FILE: z.string().min(1),
  /** Program and arguments of the agent, as a JSON array, when the service has no gateway. */
  OPS_ACP_COMMAND: command.nullable().default(null),
  OPS_HTTP: listen.default('127.0.0.1:9464'),
  OPS_LOG_LEVEL: level,
})

export type ControlPlaneConfig = z.infer<typeof controlPlane>
export type HostConfig = z.infer<typeof host>

/** Throws an OpsError of owner `configuration` that names every problem. */
export function readControlPlaneConfig(environment: NodeJS.ProcessEnv): ControlPlaneConfig {
  return parse(controlPlane, environment)
}

/** Throws an OpsError of owner `configuration` that names every problem. */
export function readHostConfig(environment: NodeJS.ProcessEnv): HostConfig {
  return parse(host, environment)
}

/** A secret's text, without the line's end. */
export function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    const hint = 'Put the secret into that file, readable by this process only.'
    throw new OpsError({ owner: 'configuration', message: `cannot read the secret file ${path}`, hint }, { cause })
  }
}

function parse<T>(schema: z.ZodType<T>, environment: NodeJS.ProcessEnv): T {
  const result = schema.safeParse(environment)
  if (result.success) return result.data
  const problems = result.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`)
  throw new OpsError({
    owner: 'configuration',
    message: `the environment of this worker is not complete: ${problems.join('; ')}`,
    hint: 'Set these variables where the worker is started; docs/architecture.md lists them.',
  })
}
