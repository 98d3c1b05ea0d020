/** Text as words of a command line that can be run as it stands; the chat takes the same quotes. */

/** Text in the place of a word; the blank keeps what looks like an option or a key from being taken for one. */
export function free(text: string): string {
  return quoted(/^(?:-|[a-z][a-z0-9_-]*=)/i.test(text) ? ` ${text}` : text)
}

export function shellWord(text: string): string {
  return /^[\w./,@:-]+$/.test(text) ? text : quoted(text)
}

/** What people typed is shown to them again in full. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
