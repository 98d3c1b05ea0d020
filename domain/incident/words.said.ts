/** The words after a verb, sorted into `key=value`, the name of the incident and the rest. Secrets are taken out of what is kept. */
import { cleaned, cut } from '../chat/text.ts'
import { didYouMean } from '../did-you-mean.ts'
import { type HostName, parseHostName } from '../ids.ts'
import { incidentName, parseIncidentName } from './incident.ts'
import { type IncidentVerb, wrongWords } from './words.table.ts'

/** Longest text of one field; Slack and histories take no more with ease. */
const LONGEST = 3_000

export interface Said {
  readonly verb: IncidentVerb
  /** The number of INC-n, or null. */
  readonly incident: number | null
  /** What is neither the incident nor `key=value`. */
  readonly words: readonly string[]
  /** The words from the given one on, as one text. */
  text(from?: number): string
  value(key: string): string | null
  pairs(): Readonly<Record<string, string>>
  /** A value with commas, or null. */
  list(key: string): readonly string[] | null
  /** The value, or the word, as one of these; null when it is absent. */
  oneOf<T extends string>(what: string, text: string | null, known: readonly T[]): T | null
  host(text: string): HostName
}

export function readSaid(verb: IncidentVerb, args: readonly string[]): Said {
  const { rest, values } = sort(verb, args)
  const { incident, words } = takeIncident(verb, rest)
  const value = (key: string) => {
    const text = values.get(key)
    return text === undefined || text.trim() === '' ? null : cleanText(text)
  }
  return {
    verb,
    incident,
    words,
    text: (from = 0) => cleanText(words.slice(from).join(' ')),
    value,
    pairs: () => Object.fromEntries([...values].map(([key, text]) => [key, cleanText(text)])),
    list: key => {
      const items = value(key)
        ?.split(',')
        .map(item => item.trim())
        .filter(item => item !== '')
      return items === undefined || items.length === 0 ? null : items
    },
    oneOf: (what, text, known) => {
      if (text === null) return null
      const found = known.find(one => one === text.toLowerCase())
      if (found !== undefined) return found
      throw wrongWords(verb, `unknown ${what} "${text}"${didYouMean(text, known)}`)
    },
    host: text => {
      const host = parseHostName(text.toLowerCase())
      if (host !== null) return host
      throw wrongWords(verb, `"${text}" cannot be a host`)
    },
  }
}

/** Without secrets, signs that cannot be seen or turn text around, and more than anybody reads. */
export function cleanText(text: string): string {
  return cut(cleaned(text).trim(), LONGEST)
}

/** Counts only as the first word: `INC-7`, `inc7`, and `#7` or `7` where no text can begin like that. */
function takeIncident(verb: IncidentVerb, words: readonly string[]) {
  const [first = '', ...others] = words
  if (verb.incident === 'none') return { incident: null, words }
  const number = parseIncidentName(first.replace(/^#/, ''))
  const isSpelt = /^inc/i.test(first) || others.length === 0
  if (number !== null && (isSpelt || verb.incident !== 'spelt')) return { incident: number, words: others }
  if (verb.incident === 'any') return { incident: null, words }
  const example = `${verb.name} ${incidentName(number ?? 7)} …`
  throw wrongWords(verb, `${verb.name}: which incident is meant? Name it first: ${example}`)
}

/** `key=value`, `--key=value` and `--key value` mean the same; a word with another key is text, as in `cpu=99 %`. */
function sort(verb: IncidentVerb, args: readonly string[]) {
  const values = new Map<string, string>()
  const rest: string[] = []
  const queue = [...args]
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const [, dashes, name = '', , inline] = /^(--)?([a-z][a-z0-9_-]{0,40})(=([\s\S]*))?$/i.exec(word) ?? []
    const key = verb.anyKey === true || verb.keys.includes(name.toLowerCase()) ? name.toLowerCase() : ''
    const isPair = key !== '' && (dashes !== undefined || inline !== undefined)
    if (!isPair) {
      if (dashes !== undefined) {
        const near = didYouMean(name, verb.keys)
        throw wrongWords(verb, `unknown option --${name}${near}`)
      }
      rest.push(word)
      continue
    }
    const text = inline ?? queue.shift()
    if (text === undefined) throw wrongWords(verb, `${key} needs a value`)
    if (values.has(key)) throw wrongWords(verb, `${key} is there twice`)
    values.set(key, text)
  }
  return { rest, values }
}
