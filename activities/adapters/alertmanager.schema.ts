/** What we need of Alertmanager's API v2; the rest of its answers may change. */
import { z } from 'zod'

export const AlertsAnswer = z.array(
  z.object({
    fingerprint: z.string(),
    startsAt: z.string(),
    updatedAt: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()).default({}),
    status: z.object({ state: z.enum(['active', 'suppressed', 'unprocessed']) }),
  }),
)

/** `uptime` is the time at which it started. */
export const StatusAnswer = z.object({ uptime: z.string() })
