/** Blocks, one function each. They keep Slack's limits by cutting what is too long; markup comes in as markup only. */
import type { Block, ButtonValue } from './chat.ts'
import { LIMITS } from './limits.ts'
import { cut, fitted, type Markup, oneLine } from './text.ts'

/** Slack would otherwise draw links and mentions into plain words. */
function mrkdwn(text: string): Block {
  return { type: 'mrkdwn', text, verbatim: true }
}

export function plain(text: string, max: number): Block {
  // Slack refuses an empty text.
  return { type: 'plain_text', text: cut(oneLine(text), max) || '…', emoji: false }
}

export function header(text: string): Block {
  return { type: 'header', text: plain(text, LIMITS.header) }
}

/** One section of whole lines, or nothing when there is none. */
export function section(lines: readonly Markup[]): readonly Block[] {
  const text = fitted(lines, LIMITS.section).trim()
  return text === '' ? [] : [{ type: 'section', text: mrkdwn(text) }]
}

/** Whole lines in as many sections as they take. */
export function sections(lines: readonly Markup[]): readonly Block[] {
  const groups: Markup[][] = []
  let size = 0
  for (const line of lines) {
    size += line.mrkdwn.length + 1
    const last = groups.at(-1)
    if (last === undefined || size > LIMITS.section) {
      groups.push([line])
      size = line.mrkdwn.length
    } else last.push(line)
  }
  return groups.flatMap(section)
}

/** Two columns of short facts. */
export function fields(facts: readonly (readonly Markup[])[]): readonly Block[] {
  const shown = facts.slice(0, LIMITS.fields)
  return shown.length === 0
    ? []
    : [{ type: 'section', fields: shown.map(lines => mrkdwn(fitted(lines, LIMITS.field))) }]
}

/** Small print. */
export function context(lines: readonly Markup[]): readonly Block[] {
  const shown = lines.slice(0, LIMITS.contextElements).map(line => mrkdwn(fitted([line], LIMITS.field)))
  return shown.length === 0 ? [] : [{ type: 'context', elements: shown }]
}

export interface Button {
  readonly action: string
  readonly label: string
  readonly value: ButtonValue
  readonly style?: 'primary' | 'danger'
  /** Asked before it counts. */
  readonly confirm?: { readonly title: string; readonly text: string }
}

export function button({ action, label, value, style, confirm }: Button): Block {
  return {
    type: 'button',
    action_id: action,
    text: plain(label, LIMITS.buttonText),
    value: JSON.stringify(value),
    ...(style === undefined ? {} : { style }),
    ...(confirm === undefined
      ? {}
      : {
          confirm: {
            title: plain(confirm.title, LIMITS.confirmTitle),
            text: plain(confirm.text, LIMITS.confirmText),
            confirm: plain('Yes', LIMITS.confirmTitle),
            deny: plain('Back', LIMITS.confirmTitle),
          },
        }),
  }
}

/** A button that opens a page. Slack reports its press as well. */
export function linkButton(action: string, label: string, url: string): Block {
  return { type: 'button', action_id: action, text: plain(label, LIMITS.buttonText), url }
}

/** A row of buttons. Slack tells which row was pressed by its id, which is unique within the message. */
export function buttons(id: string, row: readonly Block[]): readonly Block[] {
  return row.length === 0 ? [] : [{ type: 'actions', block_id: id, elements: row.slice(0, LIMITS.buttonsPerRow) }]
}
