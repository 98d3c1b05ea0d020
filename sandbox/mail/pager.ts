/** Events of a pager in the form of PagerDuty's Events API v2: what is taken, and what is answered. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'

/** PagerDuty's have 32 characters; an estate makes longer ones. */
const ROUTING_KEY = z.string().regex(/^[A-Za-z0-9]{32,64}$/)
const KEY = z.string().min(1).max(255)
/** ISO 8601 in any of its forms; PagerDuty's own example writes the zone without a colon. */
const TIME = z.string().refine(text => /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)), 'not a time')

export const pagerEvent = z.discriminatedUnion('event_action', [
  z.object({
    routing_key: ROUTING_KEY,
    event_action: z.literal('trigger'),
    dedup_key: KEY.optional(),
    payload: z.object({
      summary: z.string().min(1).max(1024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: TIME.optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    }),
    client: z.string().optional(),
    client_url: z.string().optional(),
    links: z.array(z.object({ href: z.string(), text: z.string().optional() })).optional(),
    images: z.array(z.object({ src: z.string(), href: z.string().optional(), alt: z.string().optional() })).optional(),
  }),
  // An acknowledgement and an end name what they belong to, and need nothing else; what else comes with them is not looked at.
  z.object({
    routing_key: ROUTING_KEY,
    event_action: z.enum(['acknowledge', 'resolve']),
    dedup_key: KEY,
  }),
])

export type PagerEvent = z.output<typeof pagerEvent>

export type Judged =
  | { readonly kind: 'accepted'; readonly event: PagerEvent; readonly dedupKey: string }
  | { readonly kind: 'refused'; readonly errors: readonly string[] }

export function judgeEvent(body: unknown): Judged {
  const result = pagerEvent.safeParse(body)
  if (!result.success)
    return { kind: 'refused', errors: result.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`) }
  const event = result.data
  return { kind: 'accepted', event, dedupKey: event.dedup_key ?? randomBytes(16).toString('hex') }
}
