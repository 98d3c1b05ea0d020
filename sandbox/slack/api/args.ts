/** The arguments of one call, which came as a form, as JSON or in the query: all read alike. */
import { isFields, parseJson } from '../json.ts'
import { ApiError } from './error.ts'

export class Args {
  readonly #given: Readonly<Record<string, unknown>>

  constructor(given: Readonly<Record<string, unknown>>) {
    this.#given = given
  }

  /** Undefined when absent or empty. */
  text(name: string): string | undefined {
    const value = this.#given[name]
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    return typeof value === 'string' && value !== '' ? value : undefined
  }

  need(name: string): string {
    const value = this.text(name)
    if (value !== undefined) return value
    throw new ApiError('invalid_arguments', {
      response_metadata: { messages: [`[ERROR] missing required field: ${name}`] },
    })
  }

  flag(name: string): boolean {
    return ['1', 'true'].includes(this.text(name) ?? '')
  }

  whole(name: string, fallback: number, max: number): number {
    const value = Number(this.text(name) ?? fallback)
    if (!Number.isInteger(value) || value < 1) throw new ApiError('invalid_limit')
    return Math.min(value, max)
  }

  has(name: string): boolean {
    return this.#given[name] !== undefined
  }

  /** A structure, in a form as JSON text. Undefined when absent; the error is the method's own word for a wrong one. */
  list(name: string, error: string): readonly unknown[] | undefined {
    const value = this.#structure(name)
    if (value === undefined || Array.isArray(value)) return value
    throw new ApiError(error)
  }

  fields(name: string, error: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.#structure(name)
    if (value === undefined || isFields(value)) return value
    throw new ApiError(error)
  }

  #structure(name: string): unknown {
    const value = this.#given[name]
    if (value === undefined || value === '') return undefined
    return typeof value === 'string' ? (parseJson(value) ?? value) : value
  }
}
