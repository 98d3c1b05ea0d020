/** Brings up the Temporal server that was found, whatever kind it is, on the estate's address, with its namespace. */
import { mkdirSync } from 'node:fs'
import type { ConnectionOptions } from '@temporalio/client'
import { toClientOptions } from '@temporalio/envconfig'
import type { EstatePlan } from '../estate/name.ts'
import { pathsOf, ports } from '../estate/paths.ts'
import { type Child, type ChildSpec, childReady } from '../estate/processes.ts'
import type { Services } from '../estate/services.ts'
import type { TemporalEndpoint } from './endpoint.ts'
import type { FoundTemporal } from './find.ts'
import { convergeNamespace } from './namespace.ts'
import { type Relay, startRelay } from './relay.ts'
import { commandSpec, pinnedSpecs, preparePinned } from './server.ts'

export interface Located {
  readonly found: FoundTemporal
  readonly endpoint: TemporalEndpoint
}

/** Answers with the relay that the hosts need when the server is not on the bridge. */
export async function startTemporal(
  plan: EstatePlan,
  located: Located,
  services: Services,
  signal?: AbortSignal,
): Promise<Relay | undefined> {
  const { found, endpoint } = located
  const options = connectionOptions(located)
  const ready = async (_: Child, abort?: AbortSignal) => await convergeNamespace(options, endpoint.namespace, abort)
  const server = async (spec: ChildSpec) => await services.add({ spec, stopWithinMs: 15_000, ready }, signal)
  mkdirSync(pathsOf(plan).temporal, { recursive: true, mode: 0o700 })
  switch (found.kind) {
    case 'given': {
      await convergeNamespace(options, endpoint.namespace, signal)
      return endpoint.relayTo && (await startRelay(plan.address, ports.temporal, endpoint.relayTo))
    }
    case 'command':
      await server(commandSpec(plan, found.path))
      return undefined
    case 'pinned': {
      await preparePinned(plan, found.binaries)
      const [serverSpec, uiSpec] = pinnedSpecs(plan, found.binaries)
      const uiReady = async (child: Child, abort?: AbortSignal) => await answers(child, endpoint.ui, abort)
      await server(serverSpec)
      await services.add({ spec: uiSpec, stopWithinMs: 5000, ready: uiReady }, signal)
      return undefined
    }
  }
}

async function answers(child: Child, url: string | undefined, signal?: AbortSignal): Promise<void> {
  if (url === undefined) return
  await childReady(child, async () => (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok, 30_000, signal)
}

function connectionOptions({ found, endpoint }: Located): ConnectionOptions {
  if (found.kind !== 'given') return { address: endpoint.address }
  const { apiKey, tls, metadata } = toClientOptions(found.profile).connectionOptions
  return {
    address: endpoint.address,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}
