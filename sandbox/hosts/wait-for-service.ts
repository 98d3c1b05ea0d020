/**
 * Runs inside a host after its boot: waits until the given addresses answer 200, for as long as they may take to start.
 * An OpenCode process needs seconds; a check that came earlier would find a service that is only just starting.
 */
const [seconds = '60', ...addresses] = process.argv.slice(2)
const deadline = performance.now() + Number(seconds) * 1000

async function answers(address: string): Promise<boolean> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(5000) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

const waits = addresses.map(async address => {
  while (performance.now() < deadline) {
    if (await answers(address)) return address
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  process.stdout.write(`${address}\n`)
  return undefined
})
const silent = (await Promise.all(waits)).filter(address => address === undefined)
process.exit(silent.length === 0 ? 0 : 1)
