// The gateway's settings: read from the environment once, here, and checked before anything
// starts. All mistakes are reported together. Durations are milliseconds, sizes are bytes.
import { z } from 'zod'

const whole = (min: number, max: number, fallback: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback)

const schema = z.object({
  /** Loopback unless said otherwise: whoever reaches the port has a shell through the agent. */
  GATEWAY_HOST: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')]).default('127.0.0.1'),
  /** 0 takes a free port; the log line `listening` names it. */
  GATEWAY_PORT: whole(0, 65_535, 3000),
  /**
   * ADDRESS:PORT of a second door with /healthz and /metrics alone, for monitoring from another machine; empty for none.
   * It reaches no agent, so that it may listen where /acp must not.
   */
  GATEWAY_WATCH: z
    .string()
    .regex(/^([0-9.]+:\d{1,5})?$/, 'expected ADDRESS:PORT, for example 0.0.0.0:3001')
    .default(''),
  GATEWAY_LOG: z.string().startsWith('/').default('/var/log/opencode-acp.log'),
  OPENCODE_BIN: z.string().min(1).default('opencode'),
  /** Children kept warm; each costs about 350 MB. */
  GATEWAY_POOL: whole(1, 8, 1),
  GATEWAY_MAX_CONNECTIONS: whole(1, 64, 8),
  /** A connection with nothing pending and no open event stream is reaped after this. */
  GATEWAY_IDLE_MS: whole(100, 3_600_000, 30_000),
  /** The same for a connection whose client still listens: a person reading is not gone. */
  GATEWAY_ATTENDED_IDLE_MS: whole(100, 86_400_000, 1_800_000),
  /** A request pending this long without a word from the agent is given up. */
  GATEWAY_STALL_MS: whole(1000, 86_400_000, 900_000),
  GATEWAY_MAX_BODY: whole(1024, 64 * 1024 * 1024, 4 * 1024 * 1024),
  GATEWAY_SESSIONS_LIMIT: whole(1, 10_000, 50),
  GATEWAY_PROBE_MS: whole(200, 600_000, 15_000),
  /** How long an agent may take for each of a probe's two answers. */
  GATEWAY_PROBE_TIMEOUT_MS: whole(100, 60_000, 8000),
  /**
   * Where usage is written, as libpq spells it, for example
   * `postgresql://opencode_gateway@/opencode_db?host=/run/postgresql`; empty for nowhere.
   */
  GATEWAY_DATABASE: z
    .string()
    .regex(/^(postgres(ql)?:\/\/.*)?$/, 'has to begin with postgresql:// or be empty')
    .default(''),
  GATEWAY_DATABASE_FLUSH_MS: whole(50, 60_000, 2000),
  GATEWAY_DATABASE_QUEUE: whole(10, 1_000_000, 5000),
})

export type Config = Readonly<z.output<typeof schema>>

/** Reads and checks the settings; throws one error that lists every mistake. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  // `NAME=` in an environment file means "not set", not zero.
  const given = Object.entries(environment).filter(([, value]) => value !== '')
  const result = schema.safeParse(Object.fromEntries(given))
  if (result.success) return result.data
  const lines = result.error.issues.map(issue => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(
    `the gateway's settings are wrong\n${lines.join('\n')}\nCorrect them in /etc/opencode/gateway.env or the unit, then start it again.`,
  )
}
