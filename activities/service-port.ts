/** Where the service of the estate listens. */

/** The port of its address, also where the address leaves it to the scheme. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url)
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}
