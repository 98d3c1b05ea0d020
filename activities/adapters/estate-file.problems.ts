/** What is wrong with an estate file: where, what, and what would be right. Turns the schema's issues into sentences. */
import { isCollection, isMap, isPair, isScalar, type LineCounter, type Node, type ParsedNode } from 'yaml'
import type { z } from 'zod'
import { didYouMean } from '../../domain/did-you-mean.ts'
import { estateJsonSchema } from './estate-file.schema.ts'

export type Place = readonly (string | number)[]

export interface EstateProblem {
  /** `hosts.alpha.role`; empty for the file as a whole. */
  readonly path: string
  /** From 1; null when the problem has no place in the text. */
  readonly line: number | null
  /** What is wrong and what is allowed, lower case, no full stop. */
  readonly message: string
}

/** What is wrong at a place of the data, before its line is known. */
export interface Breach {
  readonly place: Place
  readonly message: string
}

export function placeName(place: Place): string {
  return place
    .map(part => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
}

/** Line of the deepest part of the place that the text has: a missing key is reported where it belongs. */
export function lineOf(root: ParsedNode | null, place: Place, lines: LineCounter): number | null {
  let node: Node | null = root
  let offset = root?.range[0] ?? null
  for (const part of place) {
    if (isMap(node)) {
      const pair = node.items.find(
        item => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
      )
      if (pair === undefined) break
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value as Node | null
    } else if (isCollection(node)) {
      const item = node.items[Number(part)] as Node | undefined
      if (item === undefined) break
      offset = item.range?.[0] ?? offset
      node = item
    } else break
  }
  return offset === null ? null : lines.linePos(offset).line
}

/** The value at a place of plain data, or undefined. */
export function valueAt(data: unknown, place: Place): unknown {
  return place.reduce<unknown>(
    (value, part) => (value !== null && typeof value === 'object' ? Reflect.get(value, part) : undefined),
    data,
  )
}

/** One issue of the schema as places and messages; an issue about keys names each of them. */
export function explain(issue: z.core.$ZodIssue, data: unknown): readonly { place: Place; message: string }[] {
  const place = issue.path as Place
  const value = valueAt(data, place)
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedKeys(place)
    return issue.keys.map(key => ({
      place: [...place, key],
      message: `unknown key${didYouMean(key, allowed)}; allowed here: ${allowed.join(', ')}`,
    }))
  }
  if (value === undefined) return [{ place, message: `is missing${missingWords(issue)}` }]
  return [{ place, message: wrongWords(issue, value) }]
}

function missingWords(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `; must be ${choices(issue.values)}`
  if (issue.code === 'invalid_type') return `; must be ${typeWords(issue.expected)}`
  return issue.code === 'invalid_union' ? `; ${issue.message}` : ''
}

function wrongWords(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be ${choices(issue.values)}, not ${shown(value)}${didYouMean(String(value), issue.values.map(String))}`
    case 'invalid_type':
      return `must be ${typeWords(issue.expected)}, not ${shown(value)}`
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}, not ${shown(value)}`
        : issue.message
    case 'too_big':
      return `must be at most ${issue.maximum}, not ${shown(value)}`
    default:
      return `${issue.message}, not ${shown(value)}`
  }
}

function choices(values: readonly unknown[]): string {
  return values.map(String).join(' or ')
}

function typeWords(type: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    array: 'a list',
    object: 'a map of keys and values',
    record: 'a map of names and values',
  }
  return words[type] ?? type
}

function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value)
}

/** The keys that the schema knows at a place. */
function allowedKeys(place: Place): readonly string[] {
  let schema: unknown = estateJsonSchema()
  for (const part of place) {
    schema =
      typeof part === 'number'
        ? valueAt(schema, ['items'])
        : (valueAt(schema, ['properties', part]) ?? valueAt(schema, ['additionalProperties']))
  }
  const branches = valueAt(schema, ['anyOf'])
  const properties = Array.isArray(branches)
    ? Object.assign({}, ...branches.map(branch => valueAt(branch, ['properties'])))
    : valueAt(schema, ['properties'])
  return Object.keys((properties as object | undefined) ?? {})
}
