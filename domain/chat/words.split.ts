/** Splits what a person typed in the chat into words: its entities, mentions and links undone once, quotes of any shape honoured. */

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' }
/** Phones make curly ones; an apostrophe is no quote, for people write "isn't". */
const QUOTES = '"“”„«»'

/** Who an account belongs to, as people are called in text; null for an account of nobody. */
type AccountReader = (account: string) => string | null

/** Mentions become `@ana`, of a stranger `@U0NOBODY`; channels `#name`, links their address. */
export function plainText(text: string, personOf: AccountReader = () => null): string {
  return text
    .replaceAll(/<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/g, (_whole, account: string) => `@${personOf(account) ?? account}`)
    .replaceAll(/<#[CGD][A-Z0-9]+\|([^<>]*)>/g, '#$1')
    .replaceAll(/<[!#]([^<>|]*)(?:\|([^<>]*))?>/g, (_whole, name: string, label?: string) => label || `@${name}`)
    .replaceAll(/<((?:https?|mailto):[^<>|]*)(?:\|[^<>]*)?>/g, '$1')
    .replaceAll(/&(?:lt|gt|amp);/g, entity => ENTITIES[entity] ?? entity)
}

/** A quote opens at the beginning of a word or after `=`, and closes before white space; any other one is a sign like others. */
export function wordsOf(text: string, personOf?: AccountReader): readonly string[] {
  const words: string[] = []
  const letters = Array.from(plainText(text, personOf))
  let word: string | null = null
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? ''
    if (/\s/.test(letter)) {
      if (word !== null) words.push(word)
      word = null
      continue
    }
    const end: number | null =
      QUOTES.includes(letter) && (word === null || word.endsWith('=')) ? closing(letters, at) : null
    if (end === null) {
      word = (word ?? '') + letter
      continue
    }
    word = (word ?? '') + letters.slice(at + 1, end).join('')
    at = end
  }
  if (word !== null) words.push(word)
  return words
}

/** Where the quote that opens here is closed, or null when it never is. */
function closing(letters: readonly string[], start: number): number | null {
  for (let at = start + 1; at < letters.length; at++) {
    if (QUOTES.includes(letters[at] ?? '') && /^\s?$/.test(letters[at + 1] ?? '')) return at
  }
  return null
}
