/** An answer as messages: one, or as many as it takes, for nothing that a person needs is left out. */
import { section, sections } from '../../domain/chat/blocks.ts'
import type { Block, ChatMessage } from '../../domain/chat/chat.ts'
import { fitted, markup, piece } from '../../domain/chat/text.ts'
import { verbatim } from '../../domain/chat/verbatim.ts'
import type { Answer, Kept } from './answer.ts'

/** Slack refuses a message whose blocks hold some 13,000 characters together. */
const LONGEST_MESSAGE = 11_000
const MOST_BLOCKS = 50
const LONGEST_TEXT = 3_000
/** Of what is to be copied, in the text of a notification. */
const GLIMPSE = 1_000

/** None when there is nothing to say. */
export function messagesOf({ lines, kept = [] }: Pick<Answer, 'lines' | 'kept'>): readonly ChatMessage[] {
  const glimpses = kept.map(({ label, text }) => markup`${label}: ${piece(text, GLIMPSE)}`)
  const text = fitted([...lines, ...glimpses], LONGEST_TEXT)
  return split([...sections(lines), ...kept.flatMap(keptBlocks)]).map((blocks, index) => ({
    text: index === 0 ? text : '… continued',
    blocks,
  }))
}

export function keptBlocks({ label, text }: Kept): readonly Block[] {
  return [...section([markup`*${label}*`]), ...verbatim(text)]
}

function split(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const groups: Block[][] = []
  let size = 0
  for (const block of blocks) {
    const length = JSON.stringify(block).length
    size += length
    const last = groups.at(-1)
    if (last === undefined || size > LONGEST_MESSAGE || last.length === MOST_BLOCKS) {
      groups.push([block])
      size = length
    } else last.push(block)
  }
  return groups
}
