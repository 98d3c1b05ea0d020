/** Small servers on loopback that answer an ACP probe in all the ways that a broken service does. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export const GOOD_ANSWER = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  result: { protocolVersion: 1, agentCapabilities: {}, agentInfo: { name: 'OpenCode', version: '1.18.33' } },
})

export interface AcpServer {
  readonly url: string
  /** Requests in order: `POST <body>` and `DELETE <connection id>`. */
  readonly seen: readonly string[]
  /** Connections opened and not yet closed. */
  readonly open: () => number
}

type Answer = (response: ServerResponse, body: string) => void

/** Every POST opens a connection, whatever `answer` does with it; /metrics counts them. */
export async function acpServer(context: Pick<TestContext, 'after'>, answer: Answer): Promise<AcpServer> {
  const seen: string[] = []
  const connections = new Set<string>()
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === '/metrics') {
      response.end(
        `# HELP x\nopencode_acp_connections ${connections.size}\nopencode_acp_sessions_active{a="b"} 3\nopencode_acp_sessions_active 4 1795392000\n`,
      )
      return
    }
    if (request.method === 'DELETE') {
      const id = String(request.headers['acp-connection-id'])
      seen.push(`DELETE ${id}`)
      connections.delete(id)
      response.writeHead(202).end()
      return
    }
    let body = ''
    for await (const chunk of request) body += String(chunk)
    seen.push(`POST ${body}`)
    const id = `connection-${seen.length}`
    connections.add(id)
    response.setHeader('acp-connection-id', id)
    answer(response, body)
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, seen, open: () => connections.size }
}

export function json(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body)
}
