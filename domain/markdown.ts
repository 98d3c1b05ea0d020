/** Text of people and machines in Markdown, where it stays text. */

/** On one line; the UI of Temporal renders Markdown and HTML. */
export function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[<>[\]`*_|]/g, sign => `\\${sign}`)
}
