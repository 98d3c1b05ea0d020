/** The part of Zed's settings that names agents. Other entries may have any shape. */
import { z } from 'zod'

const entry = z.object({
  command: z.string().min(1).optional(),
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
})

export const zedSettings = z.object({ agent_servers: z.record(z.string(), entry).default({}) })

export interface AgentServer {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}
