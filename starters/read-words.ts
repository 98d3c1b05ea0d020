/** The words after a verb, sorted into options, key=value pairs and positions; whatever the verb does not know is refused. */
import { parseArgs } from 'node:util'
import { didYouMean } from '../domain/did-you-mean.ts'
import { usageError } from './exit-codes.ts'
import { COMMON_OPTIONS, type Verb } from './verbs.ts'

export interface Words {
  has(option: string): boolean
  value(option: string): string | null
  /** The value of an option that must be there. */
  need(option: string): string
  /** The next position, or null. */
  next(): string | null
  /** The next position as one of the actions; `otherwise` when there is none. */
  action<A extends string>(actions: readonly A[], otherwise: A): A
  /** All remaining positions as key=value. */
  pairs(keys: readonly string[]): Readonly<Record<string, string>>
  /** Refuses positions that nobody asked for. */
  noMore(): void
}

export function readWords(verb: Verb, args: readonly string[]): Words {
  const hint = `See ops help ${verb.name}.`
  const { options, positions } = sort(verb, args, hint)
  const value = (option: string) => {
    const found = options.get(option)
    return typeof found === 'string' ? found : null
  }
  return {
    has: option => options.has(option),
    value,
    need: option => {
      const found = value(option)
      if (found !== null) return found
      throw usageError(`--${option} is missing`, `ops ${verb.name} needs --${option}; see ops help ${verb.name}.`)
    },
    next: () => positions.shift() ?? null,
    action: (actions, otherwise) => {
      const word = positions.shift()
      if (word === undefined) return otherwise
      const action = actions.find(candidate => candidate === word)
      if (action !== undefined) return action
      throw usageError(`unknown word "${word}"${didYouMean(word, actions)}`, `Write one of ${actions.join(', ')}.`)
    },
    pairs: keys => Object.fromEntries(positions.splice(0).map(word => pairOf(word, keys, hint))),
    noMore: () => {
      if (positions.length > 0) throw usageError(`too many words: ${positions.join(' ')}`, hint)
    },
  }
}

function pairOf(word: string, keys: readonly string[], hint: string): readonly [string, string] {
  const at = word.indexOf('=')
  const key = at < 0 ? word : word.slice(0, at)
  const allowed = keys.length === 0 ? 'it takes no key=value' : `keys are ${keys.join(', ')}`
  if (at < 0) throw usageError(`"${word}" is not key=value`, `After the procedure, ${allowed}. ${hint}`)
  if (!keys.includes(key)) throw usageError(`unknown key "${key}"${didYouMean(key, keys)}`, `${allowed}. ${hint}`)
  return [key, word.slice(at + 1)]
}

function sort(verb: Verb, args: readonly string[], hint: string) {
  const known = [...verb.options, ...COMMON_OPTIONS]
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries([
      ...known.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' : 'string' } as const] as const),
      ['help', { type: 'boolean', short: 'h' } as const] as const,
    ]),
  })
  const options = new Map<string, string | true>()
  const positions: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positions.push(token.value)
    if (token.kind !== 'option') continue
    const option = known.find(({ name }) => name === token.name)
    if (option === undefined) {
      const near = didYouMean(
        token.rawName,
        known.map(({ name }) => `--${name}`),
      )
      throw usageError(`unknown option ${token.rawName}${near}`, hint)
    }
    if (options.has(option.name)) throw usageError(`--${option.name} is there twice`, 'Give it once.')
    if (option.value === undefined && token.value !== undefined)
      throw usageError(`--${option.name} takes no value`, hint)
    if (option.value !== undefined && isEmptyValue(token.value, token.inlineValue)) {
      throw usageError(`--${option.name} needs a value`, `Write --${option.name} ${option.value}.`)
    }
    options.set(option.name, token.value ?? true)
  }
  return { options, positions }
}

/** `--reason --json` forgot the reason; `--reason=-5` did not. */
function isEmptyValue(value: string | undefined, isInline: boolean | undefined): boolean {
  return value === undefined || value.trim() === '' || (isInline !== true && value.startsWith('-'))
}
