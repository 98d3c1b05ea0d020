/**
 * `node sandbox/slack/main.ts`: the stand-in for Slack, the one part of the sandbox that cannot be real. Settings come
 * by the environment (settings.ts); it listens only on loopback or an estate's own address.
 */
import { readSettings } from './settings.ts'
import { startStandIn } from './stand-in.ts'

try {
  const standIn = await startStandIn(readSettings(process.env))
  console.log(`stand-in for Slack at ${standIn.url}`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, async () => {
      await standIn.close()
      process.exit(0)
    })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
