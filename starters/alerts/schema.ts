/** The webhook of Alertmanager, payload version 4, as far as it is read here. Unknown fields are let be: newer versions add some. */
import { z } from 'zod'

/** Whoever writes a rule may write much; one long text is no reason to lose all alerts of a delivery. */
const LONGEST_TEXT = 10_000

const labels = z.record(
  z.string(),
  z.string().transform(text => text.slice(0, LONGEST_TEXT)),
)
const time = z.iso.datetime({ offset: true })

const AlertmanagerAlert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels,
  annotations: labels.default({}),
  startsAt: time,
  endsAt: time.optional(),
  fingerprint: z.string().min(1),
})

export const AlertmanagerPayload = z.object({
  version: z.literal('4'),
  groupKey: z.string(),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string(),
  truncatedAlerts: z.int().nonnegative().default(0),
  alerts: z.array(AlertmanagerAlert),
})

export type AlertmanagerPayload = z.output<typeof AlertmanagerPayload>
