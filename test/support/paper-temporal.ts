/** A Temporal on paper: what it is told, and what a test wants it to answer. Nothing has a deadline of its own here. */
import type { Client } from '@temporalio/client'

export interface Told {
  readonly workflowId: string
  readonly signal: string
  readonly payload: unknown
}

export interface PaperRun {
  readonly workflowId: string
  /** INC-7. */
  readonly incident?: string
  /** Of one that is over. */
  readonly endedAs?: string
}

export interface Behaviour {
  /** Called before a signal is taken; what it throws is the answer. */
  readonly signal?: (told: Told) => Promise<void>
  readonly query?: (workflowId: string, query: string, argument?: unknown, runId?: string) => Promise<unknown>
  readonly runs?: () => readonly PaperRun[]
}

export function paperTemporal({ signal, query, runs }: Behaviour = {}) {
  const told: Told[] = []
  const take = async (one: Told) => {
    await signal?.(one)
    told.push(one)
  }
  const nameOf = (definition: string | { readonly name: string }) =>
    typeof definition === 'string' ? definition : definition.name
  const found = ({ workflowId, incident, endedAs }: PaperRun) => ({
    workflowId,
    runId: endedAs ?? 'run',
    status: { name: endedAs === undefined ? 'RUNNING' : 'COMPLETED' },
    typedSearchAttributes: { get: () => incident },
  })
  const client = {
    withDeadline: async (_at: number, work: () => Promise<unknown>) => await work(),
    workflow: {
      async *list({ query: asked }: { readonly query: string }) {
        const [, name] = /OpsIncident = '([^']+)'/.exec(asked) ?? []
        const isAsked = ({ incident, endedAs }: PaperRun) =>
          name === undefined ? endedAs === undefined : incident === name
        for (const run of (runs?.() ?? []).filter(isAsked)) yield found(run)
      },
      signalWithStart: async (_type: string, options: { workflowId: string; signal: unknown; args: unknown[] }) => {
        await take({ workflowId: options.workflowId, signal: 'start', payload: options.args[0] })
        return { signaledRunId: 'run' }
      },
      getHandle: (workflowId: string, runId?: string) => ({
        signal: async (definition: { name: string }, payload: unknown) =>
          await take({ workflowId, signal: nameOf(definition), payload }),
        query: async (definition: { name: string }, argument?: unknown) =>
          (await query?.(workflowId, nameOf(definition), argument, runId)) ?? null,
        describe: async () => {
          const run = runs?.().find(one => one.workflowId === workflowId)
          if (run === undefined) throw away()
          return found(run)
        },
      }),
    },
  }
  return { client: client as unknown as Client, told }
}

/** As gRPC says that nobody is there. */
export function away(): Error {
  return Object.assign(new Error('14 UNAVAILABLE'), { code: 14 })
}
