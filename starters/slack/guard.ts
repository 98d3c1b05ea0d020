/**
 * Whether a request is Slack's, is new, and is fresh: signature by one of the secrets in use, clock right within five
 * minutes on both sides (Bolt looks at the past only), and never the same request twice (Bolt takes every replay).
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Slack's has twice as many characters. */
export const SHORTEST_SECRET = 16
const SKEW_MS = 5 * 60_000
/** Twice the skew: a request from the future stays valid for so long. */
const REMEMBER_MS = 2 * SKEW_MS
/** Beyond this the oldest are forgotten: far more than one workspace sends in that time. */
const REMEMBER_MOST = 50_000

export type Admission =
  /** `secret` is the one that signed; `sentAt` is the header's time, whole seconds, in ms. */
  | { readonly kind: 'admitted'; readonly secret: string; readonly sentAt: number }
  | { readonly kind: 'refused'; readonly reason: 'signature' | 'clock' | 'replay' }

export interface Guard {
  admit(headers: IncomingHttpHeaders, body: Buffer, now: number): Admission
}

/** @param secrets one, or two while the signing secret is being changed. Throws without any: an unsigned door is no door. */
export function createGuard(secrets: readonly string[]): Guard {
  if (secrets.length === 0 || secrets.some(secret => secret.length < SHORTEST_SECRET))
    throw new TypeError('a signing secret is missing')
  const seen = new Map<string, number>()
  return {
    admit(headers, body, now) {
      const signature = headers['x-slack-signature']
      const time = headers['x-slack-request-timestamp']
      // Digits only: what can be written in several ways could be replayed in several ways.
      if (typeof signature !== 'string' || typeof time !== 'string' || !/^\d{1,12}$/.test(time)) {
        return { kind: 'refused', reason: 'signature' }
      }
      const signed = secrets
        .map(secret => ({ secret, own: ownSignature(secret, time, body) }))
        .find(({ own }) => isSame(own, signature))
      if (signed === undefined) return { kind: 'refused', reason: 'signature' }
      const sentAt = Number(time) * 1_000
      if (Math.abs(now - sentAt) > SKEW_MS) return { kind: 'refused', reason: 'clock' }
      forget(seen, now)
      if (seen.has(signed.own)) return { kind: 'refused', reason: 'replay' }
      seen.set(signed.own, now)
      return { kind: 'admitted', secret: signed.secret, sentAt }
    },
  }
}

export function ownSignature(secret: string, time: string, body: Buffer | string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${time}:`).update(body).digest('hex')}`
}

function isSame(own: string, given: string): boolean {
  const [a, b] = [Buffer.from(own), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** The map is in the order of arrival. */
function forget(seen: Map<string, number>, now: number): void {
  for (const [signature, at] of seen) {
    if (now - at < REMEMBER_MS && seen.size < REMEMBER_MOST) return
    seen.delete(signature)
  }
}
