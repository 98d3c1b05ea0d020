/** The body of a request, bounded. */
import type { IncomingMessage } from 'node:http'

/** Whoever is told off while sending does not listen, so a larger body is read to its end and thrown away, up to here. */
const DISCARDED_BYTES = 16 * 1_048_576

/** Null when it is larger than allowed; who sends without end is cut off. Throws when the sender goes away. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
    if (size > DISCARDED_BYTES) {
      request.destroy()
      return null
    }
  }
  return size > maxBytes ? null : Buffer.concat(chunks)
}
