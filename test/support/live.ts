/** What a live test says to the estate: run a procedure, break a part, put it right again. Everything goes through public commands. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import pg from 'pg'
import type { Finding } from '../../domain/findings.ts'
import type { RunRecord } from '../../domain/run-record.ts'
import { type HostName, nameEstate } from '../../sandbox/estate/name.ts'
import { entering } from '../../sandbox/hosts/machine.ts'
import { runOps } from '../../starters/run-ops.ts'
import { createTerminal } from '../../starters/terminal.ts'
import { LIVE_ESTATE } from './live-estate.ts'

const ROOT = join(import.meta.dirname, '..', '..')

export interface OpsResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The environment that `npm start` wrote for other terminals. */
export function estateEnvironment(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(ROOT, '.sandbox', LIVE_ESTATE, 'env.json'), 'utf8'))
}

/**
 * What `ops` does with these words, in this process: a live test asks hundreds of times, and each process of its own would
 * take a second of the time that the estate needs. That the program itself works is shown by the first check of the estate.
 */
export async function ops(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<OpsResult> {
  const [out, err] = [collector(), collector()]
  const all = { ...process.env, ...estateEnvironment(), ...environment }
  const code = await runOps(args, createTerminal(out, err, all), all)
  return { code, stdout: out.text(), stderr: err.text() }
}

function collector() {
  const chunks: Buffer[] = []
  return {
    write: (chunk: string | Uint8Array) => void chunks.push(Buffer.from(chunk)),
    text: () => Buffer.concat(chunks).toString('utf8').replace(/\n$/, ''),
  }
}

export interface CheckResult {
  readonly code: number
  readonly record: RunRecord
}

/** A health check from start to verdict. */
export async function healthCheck(...args: readonly string[]): Promise<CheckResult> {
  const { code, stdout, stderr } = await ops(['run', 'health-check', ...args, '--wait', '--json'])
  try {
    return { code, record: JSON.parse(stdout) }
  } catch {
    throw new Error(`no record: exit ${code}\n${stdout}\n${stderr}`)
  }
}

export function find({ record }: CheckResult, target: string, id: string): Finding {
  const finding = record.findings.find(candidate => candidate.target === target && candidate.id === id)
  if (finding !== undefined) return finding
  throw new Error(
    `no finding ${id} of ${target} among ${record.findings.map(one => `${one.target}/${one.id}`).join(', ')}`,
  )
}

/** `npm run -s sandbox -- …`. Throws when the command fails. */
export async function sandbox(...words: readonly string[]): Promise<string> {
  const { stdout } = await execa(process.execPath, ['sandbox/cli.ts', '--name', LIVE_ESTATE, ...words], { cwd: ROOT })
  return stdout
}

const PLAN = nameEstate(LIVE_ESTATE, ROOT)

/** A shell line inside a host, as root. Throws when it fails. */
export async function inHost(host: HostName, line: string): Promise<string> {
  const { stdout } = await execa('nsenter', entering(PLAN, PLAN.hosts[host], ['sh', '-c', line]), { cwd: '/' })
  return stdout
}

/** The ledger as its owner sees it, past the doors. */
export async function asLedgerOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = readFileSync(estateEnvironment().OPS_LEDGER_OWNER_URL_FILE ?? '', 'utf8').trim()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Waits until `look` answers with something, and returns it; a deadline keeps a broken test from hanging. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const deadline = Date.now() + seconds * 1_000
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const seen = await look()
      if (seen !== undefined) return seen
    } catch (error) {
      last = error
    }
    await sleep(500)
  }
  throw new Error(`${what} did not happen within ${seconds} s${last === undefined ? '' : `: ${String(last)}`}`)
}

/** Until the gateway of a host answers again. */
export function untilAvailable(host: HostName): Promise<boolean> {
  return eventually(`the gateway of ${host} answering`, async () => {
    await inHost(
      host,
      'systemctl is-active --quiet opencode-acp && curl -sf -m 5 http://127.0.0.1:3000/healthz >/dev/null',
    )
    return true
  })
}

/** SQL on the PostgreSQL of a host, as its superuser. */
export function sqlOn(host: HostName, statement: string, database = 'postgres'): Promise<string> {
  return inHost(host, `runuser -u postgres -- psql -XAt -h /run/postgresql -d ${database} -c "${statement}"`)
}

/** Until the standby streams from the primary again: after an outage it asks for the stream every five seconds only. */
export function untilStreaming(): Promise<boolean> {
  return eventually('beta streaming', async () =>
    (await sqlOn('alpha', "select count(*) from pg_stat_replication where state = 'streaming'")) === '1'
      ? true
      : undefined,
  )
}
