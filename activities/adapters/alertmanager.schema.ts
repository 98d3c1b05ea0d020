/** What we need of Alertmanager's API v2; the rest of its answers may change. */
import { z } from 'zod'

export const AlertsAnswer = z.array(
  z.object({
    fingerprint: z.string(),
    startsAt: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()).default({}),
    status: z.object({ state: z.enum(['active', 'suppressed', 'unprocessed']) }),
  }),
)

export const SilenceAnswer = z.object({ silenceID: z.string().min(1) })

export const SilencesAnswer = z.array(
  z.object({
    id: z.string(),
    status: z.object({ state: z.enum(['active', 'pending', 'expired']) }),
    matchers: z.array(z.object({ name: z.string(), value: z.string(), isRegex: z.boolean() })),
    startsAt: z.string(),
    endsAt: z.string(),
    createdBy: z.string(),
    comment: z.string(),
  }),
)
