/** Where a part of the sandbox may listen: ADDRESS:PORT on loopback or in an estate, never where others reach it. */
import { isIP } from 'node:net'
import { z } from 'zod'

export function isOwnAddress(address: string): boolean {
  return address === '::1' || address === 'localhost' || (isIP(address) === 4 && /^(127|10\.99)\./.test(address))
}

export const listening = z
  .string()
  .regex(/^.+:\d{1,5}$/, 'has to be ADDRESS:PORT')
  .transform(text => ({
    host: text.slice(0, text.lastIndexOf(':')),
    port: Number(text.slice(text.lastIndexOf(':') + 1)),
  }))
  .refine(({ host }) => isOwnAddress(host), 'has to be loopback or the address of a sandbox estate')
