/**
 * How each process reaches Temporal, as the variables of @temporalio/envconfig: those on this machine directly, those on
 * the hosts always through the bridge's address, with the server's real name kept for TLS.
 */
import { readFileSync } from 'node:fs'
import type { ClientConfigProfile, ConfigDataSource } from '@temporalio/envconfig'
import { NAMESPACE } from '../../domain/ids.ts'
import type { EstatePlan } from '../estate/name.ts'
import { ports } from '../estate/paths.ts'
import type { FoundTemporal } from './find.ts'

export interface TemporalEndpoint {
  readonly address: string
  readonly namespace: string
  readonly ui: string | undefined
  /** For processes of this machine. */
  readonly environment: Readonly<Record<string, string>>
  /** For the host workers, with the files that it names (below /etc/opencode-acp-ops). */
  readonly onHosts: {
    readonly environment: Readonly<Record<string, string>>
    readonly files: Readonly<Record<string, string>>
  }
  readonly relayTo: { readonly host: string; readonly port: number } | undefined
}

export function endpointOf(plan: EstatePlan, found: FoundTemporal): TemporalEndpoint {
  const own = `${plan.address}:${ports.temporal}`
  if (found.kind !== 'given') {
    const environment = { TEMPORAL_ADDRESS: own, TEMPORAL_NAMESPACE: NAMESPACE }
    return {
      address: own,
      namespace: NAMESPACE,
      ui: `http://${plan.address}:${ports.ui}`,
      environment,
      onHosts: { environment, files: {} },
      relayTo: undefined,
    }
  }
  const namespace = found.profile.namespace ?? NAMESPACE
  const target = splitAddress(found.address)
  const credentials = credentialsOf(found.profile, target.host)
  return {
    address: found.address,
    namespace,
    ui: undefined,
    environment: { TEMPORAL_ADDRESS: found.address, TEMPORAL_NAMESPACE: namespace },
    onHosts: {
      environment: { TEMPORAL_ADDRESS: own, TEMPORAL_NAMESPACE: namespace, ...credentials.environment },
      files: credentials.files,
    },
    relayTo: target,
  }
}

export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':')
  if (colon < 0) return { host: address, port: ports.temporal }
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}

const secretFiles = [
  ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'temporal-client.pem', 'clientCert'],
  ['TEMPORAL_TLS_CLIENT_KEY_PATH', 'temporal-client.key', 'clientKey'],
  ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', 'temporal-ca.pem', 'serverCACert'],
] as const

function credentialsOf(profile: ClientConfigProfile, serverHost: string) {
  const environment: Record<string, string> = {}
  const files: Record<string, string> = {}
  if (profile.apiKey !== undefined) environment.TEMPORAL_API_KEY = profile.apiKey
  const withTls = profile.tls === undefined ? profile.apiKey !== undefined : profile.tls.disabled !== true
  if (withTls) {
    environment.TEMPORAL_TLS = 'true'
    environment.TEMPORAL_TLS_SERVER_NAME = profile.tls?.serverName ?? serverHost
    for (const [variable, file, key] of secretFiles) {
      const text = textOf(profile.tls?.[key])
      if (text === undefined) continue
      environment[variable] = `/etc/opencode-acp-ops/${file}`
      files[file] = text
    }
  }
  for (const [key, value] of Object.entries(profile.grpcMeta ?? {})) {
    environment[`TEMPORAL_GRPC_META_${key.toUpperCase().replaceAll('-', '_')}`] = value
  }
  return { environment, files }
}

function textOf(source: ConfigDataSource | undefined): string | undefined {
  if (source === undefined) return undefined
  if ('path' in source) return readFileSync(source.path, 'utf8')
  return typeof source.data === 'string' ? source.data : Buffer.from(source.data).toString('utf8')
}
