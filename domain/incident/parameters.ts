/** Parameters of a workaround, checked strictly: an unknown or a wrong one is refused with what is allowed. */
import type { ChangeName } from '../changes.ts'
import { OpsError } from '../failures.ts'

export type Parameters = Readonly<Record<string, string>>

/** Refuses what the workaround does not know. `allowed`: each parameter with what it may be. */
export function allowOnly(name: ChangeName, given: Parameters, allowed: Parameters): void {
  const stranger = Object.keys(given).find(key => !Object.hasOwn(allowed, key))
  if (stranger === undefined) return
  const list = Object.entries(allowed).map(([key, words]) => `${key} (${words})`)
  throw new OpsError({
    owner: 'operator',
    message: `${name} knows no parameter ${JSON.stringify(stranger.slice(0, 40))}`,
    hint: list.length === 0 ? `${name} takes no parameters.` : `Allowed: ${list.join(', ')}.`,
  })
}

/** A whole number within its limits, both included. */
export function wholeNumber(parameter: string, text: string, limits: { readonly min: number; readonly max: number }) {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= limits.min && value <= limits.max) return value
  throw new OpsError({
    owner: 'operator',
    message: `${parameter}=${JSON.stringify(text.slice(0, 40))} is not allowed`,
    hint: `${parameter} is a whole number from ${limits.min} to ${limits.max}.`,
  })
}

/** Of a plan; one without it was not made by this release. */
export function planned(values: Parameters, name: string): string {
  const value = values[name]
  if (value !== undefined) return value
  const hint = 'Ask for the workaround again, so that a new plan is made.'
  throw new OpsError({ owner: 'operator', message: `the plan has no ${name}`, hint })
}
