/** `node sandbox/mail/main.ts`: a real SMTP server for the sandbox, and the place to which a pager's events go. */
import { startMail } from './server.ts'
import { readSettings } from './settings.ts'

try {
  const mail = await startMail(readSettings(process.env))
  console.log(`mail at ${mail.smtp}, what arrived at ${mail.http}/messages, pager at ${mail.http}/pager`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, async () => {
      await mail.close()
      process.exit(0)
    })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
