/** Debian's Chromium, as root can run it, and asking nobody on its own account. */
import { type Browser, chromium } from 'playwright-core'

/** Playwright makes a folder of its own for the browser's data and removes it. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-proxy-server',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
