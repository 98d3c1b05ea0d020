// Starts the real gateway, the real `opencode` and the scripted model for a test, each on a free
// loopback port and in a folder of its own, and ends all of them afterwards.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
export const SANDBOX = join(ROOT, 'sandbox')
export const OPENCODE = join(ROOT, 'node_modules/.bin/opencode')

export type Line = Readonly<{ at: Date; level: string; event: string; fields: Readonly<Record<string, string>> }>
export type Gateway = Awaited<ReturnType<typeof startGateway>>
export type Settings = Readonly<Record<string, string>>

export const INITIALIZE = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: 1 } } as const

/** Waits until `look` gives something that is neither undefined nor false. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 60_000,
): Promise<Exclude<Awaited<T>, undefined | false>> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found as Exclude<Awaited<T>, undefined | false>
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await sleep(25)
  }
}

/** A folder for one test file, outside /tmp, which a bounded memory file system may be. */
export const makeFolder = () => mkdtemp('/var/tmp/gateway-test-')
export const removeFolder = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 5 })

async function stopProcess(process_: ChildProcess): Promise<void> {
  if (process_.exitCode !== null || process_.signalCode !== null) return
  const gone = new Promise(resolve => process_.once('exit', resolve))
  process_.kill('SIGTERM')
  const timer = setTimeout(() => process_.kill('SIGKILL'), 12_000)
  await gone
  clearTimeout(timer)
}

/** A test that is killed cannot end what it has started, so that ends in order when its parent does. exec keeps the process number. */
const WITH_US = ['--pdeathsig', 'TERM', '--']

/** The scripted model; `stop` ends it. */
export async function startModel() {
  const process_ = spawn('setpriv', [...WITH_US, process.execPath, join(SANDBOX, 'model/main.ts')], {
    env: { PATH: process.env.PATH ?? '', MODEL_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  process_.stdout.on('data', chunk => {
    output += chunk
  })
  const url = await until('the model listens', () => /http:\S+/.exec(output)?.[0])
  return { url, stop: () => stopProcess(process_) }
}

/** A gateway with its own home below `folder`; ready when it answers healthy, unless `awaitHealth` is false. */
export async function startGateway(
  folder: string,
  settings: Settings = {},
  { modelUrl = 'http://127.0.0.1:1/v1', awaitHealth = true } = {},
) {
  const home = join(folder, 'home')
  const config = join(folder, 'config/opencode')
  await mkdir(join(home, 'work'), { recursive: true })
  await mkdir(config, { recursive: true })
  const shipped = await readFile(join(SANDBOX, 'gateway/opencode.json'), 'utf8')
  await writeFile(join(config, 'opencode.json'), shipped.replace('http://127.0.0.1:9999/v1', modelUrl))
  const logPath = join(folder, 'gateway.log')
  const process_ = spawn('setpriv', [...WITH_US, process.execPath, join(SANDBOX, 'gateway/main.ts')], {
    cwd: home,
    stdio: ['ignore', 'inherit', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home,
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_DATA_HOME: join(home, 'data'),
      XDG_STATE_HOME: join(home, 'state'),
      XDG_CACHE_HOME: join(home, 'cache'),
      OPENCODE_BIN: OPENCODE,
      GATEWAY_PORT: '0',
      GATEWAY_LOG: logPath,
      GATEWAY_PROBE_MS: '1000',
      GATEWAY_DATABASE_FLUSH_MS: '100',
      ...settings,
    },
  })
  let complaints = ''
  process_.stderr.on('data', chunk => {
    complaints += chunk
  })
  const stop = () => stopProcess(process_)

  const lines = async (): Promise<readonly Line[]> => {
    const text = await readFile(logPath, 'utf8').catch(() => '')
    return text.split('\n').slice(0, -1).map(parseLine)
  }
  const events = async (name: string) => (await lines()).filter(line => line.event === name)

  try {
    const port = await until('the gateway listens', async () => {
      if (process_.exitCode !== null) throw new Error(`the gateway left with ${process_.exitCode}: ${complaints}`)
      return (await events('listening')).at(-1)?.fields.port
    })
    const base = `http://127.0.0.1:${port}`
    const health = async () => {
      const response = await fetch(`${base}/healthz`)
      return {
        httpStatus: response.status,
        ...((await response.json()) as { status: string; database: { state: string; queued: number } }),
      }
    }
    if (awaitHealth) await until('the gateway is healthy', async () => (await health()).status === 'ok')
    return {
      base,
      url: `${base}/acp`,
      home,
      logPath,
      process: process_,
      stop,
      lines,
      events,
      health,
      complaints: () => complaints,
      /** The value of one series, its labels given as Prometheus prints them; 0 when it does not exist. */
      async metric(series: string): Promise<number> {
        const text = await (await fetch(`${base}/metrics`)).text()
        const line = text.split('\n').find(candidate => candidate.startsWith(`${series} `))
        return Number(line?.slice(series.length + 1) ?? 0)
      },
      post: (body: string, headers: Readonly<Record<string, string>> = {}) =>
        fetch(`${base}/acp`, { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } }),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One handshake by hand; gives the connection's id for DELETE. */
export async function handshake(gateway: Gateway): Promise<string> {
  const response = await gateway.post(JSON.stringify(INITIALIZE))
  assert.equal(response.status, 200)
  await response.text()
  return response.headers.get('Acp-Connection-Id') ?? assert.fail('no Acp-Connection-Id')
}

export async function hangUp(gateway: Gateway, connection: string): Promise<void> {
  const response = await fetch(gateway.url, { method: 'DELETE', headers: { 'Acp-Connection-Id': connection } })
  assert.equal(response.status, 202)
}

/** Parses a line of the gateway's log as strictly as its format is stated; throws on any other. */
export function parseLine(line: string): Line {
  const [, at, level, event, tail] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (INFO|WARN|ERROR) (\S+)((?: \w+=(?:"(?:[^"\\]|\\.)*"|[^\s"=\\]+))*)$/.exec(
      line,
    ) ?? []
  if (at === undefined || level === undefined || event === undefined || tail === undefined)
    throw new Error(`not a line of the log: ${line}`)
  const pairs = [...tail.matchAll(/ (\w+)=("(?:[^"\\]|\\.)*"|\S+)/g)]
  const fields = Object.fromEntries(
    pairs.map(([, key, value]) => [key, value?.startsWith('"') ? JSON.parse(value) : value]),
  )
  return { at: new Date(at), level, event, fields }
}

export const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
