/** What is read of Slack's answers; everything else in them is nobody's business here. */
import { z } from 'zod'

export const posted = z.object({ channel: z.string().min(1), ts: z.string().min(1) })

export const opened = z.object({ channel: z.object({ id: z.string().min(1) }) })

const message = z.object({
  ts: z.string().min(1),
  metadata: z
    .object({ event_payload: z.object({ k: z.string().optional(), g: z.string().optional() }).loose() })
    .loose()
    .optional()
    // Other apps put what they like there.
    .catch(undefined),
})

export type Seen = z.infer<typeof message>

export const history = z.object({
  messages: z.array(message),
  response_metadata: z.object({ next_cursor: z.string().optional() }).loose().optional(),
})
