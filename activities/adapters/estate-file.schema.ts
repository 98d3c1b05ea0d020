/** The shape of the estate file. What one place in the file cannot know (duplicates, references) is in estate-file.rules.ts. */
import { z } from 'zod'
import type { MANUAL_THRESHOLDS } from '../../domain/thresholds.ts'
import { TeamFile } from './estate-file.team.ts'

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
}
const SIZE = /^(\d+(?:\.\d+)?) ?(B|[kMGT]B|[KMGT]iB)$/

/** `1.5 GB` as bytes; numbers are bytes already. */
export function parseSize(size: string | number): number {
  if (typeof size === 'number') return size
  const [, amount, unit] = SIZE.exec(size) ?? []
  return Math.round(Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN))
}

const text = z.string().min(1, 'must not be empty')
const name = text.regex(
  /^[a-z][a-z0-9-]{0,30}$/,
  'must begin with a lower-case letter; then lower-case letters, digits, hyphens; at most 31',
)
const path = text.regex(/^\//, 'must be an absolute path, beginning with /')
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be a URL with http:// or https://' })
const positive = z.number().positive()
const percent = z.number().min(0).max(100)
const count = z.int().positive()
const size = z
  .union([z.number(), z.string()])
  .refine(value => parseSize(value) > 0, 'must be a number of bytes or a size such as 500 MB or 2 GiB')

const limits = <T extends z.ZodType>(value: T) => z.strictObject({ warn: value, fail: value })

const Thresholds = z
  .strictObject({
    diskUsedPercent: limits(percent).describe('Disk and inodes used, per cent (A1.3)'),
    memoryUsedPercent: limits(percent).describe('Memory used, 1 - available/total, per cent (A1.2)'),
    loadPerCore: positive.describe('Load average of 5 minutes per core (D1.1e)'),
    clockSkewMs: limits(positive).describe('Milliseconds between the clocks of two hosts'),
    certificateDays: limits(positive).describe('Days of validity left: below'),
    startingSeconds: positive.describe('Seconds that a unit may take to start (D1.1a)'),
    handshakeMs: limits(positive).describe('p95 of ACP handshakes, milliseconds (A1.5)'),
    requestMs: limits(positive).describe('p95 of requests other than prompt turns, milliseconds (A1.5)'),
    errorRatePercent: limits(percent).describe('Failed requests of all requests, per cent (A1.6)'),
    minimumSamples: count.describe('Fewer samples than this say nothing'),
    serviceMemoryBytes: size.describe('Memory of the whole service: at or above fails (D1.4b)'),
    processMemoryBytes: size.describe('Memory of its largest process: at or above warns'),
    serviceCpuPercent: positive.describe('CPU of the whole service, per cent of one core: at or above fails (D1.4c)'),
    sessionsUsedPercent: percent.describe('Open sessions of the limit, per cent (A1.7)'),
    connectionsUsedPercent: limits(percent).describe('Database connections of the maximum, per cent'),
    replicationLagSeconds: limits(positive).describe('Replay lag of a standby, seconds'),
    anomalyPercent: positive.describe('Growth over the 7-day median that counts as an anomaly, per cent'),
    anomalyDays: count.max(7).describe('Days with a measurement that a median needs'),
  } satisfies Record<keyof typeof MANUAL_THRESHOLDS, z.ZodType>)
  .partial()

const Host = z.strictObject({
  site: name.describe('Where it stands; a failover goes from one site to another'),
  role: z.enum(['primary', 'standby', 'staging']).describe('staging: fixes are tested on it; it may sleep'),
})

const Acp = z.strictObject({
  url: httpUrl.optional().describe('Gateway that speaks ACP over HTTP, as the host itself reaches it'),
  metricsUrl: httpUrl.optional().describe('Prometheus metrics of the gateway'),
  stdio: z
    .literal(true)
    .optional()
    .describe('Instead of url: each host starts the agent that OPS_ACP_COMMAND in its host.env names'),
})

const Service = z.strictObject({
  unit: text.regex(/^[\w.@:-]+$/, 'must be a systemd unit name').describe('systemd unit, without .service'),
  acp: Acp,
  log: z
    .union([z.literal('journal'), z.strictObject({ file: path })], { error: 'must be journal, or {file: /path}' })
    .describe('Where the service logs'),
  sessionsLimit: count.optional().describe('Limit of open sessions, when one is agreed'),
  expectedVersion: text.optional().describe('The agent must report exactly this version'),
})

const Database = z.strictObject({
  socket: path.optional().describe('Directory of the unix socket'),
  host: text.optional().describe('Instead of socket: a host name'),
  port: z.int().min(1).max(65_535).default(5432),
  name: text,
  user: text.describe('Role with pg_monitor; it authenticates as the operating system’s user'),
})

const Waiver = z.strictObject({
  finding: text
    .regex(/^[a-z][\w.:/@-]*\*?$/, 'must be the id of a finding, or its beginning followed by *')
    .describe('Id of a finding, exactly or with a trailing *'),
  target: text.describe('A host, estate, or all'),
  reason: text,
  owner: text,
  until: z.iso.date('must be a day as YYYY-MM-DD').describe('Last day on which it holds'),
})

export const EstateFile = z.strictObject({
  name: name.describe('Shown in every report'),
  timezone: text.default('UTC').describe('IANA zone in which dates and schedules are meant'),
  hosts: z.record(z.string(), Host),
  service: Service,
  database: Database.optional(),
  certificates: z.array(path).default([]).describe('Certificate files on each host'),
  zed: z.strictObject({ user: text, settings: path }).optional().describe('Whose Zed settings are checked'),
  thresholds: Thresholds.default({}).describe('Only what differs from the manual’s numbers'),
  waivers: z.array(Waiver).default([]).describe('Known findings: shown, but not counted'),
  team: TeamFile.optional().describe('Who operates the estate; incidents and approvals need it'),
})
export type EstateFile = z.infer<typeof EstateFile>

/** The schema that editors use for completion and checks while typing. */
export function estateJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(EstateFile, { io: 'input' })
  return { ...schema, title: 'Estate of opencode-acp-ops' }
}
