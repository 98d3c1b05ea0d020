// `opencode-traffic.service`: a service needs users. Real ACP traffic against the gateway of
// this host, little of it: one request every five seconds on one long-lived connection whose
// sessions share one folder (a folder costs an agent 10-20 MB, a session 0.5), and now and then
// a short connection that opens no session, a request that is wrong, and a turn with a tool.
//
// What it sends is fixed by a counter, not by chance, so that figures of two days compare. Turns
// stay below 4 % of the requests and failing tools below 10 % of the tools, under the limits of
// the alerts; nothing it sends makes the service fail, so an error that shows is one.
//
// It waits for a gateway that is away, and connects again; only SIGTERM ends it.
import { setTimeout as sleep } from 'node:timers/promises'
import { type AcpClient, connectAcp } from './acp-client.ts'

const url = process.env.TRAFFIC_URL ?? 'http://127.0.0.1:3000/acp'
const cwd = process.env.TRAFFIC_CWD ?? '/tmp'
const intervalMs = Number(process.env.TRAFFIC_INTERVAL_MS ?? 5000)
const burst = Number(process.env.TRAFFIC_BURST ?? 30)

// Percentiles need a few requests before they mean anything; listing is the cheapest.
async function warmUp(client: AcpClient): Promise<void> {
  for (let count = 0; count < burst; count += 1) await client.request('session/list', {})
}

async function openSession(client: AcpClient): Promise<string> {
  const answer = await client.request('session/new', { cwd, mcpServers: [] })
  if ('error' in answer) throw new Error(`session/new was refused: ${answer.error.message}`)
  return (answer.result as { readonly sessionId: string }).sessionId
}

const prompt = (client: AcpClient, sessionId: string, text: string) =>
  client.request('session/prompt', { sessionId, prompt: [{ type: 'text', text }] }, 120_000)

/** One connection that asks for nothing but the handshake, as a health check does. */
async function visit(): Promise<void> {
  const visitor = await connectAcp(url)
  await visitor.close()
}

async function useConnection(client: AcpClient): Promise<void> {
  await warmUp(client)
  let session = await openSession(client)
  for (let tick = 1; ; tick += 1) {
    await sleep(intervalMs)
    if (client.isClosed()) return
    if (tick % 720 === 0) await prompt(client, session, 'fail: tool')
    else if (tick % 240 === 0) {
      // Histories do not grow without end: every 20 minutes a new session.
      await client.request('session/close', { sessionId: session })
      session = await openSession(client)
    } else if (tick % 60 === 30) await prompt(client, session, 'run: echo hello')
    else if (tick % 60 === 0) await prompt(client, session, 'How are you?')
    else if (tick % 24 === 7) await client.request('session/nonsense', {})
    else if (tick % 24 === 19) await client.request('session/new', { cwd: 7 })
    else if (tick % 12 === 5) await visit()
    else await client.request('session/list', {})
  }
}

async function main(): Promise<never> {
  for (;;) {
    let client: AcpClient | undefined
    try {
      client = await connectAcp(url)
      current = client
      await useConnection(client)
    } catch (error) {
      if (isLeaving) continue
      console.error(
        `the gateway at ${url} does not serve: ${error instanceof Error ? error.message : error}; trying again`,
      )
    }
    await client?.close().catch(() => undefined)
    await sleep(Math.max(1000, intervalMs))
  }
}

let current: AcpClient | undefined
let isLeaving = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    isLeaving = true
    // The gateway would only notice after a while; saying goodbye frees the agent now.
    void Promise.race([current?.close(), sleep(2000)]).finally(() => process.exit(0))
  })
}
await main()
