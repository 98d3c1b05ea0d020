// A small ACP client over the HTTP transport: one connection, requests answered by id. It sends
// what it is told, right or wrong, which a typed client would not; the tests use it too.
import type { AnyMessage, AnyResponse, JsonRpcId } from '@agentclientprotocol/sdk'
import { createHttpStream } from '@agentclientprotocol/sdk/experimental/http-client'

export type AcpClient = Awaited<ReturnType<typeof connectAcp>>

/** Connects and initializes; throws when the agent does not answer as one. `close` sends DELETE. */
export async function connectAcp(url: string, onNotification: (message: AnyMessage) => void = () => {}) {
  const stream = createHttpStream(url, { cookies: 'omit' })
  const writer = stream.writable.getWriter()
  const waiting = new Map<number, { resolve(answer: AnyResponse): void; reject(error: Error): void }>()
  let serial = 0
  let closedBy: Error | undefined

  const fail = (error: unknown) => {
    closedBy ??= error instanceof Error ? error : new Error(String(error))
    for (const { reject } of waiting.values()) reject(closedBy)
    waiting.clear()
  }
  // An agent that asks for a permission or a file waits for the answer as long as it takes.
  const refuse = (id: JsonRpcId) => {
    writer
      .write({ jsonrpc: '2.0', id, error: { code: -32601, message: 'this client answers no requests' } })
      .catch(fail)
  }
  const pump = async () => {
    for await (const message of stream.readable) {
      if ('method' in message && 'id' in message) refuse(message.id)
      else if ('method' in message) onNotification(message)
      else if (typeof message.id === 'number') {
        waiting.get(message.id)?.resolve(message)
        waiting.delete(message.id)
      }
    }
    fail(new Error('the connection has ended'))
  }
  writer.closed.catch(() => undefined)

  /** Answers with the JSON-RPC response, an error included; throws only when none can come. */
  const request = (method: string, params: unknown, timeoutMs = 30_000): Promise<AnyResponse> => {
    if (closedBy) return Promise.reject(closedBy)
    serial += 1
    const id = serial
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id)
        reject(new Error(`no answer to ${method} within ${timeoutMs} ms`))
      }, timeoutMs)
      waiting.set(id, {
        resolve(answer) {
          clearTimeout(timer)
          resolve(answer)
        },
        reject(error) {
          clearTimeout(timer)
          reject(error)
        },
      })
      writer.write({ jsonrpc: '2.0', id, method, params }).catch(fail)
    })
  }

  const close = async () => {
    await writer.close().catch(() => undefined)
    fail(new Error('the connection was closed'))
  }

  void pump().catch(fail)
  const hello = await request('initialize', { protocolVersion: 1, clientCapabilities: {} }).catch(async error => {
    await close()
    throw error
  })
  if (!('result' in hello)) {
    await close()
    throw new Error(`initialize was refused: ${hello.error.message}`)
  }
  return { hello: hello.result, request, close, isClosed: () => closedBy !== undefined }
}
