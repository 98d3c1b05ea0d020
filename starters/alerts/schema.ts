/** The webhook of Alertmanager, payload version 4, as far as it is read here. Unknown fields are let be: newer versions add some. */
import { z } from 'zod'

const labels = z.record(z.string(), z.string().max(10_000))
const time = z.iso.datetime({ offset: true })

const AlertmanagerAlert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels,
  annotations: labels.default({}),
  startsAt: time,
  endsAt: time.optional(),
  fingerprint: z.string().min(1).max(64),
})

export const AlertmanagerPayload = z.object({
  version: z.literal('4'),
  groupKey: z.string().max(10_000),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string().max(1_000),
  truncatedAlerts: z.int().nonnegative().default(0),
  alerts: z.array(AlertmanagerAlert).max(10_000),
})

export type AlertmanagerPayload = z.output<typeof AlertmanagerPayload>
