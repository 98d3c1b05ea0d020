/** JSON merge patch (RFC 7396), and where a value stands in what it gives. */
import { OpsError } from '../failures.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** The document afterwards: null removes a member, an object goes into it, everything else replaces it. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch
  // Own members only, also one called __proto__: whatever a patch names is a member and nothing else.
  const members = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key)
    else members.set(key, mergePatch(members.get(key) ?? null, value))
  }
  return Object.fromEntries(members)
}

/** A patch of a configuration: an object with at least one member. Throws OpsError operator. */
export function parsePatch(text: string): Json {
  const patch = parseJson(text)
  if (patch !== undefined && isObject(patch) && Object.keys(patch).length > 0) return patch
  throw new OpsError({
    owner: 'operator',
    message: 'the file holds no JSON merge patch',
    hint: 'Write a JSON object with the members to change, for example {"share": "disabled"}; null removes one.',
  })
}

/** The text of a configuration after the patch. Throws OpsError configuration when it is no JSON object. */
export function patchedText(text: string, patch: Json): string {
  const document = parseJson(text)
  if (document !== undefined && isObject(document)) return `${JSON.stringify(mergePatch(document, patch), null, 2)}\n`
  throw new OpsError({
    owner: 'configuration',
    message: 'the configuration is not plain JSON',
    hint: 'A merge patch needs JSON without comments; correct the file by hand first.',
  })
}

/** What the patch changes in this document, member by member; empty when it changes nothing. */
export function changedMembers(text: string, patch: Json): readonly string[] {
  const document = parseJson(text) ?? null
  return difference(document, mergePatch(document, patch), '')
}

function difference(before: Json | undefined, after: Json | undefined, at: string): readonly string[] {
  if (before !== undefined && after !== undefined && isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap(name => difference(own(before, name), own(after, name), at === '' ? name : `${at}.${name}`))
  }
  const [then, now] = [words(before), words(after)]
  return then === now ? [] : [`${at}: ${then} becomes ${now}`]
}

function own(value: { readonly [key: string]: Json }, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

function words(value: Json | undefined): string {
  return value === undefined ? 'not there' : JSON.stringify(value)
}

/** The value at names joined by dots, as JSON; null when there is none. */
export function valueAt(text: string, key: string): string | null {
  let value = parseJson(text)
  for (const name of key.split('.')) {
    if (value === undefined || !isObject(value) || !Object.hasOwn(value, name)) return null
    value = value[name]
  }
  return value === undefined ? null : JSON.stringify(value)
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
