/** Text from outside in Markdown, where it stays text. */

/** On one line, so that none of it becomes a heading, a link, an image or HTML. */
export function inline(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_[\]<>|#!~]/g, '\\$&')
    .trim()
}
