/** The answers to the requests that probes send. */
import { z } from 'zod'

/** The manual's body (D1.2a). */
export const INITIALIZE = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":1}}'

export const initializeAnswer = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.literal(1),
  result: z.object({
    protocolVersion: z.number().int(),
    agentInfo: z.object({ name: z.string().default('unnamed agent'), version: z.string().min(1) }),
  }),
})

export const errorAnswer = z.object({
  jsonrpc: z.literal('2.0'),
  error: z.object({ code: z.number(), message: z.string().default('') }),
})

export const sessionAnswer = z.object({ result: z.object({ sessionId: z.string().min(1) }) })

export const promptAnswer = z.object({ result: z.object({ stopReason: z.string().min(1) }) })
