/** One entry of `journalctl -o json`: numbers come as text, a message that is not UTF-8 as an array of bytes (T10). */
import { z } from 'zod'

const message = z.union([
  z.string(),
  z.array(z.number().int().min(0).max(255)).transform(bytes => new TextDecoder().decode(new Uint8Array(bytes))),
  // A field that occurs twice in an entry.
  z.array(z.string()).transform(texts => texts.join('\n')),
  z.null().transform(() => ''),
])

export const journalEntry = z.object({
  MESSAGE: message.default(''),
  PRIORITY: z.coerce.number().int().default(6),
  __REALTIME_TIMESTAMP: z.coerce.number(),
})
