/** What the agents behind a host's gateway say of themselves, and which programs they are. */
import type { HostName } from '../../sandbox/estate/name.ts'
import { inHost } from './live.ts'

export interface AgentAnswer {
  readonly version: string
  /** Mode of a new session, which the agent's configuration chooses. */
  readonly mode: string
}

const ASK = `
import { connectAcp } from '/opt/ops/sandbox/traffic/acp-client.ts'
const agent = await connectAcp('http://127.0.0.1:3000/acp')
const { result } = await agent.request('session/new', { cwd: '/tmp', mcpServers: [] })
const mode = result.configOptions.find(({ id }) => id === 'mode').currentValue
console.log(JSON.stringify({ version: agent.hello.agentInfo.version, mode }))
await agent.close()
process.exit(0)
`

/** Through the gateway, as any client would ask. */
export async function askAgent(host: HostName): Promise<AgentAnswer> {
  const script = Buffer.from(ASK).toString('base64')
  const node = '/opt/ops/node_modules/.bin/node --input-type=module -'
  return JSON.parse(await inHost(host, `echo ${script} | base64 -d | ${node}`)) as AgentAnswer
}

/** Programs of the running agents, as the kernel names them. */
export async function agentPrograms(host: HostName): Promise<readonly string[]> {
  const found = await inHost(host, `for pid in $(pgrep -f '[o]pencode acp --pure'); do readlink /proc/$pid/exe; done`)
  return found.split('\n').filter(line => line !== '')
}
