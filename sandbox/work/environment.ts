/** The environment of everything that works on the estate: the control plane, the `ops` command, other terminals. */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { allHosts, type EstatePlan, type HostName, isStaging } from '../estate/name.ts'
import { pathsOf, ports } from '../estate/paths.ts'
import { fingerprint, secret, writeSecret } from '../estate/secrets.ts'
import type { HostSettings } from '../hosts/files.ts'
import type { TemporalEndpoint } from '../temporal/endpoint.ts'
import { fill } from '../temporal/templates.ts'
import { withKeys } from './keys.ts'

export type Environment = Readonly<Record<string, string>>

/** What a person's terminal needs; holds paths of secrets, never secrets. */
export function operatorEnvironment(plan: EstatePlan, temporal: TemporalEndpoint): Environment {
  const paths = pathsOf(plan)
  return {
    ...temporal.environment,
    OPS_ESTATE: paths.estateFile,
    OPS_LEDGER_URL_FILE: paths.ledgerUrl,
    OPS_LEDGER_OWNER_URL_FILE: paths.ledgerOwnerUrl,
    OPS_ARTEFACTS: paths.artefacts,
    OPS_HTTP: `http://${plan.address}:${ports.control}`,
    OPS_KEYS: paths.keys,
    OPS_SLACK_TOKEN_FILE: join(paths.secrets, 'slack-token'),
    OPS_SLACK_API_URL: `http://${plan.address}:${ports.slack}/api/`,
    OPS_INGRESS_HTTP: `http://${plan.address}:${ports.ingress}`,
    ...(temporal.ui === undefined ? {} : { OPS_UI: temporal.ui }),
  }
}

/** `extra`: how it reaches people and monitoring. */
export function controlPlaneEnvironment(plan: EstatePlan, temporal: TemporalEndpoint, extra: Environment): Environment {
  const paths = pathsOf(plan)
  return {
    ...passedOn(process.env),
    ...temporal.environment,
    OPS_ESTATE: paths.estateFile,
    OPS_LEDGER_URL_FILE: paths.ledgerUrl,
    OPS_ARTEFACTS: paths.artefacts,
    OPS_HTTP: `${plan.address}:${ports.control}`,
    OPS_HOST_TOKENS: paths.hostTokens,
    ...extra,
    ...(temporal.ui === undefined ? {} : { OPS_UI: temporal.ui }),
    NODE_ENV: 'production',
  }
}

/** A given server's credentials come from the variables that named it. */
export function passedOn(environment: NodeJS.ProcessEnv): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (pair): pair is [string, string] => pair[0].startsWith('TEMPORAL_') && pair[1] !== undefined,
    ),
  )
}

export function hostSettings(
  plan: EstatePlan,
  temporal: TemporalEndpoint,
  traffic: boolean,
): (host: HostName) => HostSettings {
  return host => ({
    traffic: traffic && !isStaging(host),
    worker: {
      ...temporal.onHosts.environment,
      OPS_HOST: host,
      OPS_HTTP: '127.0.0.1:9464',
      OPS_UPLOAD_URL: `http://${plan.address}:${ports.control}`,
      OPS_HOST_TOKEN_FILE: '/etc/opencode-acp-ops/token',
    },
    workerFiles: temporal.onHosts.files,
  })
}

/** Secrets that name other parts of the estate: the mail server, the pager. */
export function writeResponseSecrets(plan: EstatePlan): void {
  const { secrets, mailUrl } = pathsOf(plan)
  writeSecret(secrets, basename(mailUrl), `smtp://${plan.address}:${ports.smtp}`)
  secret(secrets, 'pager-key')
}

/** What the control plane knows of the hosts' tokens. */
export function writeHostTokens(plan: EstatePlan): void {
  const { secrets, hostTokens } = pathsOf(plan)
  const known = allHosts.map(name => [name, fingerprint(secret(secrets, `token-${name}`))])
  writeSecret(secrets, basename(hostTokens), JSON.stringify(Object.fromEntries(known)))
}

/** The estate file from its template. One that a person has changed is left alone. */
export function renderEstateFile(plan: EstatePlan): void {
  const { estateFile, estateStamp: stamp } = pathsOf(plan)
  const template = readFileSync(join(plan.checkout, 'sandbox/estate.yaml'), 'utf8')
  const values = { NAME: plan.name, IP: plan.address, DIR: plan.folder, SUBNET: plan.subnet }
  const filled = fill(template, { ...values, ALPHA_IP: plan.hosts.alpha.address, BETA_IP: plan.hosts.beta.address })
  const text = withKeys(plan, filled)
  const digest = (data: string) => createHash('sha256').update(data).digest('hex')
  const isOurs =
    !existsSync(estateFile) ||
    (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest(readFileSync(estateFile, 'utf8')))
  if (!isOurs) return
  writeFileSync(estateFile, text)
  writeFileSync(stamp, digest(text))
}

/** Where the `ops` command of another terminal finds the estate by itself. */
export function publishEnvironment(plan: EstatePlan, environment: Environment): void {
  const { environment: file, current } = pathsOf(plan)
  writeFileSync(file, `${JSON.stringify(environment, undefined, 2)}\n`)
  const draft = `${current}.${process.pid}`
  rmSync(draft, { force: true })
  symlinkSync(plan.name, draft)
  renameSync(draft, current)
}

/** The command must not look for an estate that is down; another one that runs keeps its place. */
export function withdrawEnvironment(plan: EstatePlan): void {
  const { current } = pathsOf(plan)
  try {
    if (readlinkSync(current) === plan.name) rmSync(current)
  } catch {
    // It was never published.
  }
}
