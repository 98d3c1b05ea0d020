/** JSON with comments and trailing commas, as editors keep their settings. Text in quotes stays as it is. */

/** Throws SyntaxError, as JSON.parse does. */
export function parseJsonc(text: string): unknown {
  return JSON.parse(
    text
      .replace(/^\uFEFF/, '')
      .replace(COMMENT_OR_STRING, keepStrings)
      .replace(COMMA_OR_STRING, keepStrings),
  )
}

const STRING = String.raw`("(?:[^"\\]|\\.)*")`
/** An unclosed block comment reaches to the end. */
const COMMENT_OR_STRING = new RegExp(String.raw`${STRING}|\/\/[^\r\n]*|\/\*[^]*?(?:\*\/|$)`, 'g')
const COMMA_OR_STRING = new RegExp(String.raw`${STRING}|,(?=\s*[}\]])`, 'g')

function keepStrings(_whole: string, quoted: string | undefined): string {
  return quoted ?? ' '
}
