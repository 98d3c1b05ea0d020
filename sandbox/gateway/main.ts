// `opencode-acp.service`: an ACP gateway in front of real `opencode acp` processes. OpenCode
// speaks ACP on stdin and stdout only and leaves at the end of its input, so it cannot be a
// service by itself; the gateway owns its pipes and offers the protocol's HTTP transport.
//
//   client --HTTP, SSE--> POST/GET/DELETE /acp --stdio--> one `opencode acp` a connection
//                         GET /healthz, GET /metrics
//
// SIGTERM and SIGINT stop it within a few seconds and leave no agent behind; SIGHUP opens the
// log anew. It leaves with 78 when its settings are wrong and with 1 when it cannot listen.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { hostname } from 'node:os'
import { type Config, readConfig } from './config.ts'
import { Connections } from './connections.ts'
import { createHealth } from './health.ts'
import { createHttp, createWatch } from './http.ts'
import { openLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createPool } from './pool.ts'
import { createRecorder } from './record.ts'
import { createUsage } from './usage.ts'
import { connectUsage } from './usage-database.ts'

function readConfigOrLeave(): Config {
  try {
    return readConfig(process.env)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(78)
  }
}

async function listenOrLeave(door: Server, host: string, port: number, settings: string): Promise<void> {
  door.listen(port, host)
  await once(door, 'listening').catch(error => {
    console.error(`cannot listen on ${host}:${port}: ${error.message}`)
    console.error(`Stop what uses the port or set ${settings}.`)
    process.exit(1)
  })
}

const config = readConfigOrLeave()
const log = openLog(config.GATEWAY_LOG)
const metrics = createMetrics()
const run = randomUUID()

const usage = createUsage({
  database: config.GATEWAY_DATABASE === '' ? undefined : connectUsage(config.GATEWAY_DATABASE, run),
  flushMs: config.GATEWAY_DATABASE_FLUSH_MS,
  queueMax: config.GATEWAY_DATABASE_QUEUE,
  onRows: (outcome, count) => metrics.usageRows.inc({ outcome }, count),
  onState: (state, error) => log.write(state === 'failing' ? 'WARN' : 'INFO', 'database', { state, error }),
})
const recorder = createRecorder({ log, metrics, usage, gateway: hostname(), run })
const pool = createPool({
  bin: config.OPENCODE_BIN,
  cwd: process.cwd(),
  size: config.GATEWAY_POOL,
  onSpawn: recorder.agentStarted,
  onReady(child, ms) {
    recorder.agentReady(child, ms)
    // The service is healthy as soon as its first agent is, not at the next tick.
    if (health.status() !== 'ok') void health.probe()
  },
  onExit: recorder.agentExited,
})
const health = createHealth({
  pool,
  everyMs: config.GATEWAY_PROBE_MS,
  timeoutMs: config.GATEWAY_PROBE_TIMEOUT_MS,
  onProbe(seconds, error) {
    metrics.probeSeconds.observe(seconds)
    if (error !== null) log.write('ERROR', 'probe', { error, duration: Math.round(seconds * 1000) })
  },
})
const connections = new Connections({ config, pool, recorder })
metrics.observe({
  sessions: () => connections.sessions,
  sessionsLimit: config.GATEWAY_SESSIONS_LIMIT,
  connections: () => connections.count,
  pending: () => connections.pending,
  warmAgents: () => pool.warm().length,
  agentMemory: () =>
    pool.running().flatMap(child => {
      const bytes = child.memory()
      return bytes === undefined ? [] : [{ slot: child.slot, bytes }]
    }),
  logLinesDropped: log.dropped,
  usageRowsQueued: usage.queued,
  isDatabaseWritable: () => usage.state() === 'primary',
  isHealthy: () => health.status() === 'ok',
})

const watched = {
  registry: metrics.registry,
  health: () => ({
    status: health.status(),
    version: health.last()?.version ?? null,
    pid: process.pid,
    uptimeSeconds: Math.round(process.uptime()),
    connections: { open: connections.count, limit: config.GATEWAY_MAX_CONNECTIONS },
    sessions: { open: connections.sessions, limit: config.GATEWAY_SESSIONS_LIMIT },
    agents: { running: pool.running().length, warm: pool.warm().length },
    probe: { ...health.last(), failures: health.failures() },
    database: { state: usage.state(), queued: usage.queued() },
  }),
}
const server = createHttp({ ...watched, connections, maxBody: config.GATEWAY_MAX_BODY, recorder })
const watch = createWatch(watched)

async function stop(signal: string): Promise<void> {
  log.write('INFO', 'stopping', { signal })
  health.stop()
  server.close()
  watch.close()
  await connections.close()
  await pool.close()
  await usage.close()
  server.closeAllConnections()
  watch.closeAllConnections()
  log.write('INFO', 'stopped', { pid: process.pid })
  process.exit(0)
}

let isStopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (!isStopping) void stop(signal)
    isStopping = true
  })
}
process.on('SIGHUP', log.reopen)

pool.fill()
await listenOrLeave(server, config.GATEWAY_HOST, config.GATEWAY_PORT, 'GATEWAY_PORT and GATEWAY_HOST')
const [watchHost = '', watchPort] = config.GATEWAY_WATCH.split(':')
if (watchHost !== '') await listenOrLeave(watch, watchHost, Number(watchPort), 'GATEWAY_WATCH')
const { address, port } = server.address() as AddressInfo
log.write('INFO', 'listening', { host: address, port, pid: process.pid })
