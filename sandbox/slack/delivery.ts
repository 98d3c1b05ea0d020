/** Brings what people do to the app: signed as Slack signs, three seconds for the answer, interactions never twice. */
import { createHmac } from 'node:crypto'
import type { Faults } from './faults.ts'

export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly type: string; readonly body: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'unreachable'; readonly why: string }

export interface Delivered {
  /** Unix milliseconds. */
  readonly at: number
  /** How long the app took for its answer. */
  readonly ms: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly answer: Answer
}

export interface DeliveryOptions {
  /** Where the app listens. */
  readonly ingress: string
  readonly signingSecret: string
  readonly faults: Faults
  readonly now: () => number
  /** Slack's patience, milliseconds. */
  readonly patience: number
}

const KEPT = 200

export class Delivery {
  /** What was delivered, oldest first. */
  readonly log: Delivered[] = []
  readonly #options: DeliveryOptions

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** A command is the form itself; an interaction is JSON in its field `payload`. */
  async form(fields: Readonly<Record<string, string>>): Promise<Delivered> {
    return await this.#deliver(new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded', {})
  }

  async interaction(payload: unknown): Promise<Delivered> {
    return await this.form({ payload: JSON.stringify(payload) })
  }

  /** An event is tried again, with a number and a reason, until it is answered with 2xx or was tried four times. */
  async event(envelope: unknown, pauses: readonly number[]): Promise<Delivered> {
    const body = JSON.stringify(envelope)
    let last = await this.#deliver(body, 'application/json', {})
    for (const [index, pause] of pauses.entries()) {
      if (isWelcome(last.answer)) return last
      const reason = last.answer.kind === 'answered' ? 'http_error' : 'http_timeout'
      await new Promise(resolve => setTimeout(resolve, pause))
      last = await this.#deliver(body, 'application/json', {
        'x-slack-retry-num': String(index + 1),
        'x-slack-retry-reason': reason,
      })
    }
    return last
  }

  /** The bytes and the signature of an earlier delivery once more, which Slack never does, but who has copied them does. */
  async replay({ body, headers }: Delivered): Promise<Delivered> {
    return await this.#send(body, headers)
  }

  async #deliver(body: string, type: string, more: Readonly<Record<string, string>>): Promise<Delivered> {
    const faults = this.#options.faults.forDelivery()
    const skew = faults.reduce((sum, fault) => sum + (fault.kind === 'skew' ? fault.seconds : 0), 0)
    const headers = { ...this.#sign(body, skew), 'content-type': type, ...more }
    const isTwice = faults.some(({ kind }) => kind === 'duplicate')
    const [first] = await Promise.all([this.#send(body, headers), ...(isTwice ? [this.#send(body, headers)] : [])])
    return faults.some(({ kind }) => kind === 'drop-ack') ? { ...first, answer: { kind: 'timeout' } } : first
  }

  #sign(body: string, skew: number): Readonly<Record<string, string>> {
    const { signingSecret, now } = this.#options
    const timestamp = String(Math.floor(now() / 1000) + skew)
    const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
    return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${signature}` }
  }

  async #send(body: string, headers: Readonly<Record<string, string>>): Promise<Delivered> {
    const at = this.#options.now()
    const start = performance.now()
    const answer = await this.#answer(body, headers)
    const delivered: Delivered = { at, ms: Math.round(performance.now() - start), headers, body, answer }
    this.log.push(delivered)
    if (this.log.length > KEPT) this.log.shift()
    return delivered
  }

  async #answer(body: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const { ingress, patience } = this.#options
    try {
      const response = await fetch(ingress, {
        method: 'POST',
        body,
        headers: { ...headers, 'user-agent': 'Slackbot 1.0 (sandbox stand-in)' },
        redirect: 'error',
        signal: AbortSignal.timeout(patience),
      })
      const text = await response.text()
      return {
        kind: 'answered',
        status: response.status,
        type: response.headers.get('content-type') ?? '',
        body: text,
      }
    } catch (error) {
      if (error instanceof DOMException && error.name === 'TimeoutError') return { kind: 'timeout' }
      const cause = error instanceof Error ? error.cause : undefined
      return { kind: 'unreachable', why: cause instanceof Error ? cause.message : String(error) }
    }
  }
}

export function isWelcome(answer: Answer): boolean {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300
}
