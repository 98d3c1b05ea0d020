/** What the ingress is told by its environment: checked once, all problems together. Which doors it has follows from it. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { OpsError } from '../domain/failures.ts'
import { SHORTEST_SECRET } from './slack/guard.ts'

const listen = z.string().regex(/^[0-9a-z.:-]+:\d{1,5}$/i, 'expected ADDRESS:PORT, for example 127.0.0.1:9500')
const file = z.string().regex(/^\//, 'must be an absolute path')

const Variables = z
  .object({
    OPS_ESTATE: file,
    OPS_LEDGER_URL_FILE: file.optional(),
    /** One secret, or two on lines of their own while it is being changed. */
    OPS_SLACK_SIGNING_SECRET_FILE: file.optional(),
    /** For a laptop: a connection that the ingress opens itself, instead of an address that Slack can reach. */
    OPS_SLACK_APP_TOKEN_FILE: file.optional(),
    OPS_SLACK_TOKEN_FILE: file.optional(),
    OPS_SLACK_API_URL: z.url({ protocol: /^https?$/ }).optional(),
    OPS_SLACK_DOOR_KEY_FILE: file.optional(),
    OPS_SLACK_HTTP: listen.default('127.0.0.1:9500'),
    OPS_ALERTS_TOKEN_FILE: file.optional(),
    OPS_ALERTS_HTTP: listen.default('127.0.0.1:9501'),
    /** Where /healthz and /metrics are served. */
    OPS_HTTP: listen.default('127.0.0.1:9510'),
    /** How others reach that, when it is another way. */
    OPS_INGRESS_HTTP: z.url({ protocol: /^https?$/ }).optional(),
    OPS_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  })
  .superRefine((given, context) => {
    const hasSlack = given.OPS_SLACK_SIGNING_SECRET_FILE !== undefined || given.OPS_SLACK_APP_TOKEN_FILE !== undefined
    if (!hasSlack && given.OPS_ALERTS_TOKEN_FILE === undefined) {
      context.addIssue('no door is configured: set OPS_SLACK_SIGNING_SECRET_FILE or OPS_ALERTS_TOKEN_FILE')
    }
    for (const name of ['OPS_SLACK_TOKEN_FILE', 'OPS_SLACK_DOOR_KEY_FILE'] as const) {
      if (hasSlack && given[name] === undefined) context.addIssue(`${name} is not set, and the door to Slack needs it`)
    }
  })

export interface SlackConfig {
  readonly token: string
  readonly apiUrl: string | null
  /** PEM. */
  readonly doorKey: string
  readonly listen: string
  readonly signingSecrets: readonly string[]
  readonly appToken: string | null
}

export interface IngressConfig {
  readonly estateFile: string
  readonly ledgerUrlFile: string | null
  /** Null without that door. */
  readonly slack: SlackConfig | null
  readonly alerts: { readonly token: string; readonly listen: string } | null
  readonly http: string
  /** Base address of /healthz, for the doctor of the chat. */
  readonly self: string
  readonly logLevel: string
}

/** Throws an OpsError of owner `configuration` that names every problem. */
export function readIngressConfig(environment: NodeJS.ProcessEnv): IngressConfig {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = Variables.safeParse(given)
  if (parsed.data === undefined) {
    const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '))
    throw new OpsError({
      owner: 'configuration',
      message: `the environment of the ingress is not complete: ${problems.join('; ')}`,
      hint: 'Set these variables where the ingress is started; docs/slack.md lists them.',
    })
  }
  const { data } = parsed
  return {
    estateFile: data.OPS_ESTATE,
    ledgerUrlFile: data.OPS_LEDGER_URL_FILE ?? null,
    slack: slackConfig(data),
    alerts:
      data.OPS_ALERTS_TOKEN_FILE === undefined
        ? null
        : { token: readSecret(data.OPS_ALERTS_TOKEN_FILE), listen: data.OPS_ALERTS_HTTP },
    http: data.OPS_HTTP,
    // An address at which everything is heard is none that can be asked.
    self: data.OPS_INGRESS_HTTP ?? `http://${data.OPS_HTTP.replace(/^(0\.0\.0\.0|\[?::\]?):/, '127.0.0.1:')}`,
    logLevel: data.OPS_LOG_LEVEL,
  }
}

function slackConfig(data: z.infer<typeof Variables>): SlackConfig | null {
  const { OPS_SLACK_SIGNING_SECRET_FILE: signing, OPS_SLACK_APP_TOKEN_FILE: app } = data
  const { OPS_SLACK_TOKEN_FILE: token, OPS_SLACK_DOOR_KEY_FILE: key } = data
  if ((signing === undefined && app === undefined) || token === undefined || key === undefined) return null
  return {
    token: readToken(token),
    apiUrl: data.OPS_SLACK_API_URL ?? null,
    doorKey: readSecret(key),
    listen: data.OPS_SLACK_HTTP,
    signingSecrets: signing === undefined ? [] : readSigningSecrets(signing),
    appToken: app === undefined ? null : readToken(app),
  }
}

/** A cut one would let nobody in, and a guessed one anybody. */
function readSigningSecrets(path: string): readonly string[] {
  const secrets = readSecret(path).split(/\s+/)
  if (secrets.every(secret => secret.length >= SHORTEST_SECRET)) return secrets
  const hint = 'Copy the whole signing secret (Basic Information, App Credentials), one on each line.'
  throw new OpsError({ owner: 'configuration', message: `a signing secret in ${path} is too short`, hint })
}

/** One word: with anything else in it, whoever sends it as a header would complain by quoting it. */
function readToken(path: string): string {
  const token = readSecret(path)
  if (/^[\x21-\x7e]+$/.test(token)) return token
  const hint = 'Put the token into it, on one line and with nothing else.'
  throw new OpsError({ owner: 'configuration', message: `the secret file ${path} holds more than one token`, hint })
}

/** Without the line's end. Its text never appears in a message. */
export function readSecret(path: string): string {
  const hint = 'Put the secret into that file, readable by this process only.'
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new OpsError({ owner: 'configuration', message: `cannot read the secret file ${path}`, hint }, { cause })
  }
  if (text !== '') return text
  throw new OpsError({ owner: 'configuration', message: `the secret file ${path} is empty`, hint })
}
