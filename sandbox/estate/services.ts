/** The servers of an estate by name: started in order, killed and started again on request, ended in reverse. */
import { exits, Problem } from './problem.ts'
import { isAlive } from './proc.ts'
import { type Child, type ChildFolders, type ChildSpec, childReady, startChild } from './processes.ts'

export interface Service {
  readonly spec: ChildSpec
  readonly ready: (child: Child, signal?: AbortSignal) => Promise<void>
  readonly stopWithinMs: number
}

/** Up when a GET is answered with success. */
export function answersAt(url: string): Service['ready'] {
  const answers = async () => (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok
  return async (child, abort) => void (await childReady(child, answers, 60_000, abort))
}

export interface ServiceStatus {
  readonly name: string
  readonly state: 'up' | 'down'
  readonly pid: number | null
  readonly log: string | null
}

interface Entry {
  readonly service: Service
  child: Child | undefined
  /** While it comes up: whoever asks in between waits for the same one. */
  starting: Promise<void> | undefined
  /** Whether its end is ours, so that it is no news. */
  expected: boolean
}

export class Services {
  readonly #entries = new Map<string, Entry>()
  readonly #folders: ChildFolders
  readonly #lost: (name: string, reason: string, log: string) => void

  constructor(folders: ChildFolders, lost: (name: string, reason: string, log: string) => void) {
    this.#folders = folders
    this.#lost = lost
  }

  /** Makes a service known and starts it; settles when it answers. */
  async add(service: Service, signal?: AbortSignal): Promise<void> {
    this.#entries.set(service.spec.name, { service, child: undefined, starting: undefined, expected: false })
    await this.start(service.spec.name, signal)
  }

  /** @throws Problem when there is no such service, or it does not come up. */
  async start(name: string, signal?: AbortSignal): Promise<void> {
    const entry = this.#entry(name)
    entry.starting ??= this.#launch(name, entry, signal).finally(() => {
      entry.starting = undefined
    })
    await entry.starting
  }

  async #launch(name: string, entry: Entry, signal: AbortSignal | undefined): Promise<void> {
    if (entry.child !== undefined && isAlive(entry.child)) return
    signal?.throwIfAborted()
    const child = await startChild(this.#folders, entry.service.spec)
    entry.child = child
    entry.expected = false
    let isUp = false
    void child.ended.then(reason => {
      if (isUp && !entry.expected && entry.child === child) this.#lost(name, reason, child.log)
    })
    await entry.service.ready(child, signal)
    isUp = true
  }

  /** SIGKILL, with everything below it. */
  async kill(name: string): Promise<void> {
    const entry = this.#entry(name)
    entry.expected = true
    await entry.child?.kill()
  }

  /** Ends one in order; nothing to do when it never came up. */
  async stop(name: string): Promise<void> {
    const entry = this.#entries.get(name)
    if (entry?.child === undefined) return
    entry.expected = true
    await entry.child.stop(entry.service.stopWithinMs)
  }

  names(): readonly string[] {
    return [...this.#entries.keys()]
  }

  status(): readonly ServiceStatus[] {
    return [...this.#entries].map(([name, { child }]) => {
      const isUp = child !== undefined && isAlive(child)
      return { name, state: isUp ? 'up' : 'down', pid: isUp ? child.pid : null, log: child?.log ?? null }
    })
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name)
    if (entry !== undefined) return entry
    throw new Problem(`there is no service '${name}'`, {
      hint: `There are: ${this.names().join(', ')}.`,
      exit: exits.usage,
    })
  }
}
