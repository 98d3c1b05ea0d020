/** Messages that are said once: below a card, to everybody who follows, or to one person. */
import type { PersonId, Team } from '../team/team.ts'
import { header, section } from './blocks.ts'
import { mentionOf } from './card-context.ts'
import type { ChatMessage } from './chat.ts'
import { fitLines, inBlocks } from './fit-lines.ts'
import { LIMITS } from './limits.ts'
import { cleaned, escaped, joined, type Markup, oneLine, paragraph } from './text.ts'

/** Who is addressed, so that it makes a noise there. */
export type Mention = 'here' | 'none' | { readonly people: readonly PersonId[] }

/** A sentence or some, with whoever has to hear it in front. */
export function threadPost({ text, mention }: { text: string; mention: Mention }, team: Team): ChatMessage {
  const addressed = mentionMarkup(mention, team)
  // The mention is in the plain text as well: it is what notifications are made of.
  const before = addressed === null ? '' : `${addressed.mrkdwn} `
  return {
    text: before + escaped(oneLine(text), LIMITS.text - before.length),
    blocks: [...(addressed === null ? [] : section([addressed])), ...section([paragraph(text, LIMITS.section)])],
  }
}

function mentionMarkup(mention: Mention, team: Team): Markup | null {
  if (mention === 'here') return { mrkdwn: '<!here>' }
  if (mention === 'none' || mention.people.length === 0) return null
  return joined(
    mention.people.slice(0, MENTIONS).map(person => mentionOf(team, person)),
    ' ',
  )
}

/** As many as one block holds. */
const MENTIONS = 30

/**
 * I3.1 to I3.3, as they were rendered for mail. Slack takes 3,000 characters a block and some 13,000 of all of them, so a
 * long one has several, and a very long one is cut where it is longest, never at its end.
 */
export function announcement({ subject, text }: { subject: string; text: string }): ChatMessage {
  const title = escaped(oneLine(subject), LIMITS.header)
  const lines = cleaned(text).trim().split('\n')
  const shown = inBlocks(fitLines(lines, LIMITS.message, LIMITS.section), LIMITS.section)
  // Slack shows this one instead when it refuses the blocks.
  const inPlain = fitLines(lines, LIMITS.text - title.length - 2, LIMITS.text).join('\n')
  return {
    text: `${title}\n\n${escaped(inPlain)}`.trim(),
    blocks: [header(subject), ...shown.flatMap(part => section([paragraph(part, LIMITS.section)]))],
  }
}
