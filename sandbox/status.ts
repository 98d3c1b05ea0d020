/** The state of an estate in lines for a person. */
import { z } from 'zod'

const Status = z.object({
  name: z.string(),
  state: z.enum(['up', 'starting', 'down']),
  address: z.string(),
  folder: z.string(),
  hosts: z
    .array(z.object({ name: z.string(), address: z.string(), state: z.string(), link: z.string().nullable() }))
    .default([]),
  services: z
    .array(z.object({ name: z.string(), state: z.string(), pid: z.number().nullable(), log: z.string().nullable() }))
    .default([]),
})

/** In the supervisor's words, `down` where there is none. */
export function stateOf(answer: unknown): 'up' | 'starting' | 'down' {
  return Status.parse(answer).state
}

export function showStatus(answer: unknown): readonly string[] {
  const status = Status.parse(answer)
  return [
    `estate ${status.name}: ${status.state}, ${status.address}, ${status.folder}`,
    ...status.hosts.map(host =>
      row(host.name, host.state, `${host.address}${host.link === 'down' ? ', link down' : ''}`),
    ),
    ...status.services.map(service =>
      row(service.name, service.state, service.pid === null ? '' : `pid ${service.pid}`),
    ),
  ]
}

function row(name: string, state: string, rest: string): string {
  return `  ${name.padEnd(16)} ${state.padEnd(5)} ${rest}`.trimEnd()
}
