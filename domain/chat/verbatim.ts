/** Text that somebody may have to copy: shown to the letter, in as many blocks as it takes. */
import type { Block } from './chat.ts'
import { cleaned } from './text.ts'

/** Of a block's 3,000. */
const LONGEST = 2_800

/** Plain text, in which no sign means anything to Slack; put together again it is what was given, without its secrets. */
export function verbatim(text: string): readonly Block[] {
  return pieces(cleaned(text))
    .filter(piece => piece.trim() !== '')
    .map(piece => ({ type: 'section', text: { type: 'plain_text', text: piece, emoji: false } }))
}

/** Never half a character. */
function pieces(text: string): readonly string[] {
  const all: string[] = []
  let piece = ''
  for (const character of text) {
    if (piece.length + character.length > LONGEST) {
      all.push(piece)
      piece = ''
    }
    piece += character
  }
  return [...all, piece]
}
