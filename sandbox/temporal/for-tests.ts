/** The pinned server on a SQLite file and a loopback address, with time skipping: for workflow tests, up in a second. */

import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { NAMESPACE } from '../../domain/ids.ts'
import type { Child } from '../estate/processes.ts'
import { startChild } from '../estate/processes.ts'
import { buildTemporal } from './build.ts'
import { convergeNamespace } from './namespace.ts'
import { writeFilled } from './templates.ts'

export interface TestTemporal {
  readonly address: string
  readonly namespace: string
  /** SIGKILL; what was acknowledged is on disk. */
  kill(): Promise<void>
  /** Starts it again on the same data after a kill. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface TestTemporalOptions {
  readonly checkout: string
  /** For its data, configuration and log; the caller removes it. */
  readonly folder: string
  /** An address of 127.0.0.0/8, so that several run side by side on the standard ports. */
  readonly address: string
  readonly namespace?: string
}

export async function startTemporalForTests(options: TestTemporalOptions): Promise<TestTemporal> {
  const { folder, checkout } = options
  const binaries = await buildTemporal(checkout, line => process.stderr.write(`${line}\n`))
  const values = { IP: options.address, DIR: folder }
  const config = writeFilled(checkout, 'server-sqlite.yaml', folder, values)
  writeFilled(checkout, 'dynamic-test.yaml', folder, values, 'dynamic.yaml')
  const address = `${options.address}:7233`
  const namespace = options.namespace ?? NAMESPACE
  let child: Child | undefined
  const start = async () => {
    await refuseTaken(options.address)
    child = await startChild(
      { run: join(folder, 'run'), logs: folder },
      {
        name: 'temporal-server',
        // A test that is killed cannot stop it, so it ends with its parent. exec keeps the process number.
        command: 'setpriv',
        args: ['--pdeathsig', 'KILL', '--', binaries.server, '--config-file', config, '--allow-no-auth', 'start'],
      },
    )
    await convergeNamespace({ address }, namespace)
  }
  await start()
  return {
    address,
    namespace,
    start,
    async kill() {
      await child?.kill()
    },
    async stop() {
      await child?.stop(10_000)
    },
  }
}

/** Two servers at one address: the second would end, and its tests would talk to the first. */
async function refuseTaken(host: string): Promise<void> {
  const socket = connect({ host, port: 7233 })
  const isTaken = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  if (isTaken) throw new Error(`another Temporal server listens at ${host}:7233: is the same test running elsewhere?`)
}
