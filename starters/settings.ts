/**
 * Settings of the command line: read once, checked at the door, all problems at once.
 * The environment wins; what it does not say comes from `.sandbox/current/env.json`, which `npm start` writes, unless the
 * environment names another Temporal than the sandbox's.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { OpsError } from '../domain/failures.ts'
import { NAMESPACE } from '../domain/ids.ts'
import { namingTemporal } from '../domain/temporal-variables.ts'
import { packageRoot } from './package-root.ts'

const filePath = z.string().regex(/^\//, 'must be an absolute path')
const webAddress = z.url({ protocol: /^https?$/, error: 'must be a URL with http:// or https://' })

const Variables = z.object({
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^(dns:\/*)?([\w.-]+|\[[\da-f:]+\]):\d{1,5}$/i, 'must be host:port')
    .optional(),
  TEMPORAL_NAMESPACE: z.string().min(1).default(NAMESPACE),
  OPS_ESTATE: filePath.optional(),
  OPS_LEDGER_URL_FILE: filePath.optional(),
  OPS_LEDGER_OWNER_URL_FILE: filePath.optional(),
  OPS_ARTEFACTS: filePath.optional(),
  OPS_SLACK_TOKEN_FILE: filePath.optional(),
  OPS_SLACK_API_URL: webAddress.optional(),
  OPS_INGRESS_HTTP: webAddress.optional(),
  OPS_KEY: filePath.optional(),
  OPS_KEYS: filePath.optional(),
  OPS_UI: webAddress.optional(),
  /** ADDRESS:PORT, as the worker that listens there reads it, or a URL. */
  OPS_HTTP: z
    .string()
    .transform(text => (/^https?:/.test(text) ? text : `http://${text}`))
    .pipe(webAddress)
    .optional(),
})
export type VariableName = keyof typeof Variables.shape

export interface Settings {
  readonly namespace: string
  readonly estateFile: string | null
  /** File with the URL of the ledger for the role that reads and inserts. */
  readonly ledgerUrlFile: string | null
  /** File with the URL of the ledger for its owner; only `ops ledger migrate` needs it. */
  readonly ledgerOwnerUrlFile: string | null
  /** Folder of the artefact store. */
  readonly artefacts: string | null
  /** File with the Slack app's bot token; only the doctor of whoever runs the app needs it. */
  readonly slackTokenFile: string | null
  /** Instead of Slack's own. */
  readonly slackApiUrl: string | null
  /** Base address of the ingress's health server. */
  readonly ingress: string | null
  /** Private key file of whoever uses the command line. */
  readonly key: string | null
  /** Folder with the keys of everybody, for `--as`: only a sandbox has one. */
  readonly keys: string | null
  /** Base address of the Temporal UI. */
  readonly ui: string | null
  /** Base address of the control plane's own HTTP server. */
  readonly http: string | null
  /** Where each variable that is set came from. */
  readonly origins: Readonly<Partial<Record<VariableName, string>>>
  /** The environment with everything that the sandbox adds, as @temporalio/envconfig reads it. */
  readonly environment: Readonly<Record<string, string>>
}

type Environment = Readonly<Record<string, string | undefined>>

export function readSettings(environment: Environment, root: string = packageRoot()): Settings {
  const file = join(root, '.sandbox', 'current', 'env.json')
  return mergeSettings(environment, readSandbox(file), file)
}

/** Pure part: the environment over the sandbox's variables. */
export function mergeSettings(environment: Environment, sandbox: Environment, sandboxFile: string): Settings {
  const merged: Record<string, string> = {}
  const origins: Partial<Record<VariableName, string>> = {}
  const fallback = namesAnotherServer(environment, sandbox) ? {} : sandbox
  for (const name of Object.keys(Variables.shape) as VariableName[]) {
    const value = environment[name] || fallback[name]
    if (!value) continue
    merged[name] = value
    origins[name] = environment[name] ? 'environment' : sandboxFile
  }
  const parsed = Variables.safeParse(merged)
  if (parsed.data === undefined) {
    const lines = parsed.error.issues.map(issue => {
      const name = String(issue.path[0]) as VariableName
      return `  ${name} (from ${origins[name] ?? 'nowhere'}): ${issue.message}`
    })
    throw new OpsError({
      owner: 'configuration',
      message: ['the settings are wrong', ...lines].join('\n'),
      hint: 'Correct these variables; `ops doctor` shows what is set.',
    })
  }
  const defined = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]))
  const { data } = parsed
  return {
    namespace: data.TEMPORAL_NAMESPACE,
    estateFile: data.OPS_ESTATE ?? null,
    ledgerUrlFile: data.OPS_LEDGER_URL_FILE ?? null,
    ledgerOwnerUrlFile: data.OPS_LEDGER_OWNER_URL_FILE ?? null,
    artefacts: data.OPS_ARTEFACTS ?? null,
    key: data.OPS_KEY ?? null,
    slackTokenFile: data.OPS_SLACK_TOKEN_FILE ?? null,
    slackApiUrl: data.OPS_SLACK_API_URL ?? null,
    ingress: data.OPS_INGRESS_HTTP?.replace(/\/+$/, '') ?? null,
    keys: data.OPS_KEYS ?? null,
    ui: data.OPS_UI?.replace(/\/+$/, '') ?? null,
    http: data.OPS_HTTP?.replace(/\/+$/, '') ?? null,
    origins,
    environment: { ...Object.fromEntries(defined), ...merged },
  }
}

/** The sandbox's estate and ledger must never meet somebody else's Temporal: then nothing of the sandbox counts. */
function namesAnotherServer(environment: Environment, sandbox: Environment): boolean {
  const naming = namingTemporal(environment)
  if (naming.some(name => name !== 'TEMPORAL_ADDRESS')) return true
  return naming.length > 0 && environment.TEMPORAL_ADDRESS !== sandbox.TEMPORAL_ADDRESS
}

function readSandbox(file: string): Environment {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new OpsError(
      { owner: 'configuration', message: `${file} cannot be used`, hint: 'Remove it; `npm start` writes it anew.' },
      { cause: error },
    )
  }
}

/** The value of a setting that a command cannot do without. */
export function required(value: string | null, variable: VariableName): string {
  if (value !== null) return value
  throw new OpsError({
    owner: 'configuration',
    message: `${variable} is not set`,
    hint: `Set ${variable}, or start the sandbox with \`npm start\`, which sets it.`,
  })
}
