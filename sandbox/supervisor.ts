/**
 * A running estate in one process: it holds the parts, brings each up in a step of its own, and takes all of them down
 * in reverse, however far the start has come.
 */
import { mkdirSync } from 'node:fs'
import { claimEstate } from './estate/claim.ts'
import { emptyEstate } from './estate/fresh.ts'
import { clearLeftovers } from './estate/leftovers.ts'
import { type EstatePlan, type HostName, hostNames } from './estate/name.ts'
import { createBridge, requireFreePorts } from './estate/network.ts'
import { type EstatePaths, pathsOf, ports } from './estate/paths.ts'
import { messageOf } from './estate/problem.ts'
import type { Child } from './estate/processes.ts'
import { secret } from './estate/secrets.ts'
import { Services } from './estate/services.ts'
import { waitFor } from './estate/wait.ts'
import { Fleet } from './hosts/fleet.ts'
import { execIn, nodeInside } from './hosts/machine.ts'
import { pairStreams, provisionPair } from './hosts/postgres.ts'
import { serveWake } from './hosts/wake.ts'
import { listen } from './listen.ts'
import { stopMonitoring } from './monitoring/start.ts'
import type { StartOptions } from './options.ts'
import { convergeHub, hubReady, hubSpec, prepareHub } from './postgres/hub.ts'
import { endpointOf } from './temporal/endpoint.ts'
import { findTemporal } from './temporal/find.ts'
import type { Relay } from './temporal/relay.ts'
import { type Located, startTemporal } from './temporal/start.ts'
import {
  hostSettings,
  renderEstateFile,
  withdrawEnvironment,
  writeHostTokens,
  writeResponseSecrets,
} from './work/environment.ts'

export class Supervisor {
  readonly plan: EstatePlan
  readonly paths: EstatePaths
  readonly services: Services
  readonly #options: StartOptions
  readonly #tell: (line: string) => void
  #release: (() => void) | undefined
  #located: Located | undefined
  #fleet: Fleet | undefined
  #relay: Relay | undefined
  #closeControl: (() => Promise<void>) | undefined
  #closeWake: (() => Promise<void>) | undefined
  /** Whether the start has come to its end. */
  isUp = false
  /** Called when another terminal says `down`. */
  onStopRequest: () => void = () => {}

  constructor(plan: EstatePlan, options: StartOptions, tell: (line: string) => void) {
    this.plan = plan
    this.paths = pathsOf(plan)
    this.#options = options
    this.#tell = tell
    this.services = new Services(this.paths, (name, reason, log) => {
      tell(`${name} ended (${reason}); its log is ${log}. Bring it back with 'npm run -s sandbox -- start ${name}'.`)
    })
  }

