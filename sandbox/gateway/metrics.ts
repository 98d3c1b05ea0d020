// What Prometheus scrapes from the gateway. The names of the first block are a contract: the
// rules in prometheus/opencode-acp.rules.yml read them.
//
// `opencode_acp_requests_total` knows two outcomes, because the rules divide the errors by all.
// A request that the agent refused for a mistake of the client (-32601 and its like) was served
// as it should be, so it counts as `ok` there, and a careless client cannot raise the error-rate
// alert; such refusals have their own counter, by code.
//
// A prompt's time is the model's and the tools', not the service's: turns have their own
// histogram, and one long turn cannot raise the alert on slow responses.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What is read at the moment of the scrape, not counted on the way. */
export type Readings = Readonly<{
  sessions(): number
  sessionsLimit: number
  connections(): number
  pending(): number
  warmAgents(): number
  agentMemory(): readonly Readonly<{ slot: number; bytes: number }>[]
  logLinesDropped(): number
  usageRowsQueued(): number
  isDatabaseWritable(): boolean
  isHealthy(): boolean
}>

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })

  const requests = new Counter({
    name: 'opencode_acp_requests_total',
    help: 'ACP requests answered or refused by the service',
    labelNames: ['outcome'],
    registers,
  })
  const tools = new Counter({
    name: 'opencode_acp_tool_executions_total',
    help: 'Tool calls of the agent that came to an end',
    labelNames: ['outcome'],
    registers,
  })
  // A series that exists from the start lets increase() see the first event.
  for (const outcome of ['ok', 'error']) requests.inc({ outcome }, 0)
  for (const outcome of ['completed', 'failed']) tools.inc({ outcome }, 0)

  return {
    registry,
    requests,
    tools,
    requestSeconds: new Histogram({
      name: 'opencode_acp_request_duration_seconds',
      help: 'Time from a request (all but session/prompt) to its answer',
      labelNames: ['method'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
      registers,
    }),
    turnSeconds: new Histogram({
      name: 'opencode_acp_turn_duration_seconds',
      help: 'Time from a prompt to the end of its turn, model and tools included',
      buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 900],
      registers,
    }),
    clientErrors: new Counter({
      name: 'opencode_acp_client_errors_total',
      help: 'Requests refused for a mistake of the client, by JSON-RPC code or HTTP status',
      labelNames: ['code'],
      registers,
    }),
    serverErrors: new Counter({
      name: 'opencode_acp_server_errors_total',
      help: 'Requests that failed for the service, by JSON-RPC code or HTTP status',
      labelNames: ['code'],
      registers,
    }),
    connectionsOpened: new Counter({
      name: 'opencode_acp_connections_opened_total',
      help: 'Connections accepted',
      registers,
    }),
    connectionsClosed: new Counter({
      name: 'opencode_acp_connections_closed_total',
      help: 'Connections ended, by reason',
      labelNames: ['reason'],
      registers,
    }),
    agentsSpawned: new Counter({
      name: 'opencode_acp_agent_processes_spawned_total',
      help: 'OpenCode processes started',
      registers,
    }),
    agentExits: new Counter({
      name: 'opencode_acp_agent_exits_total',
      help: 'OpenCode processes that ended, by reason',
      labelNames: ['reason'],
      registers,
    }),
    probeSeconds: new Histogram({
      name: 'opencode_acp_health_probe_seconds',
      help: 'Time of a health probe of an agent: initialize and session/list',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 13],
      registers,
    }),
    usageRows: new Counter({
      name: 'opencode_acp_usage_rows_total',
      help: 'Rows of usage: written, dropped (database away, queue full) or left out on a standby',
      labelNames: ['outcome'],
      registers,
    }),
    /** Adds the gauges, once the parts that they read from exist. */
    observe(readings: Readings): void {
      const startedAt = Math.round(Date.now() / 1000 - process.uptime())
      gauge('opencode_acp_process_start_time_seconds', 'Start of the gateway, Unix time', () => startedAt)
      gauge('opencode_acp_sessions_active', 'Sessions open now', readings.sessions)
      gauge('opencode_acp_sessions_limit', 'Sessions that may be open at once', () => readings.sessionsLimit)
      gauge('opencode_acp_connections', 'Connections open now', readings.connections)
      gauge('opencode_acp_requests_pending', 'Requests that wait for their answer, turns among them', readings.pending)
      gauge('opencode_acp_agents_warm', 'OpenCode processes waiting for a connection', readings.warmAgents)
      gauge('opencode_acp_up', '1 while an agent answers the health probe', () => Number(readings.isHealthy()))
      gauge('opencode_acp_log_lines_dropped', 'Log lines lost since the start', readings.logLinesDropped)
      gauge('opencode_acp_usage_rows_queued', 'Rows of usage waiting for the database', readings.usageRowsQueued)
      gauge('opencode_acp_database_writable', '1 while usage is being written', () =>
        Number(readings.isDatabaseWritable()),
      )
      new Gauge({
        name: 'opencode_acp_agent_rss_bytes',
        help: 'Resident memory of an OpenCode process, by slot',
        labelNames: ['slot'],
        registers,
        collect() {
          this.reset()
          for (const { slot, bytes } of readings.agentMemory()) this.set({ slot }, bytes)
        },
      })
    },
  }
}
