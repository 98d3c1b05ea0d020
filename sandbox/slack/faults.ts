/** Faults that a test orders: what goes wrong with the next calls of a method, and with what is delivered to the app. */

/** What goes wrong with a call of the Web API, or of a response_url (method `response_url`). */
export type CallFault =
  /** The connection ends before anything was done. */
  | { readonly kind: 'reset-before' }
  /** It was done, and the connection ends without an answer. */
  | { readonly kind: 'reset-after' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** An HTTP status with nothing done. */
  | { readonly kind: 'status'; readonly status: number }
  /** 200 with a page, as a captive proxy answers. */
  | { readonly kind: 'html' }
  | { readonly kind: 'ratelimited'; readonly retryAfter: number | null }
  /** `{"ok":false,"error":…}`, for example token_revoked or internal_error. */
  | { readonly kind: 'error'; readonly error: string }

/** What goes wrong with a delivery to the app. */
export type DeliveryFault =
  /** The same bytes twice, at the same time. */
  | { readonly kind: 'duplicate' }
  /** The app's answer is lost on its way. */
  | { readonly kind: 'drop-ack' }
  /** The clock that dates and signs is wrong by this many seconds. */
  | { readonly kind: 'skew'; readonly seconds: number }

export type Fault = CallFault | DeliveryFault

interface Ordered<Kind> {
  readonly fault: Kind
  /** A method, or `*`. */
  readonly method: string
  left: number
}

export class Faults {
  #calls: Ordered<CallFault>[] = []
  #deliveries: Ordered<DeliveryFault>[] = []

  /** `times` is how often it happens; Infinity until cleared. */
  order(fault: Fault, method: string, times: number): void {
    switch (fault.kind) {
      case 'duplicate':
      case 'drop-ack':
      case 'skew':
        this.#deliveries.push({ fault, method, left: times })
        return
      case 'reset-before':
      case 'reset-after':
      case 'delay':
      case 'status':
      case 'html':
      case 'ratelimited':
      case 'error':
        this.#calls.push({ fault, method, left: times })
        return
    }
  }

  /** All that happen to this call, in the order in which they were ordered. */
  forCall(method: string): readonly CallFault[] {
    return take(this.#calls, method)
  }

  forDelivery(): readonly DeliveryFault[] {
    return take(this.#deliveries, '*')
  }

  clear(): void {
    this.#calls = []
    this.#deliveries = []
  }
}

function take<Kind>(ordered: readonly Ordered<Kind>[], method: string): readonly Kind[] {
  const due = ordered.filter(one => one.left > 0 && (one.method === method || one.method === '*'))
  for (const one of due) one.left -= 1
  return due.map(({ fault }) => fault)
}