  /** Takes the estate and ends what a killed run of it left. Answers with what that was. */
  async claim(): Promise<readonly string[]> {
    this.#release = await claimEstate(this.plan)
    const ended = await clearLeftovers(this.plan)
    if (this.#options.fresh) emptyEstate(this.plan)
    mkdirSync(this.paths.secrets, { recursive: true, mode: 0o700 })
    this.#closeControl = await listen(this, () => this.onStopRequest())
    return ended
  }

  get isClaimed(): boolean {
    return this.#release !== undefined
  }

  async locateTemporal(progress: (line: string) => void): Promise<Located> {
    const found = await findTemporal({
      checkout: this.plan.checkout,
      choice: this.#options.temporal,
      ownAddress: this.plan.address,
      environment: process.env,
      progress,
    })
    this.#located = { found, endpoint: endpointOf(this.plan, found) }
    return this.#located
  }

  get temporal(): Located {
    if (this.#located === undefined) throw new Error('Temporal is used before it is located')
    return this.#located
  }

  get fleet(): Fleet {
    this.#fleet ??= new Fleet(this.plan, {
      sizes: this.#options.sizes,
      settingsOf: hostSettings(this.plan, this.temporal.endpoint, this.#options.traffic),
      lost: (host, reason) => this.#tell(`host ${host} went down by itself (${reason}).`),
    })
    return this.#fleet
  }

  async network(): Promise<void> {
    await createBridge(this.plan)
    const hasUi = this.temporal.found.kind !== 'given'
    const { ui, temporalHttp: _, ...always } = ports
    await requireFreePorts(this.plan, [...Object.values(always), ...(hasUi ? [ui] : [])])
    renderEstateFile(this.plan)
    writeHostTokens(this.plan)
    writeResponseSecrets(this.plan)
    this.#closeWake = await serveWake({
      address: this.plan.address,
      port: ports.wake,
      token: secret(this.paths.secrets, 'wake-token'),
      fleet: () => this.fleet,
      tell: this.#tell,
    })
  }

  async postgres(signal?: AbortSignal): Promise<void> {
    await prepareHub(this.plan)
    const ready = async (child: Child, abort?: AbortSignal) => await hubReady(this.plan, child, abort)
    await this.services.add({ spec: hubSpec(this.plan), stopWithinMs: 30_000, ready }, signal)
    await convergeHub(this.plan)
  }

  async startTemporal(signal?: AbortSignal): Promise<void> {
    this.#relay = await startTemporal(this.plan, this.temporal, this.services, signal)
  }

  async bootHost(name: HostName, signal?: AbortSignal): Promise<string> {
    return await this.fleet.switchOn(name, signal)
  }

  async pairHosts(signal?: AbortSignal): Promise<void> {
    await provisionPair(this.plan, signal)
    await waitFor('beta streaming from alpha', async () => await pairStreams(this.plan), {
      timeoutMs: 60_000,
      everyMs: 200,
      signal,
      hint: `See 'npm run -s sandbox -- exec beta journalctl -u postgresql-opencode'.`,
    })
  }

  /** Waits for the gateways and host workers; answers with those that did not come, for the health check to judge. */
  async servicesAnswer(signal?: AbortSignal): Promise<readonly string[]> {
    const addresses = ['http://127.0.0.1:3000/healthz', 'http://127.0.0.1:9464/healthz']
    const wait = [nodeInside, '/opt/ops/sandbox/hosts/wait-for-service.ts', '60', ...addresses]
    const silent = await Promise.all(
      hostNames.map(async name => {
        const result = await execIn(this.plan, this.plan.hosts[name], wait, signal === undefined ? {} : { signal })
        return result.ok ? [] : result.stdout.split('\n').map(address => `${name} ${address}`)
      }),
    )
    signal?.throwIfAborted()
    return silent.flat()
  }

  /** Ends everything that runs, in reverse, and gives the estate back. Never throws: it tells what would not go. */
  async stop(): Promise<void> {
    const steps: readonly [string, () => Promise<void>][] = [
      ['control socket', async () => await this.#closeControl?.()],
      ['environment', async () => withdrawEnvironment(this.plan)],
      ['monitoring', async () => await stopMonitoring(this.services)],
      ['ingress', async () => await this.services.stop('ingress')],
      ['control plane', async () => await this.services.stop('control-plane')],
      ['wake hook', async () => await this.#closeWake?.()],
      ['hosts', async () => await this.#fleet?.switchAllOff()],
      ['stand-in for Slack', async () => await this.services.stop('slack')],
      ['mail server', async () => await this.services.stop('mail')],
      ['Temporal relay', async () => await this.#relay?.close()],
      ['Temporal UI', async () => await this.services.stop('temporal-ui')],
      ['Temporal', async () => await this.services.stop('temporal-server')],
      ['PostgreSQL', async () => await this.services.stop('postgres')],
      ['network, mounts and loop devices', async () => void (await clearLeftovers(this.plan))],
    ]
    for (const [name, end] of steps) {
      try {
        await end()
      } catch (error) {
        this.#tell(`${name} did not end as it should: ${messageOf(error)}`)
      }
    }
    this.#release?.()
  }

  async status() {
    const env = this.#located === undefined ? null : this.temporal.endpoint.environment
    const { name, address } = this.plan
    const state = this.isUp ? 'up' : 'starting'
    const hosts = this.#located === undefined ? [] : await this.fleet.status()
    return {
      name,
      state,
      address,
      folder: this.plan.folder,
      hosts,
      services: this.services.status(),
      temporal: env,
    } as const
  }
}
