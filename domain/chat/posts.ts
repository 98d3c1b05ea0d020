/** Messages that are said once: below a card, to everybody who follows, or to one person. */
import type { PersonId, Team } from '../team/team.ts'
import { header, section } from './blocks.ts'
import { mentionOf } from './card-context.ts'
import type { ChatMessage } from './chat.ts'
import { LIMITS } from './limits.ts'
import { escaped, joined, type Markup, oneLine, paragraph } from './text.ts'

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

/** I3.1 to I3.3, as they were rendered for mail. Slack takes 3,000 characters a block, so a long one has several. */
export function announcement({ subject, text }: { subject: string; text: string }): ChatMessage {
  return {
    text: escaped(oneLine(subject), LIMITS.text),
    blocks: [header(subject), ...parts(text).flatMap(part => section([paragraph(part, LIMITS.section)]))],
  }
}

/** Far below what Slack takes, so that escaping finds room. */
const PART = 2_000
const PARTS = 8

function parts(text: string): readonly string[] {
  const found: string[] = ['']
  for (const line of text.split('\n')) {
    const last = found.at(-1) ?? ''
    if (last.length + line.length < PART) found[found.length - 1] = last === '' ? line : `${last}\n${line}`
    else found.push(line)
  }
  const shown = found.slice(0, PARTS)
  return found.length > PARTS ? [...shown, '…'] : shown
}
