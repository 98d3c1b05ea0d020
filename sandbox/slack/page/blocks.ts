/** Block Kit as HTML. */
import { type Fields, fieldsOf, listOf, textOf } from '../json.ts'
import { type Entries, entryOf } from '../people/entries.ts'
import type { Block } from '../world.ts'
import { type Html, html, nothing, type Part } from './html.ts'
import { type Choices, control } from './inputs.ts'
import { mrkdwn, type Names, plain } from './mrkdwn.ts'

export interface Drawing {
  readonly names: Names
  readonly choices: Choices
  /** Before the ids of all controls, so that they are unique in the page. */
  readonly prefix: string
  readonly entered: Entries
  /** Under an input, by block_id. */
  readonly errors: Readonly<Record<string, string>>
}

export function drawBlocks(blocks: readonly Block[], drawing: Drawing): Html {
  return html`${blocks.map(block => drawBlock(block, drawing))}`
}

function drawBlock(block: Block, drawing: Drawing): Html {
  switch (block.type) {
    case 'header':
      return html`<h3 class="block header">${plain(textOf(fieldsOf(block.text).text) ?? '')}</h3>`
    case 'section':
      return section(block, drawing)
    case 'context':
      return html`<div class="block context">${listOf(block.elements).map(element => html`<span>${smallOf(fieldsOf(element), drawing)}</span>`)}</div>`
    case 'divider':
      return html`<hr class="block">`
    case 'actions':
      return html`<div class="block actions">${listOf(block.elements).map(element => placed(block, fieldsOf(element), drawing))}</div>`
    case 'input':
      return input(block, drawing)
    case 'image':
      return image(block)
    case 'markdown':
      return html`<div class="block markdown">${textOf(block.text) ?? ''}</div>`
    case 'rich_text':
      return html`<div class="block">${richText(block)}</div>`
    default:
      return html`<div class="block"><em>[${String(block.type)}]</em></div>`
  }
}

function section(block: Block, drawing: Drawing): Html {
  const fields = listOf(block.fields).map(field => html`<div>${textObject(fieldsOf(field), drawing)}</div>`)
  const accessory = fieldsOf(block.accessory)
  return html`<div class="block section"><div class="said">${textObject(fieldsOf(block.text), drawing)}${
    fields.length > 0 && html`<div class="fields">${fields}</div>`
  }</div>${accessory.type === 'image' ? image(accessory) : accessory.type !== undefined && placed(block, accessory, drawing)}</div>`
}

function input(block: Block, drawing: Drawing): Html {
  const element = fieldsOf(block.element)
  const blockId = textOf(block.block_id) ?? ''
  const id = idOf(blockId, element, drawing)
  const error = drawing.errors[blockId]
  const hint = textOf(fieldsOf(block.hint).text)
  const described = [error !== undefined && `${id}-error`, hint !== undefined && `${id}-hint`].filter(Boolean).join(' ')
  const label = textOf(fieldsOf(block.label).text) ?? ''
  const isGroup = element.type === 'radio_buttons' || element.type === 'checkboxes'
  const optional = block.optional === true ? html` <small>(optional)</small>` : nothing
  const entered = entryOf({ block, blockId, actionId: textOf(element.action_id) ?? '', element }, drawing.entered)
  const field = control(element, {
    blockId,
    id,
    entered,
    acts: block.dispatch_action === true,
    required: block.optional !== true,
    choices: drawing.choices,
    label,
    ...(described === '' ? {} : { describedBy: described }),
  })
  return html`<div class="block input${error !== undefined && ' wrong'}">${
    isGroup
      ? html`<div class="label">${plain(label)}${optional}</div>`
      : html`<label for="${id}">${plain(label)}${optional}</label>`
  }${field}${error !== undefined && html`<p class="error" id="${id}-error">${error}</p>`}${
    hint !== undefined && html`<p class="hint" id="${id}-hint">${plain(hint)}</p>`
  }</div>`
}

function placed(block: Block, element: Fields, drawing: Drawing): Html {
  const blockId = textOf(block.block_id) ?? ''
  const actionId = textOf(element.action_id) ?? ''
  return control(element, {
    blockId,
    id: idOf(blockId, element, drawing),
    entered: entryOf({ block, blockId, actionId, element }, drawing.entered),
    acts: true,
    choices: drawing.choices,
  })
}

function idOf(blockId: string, element: Fields, { prefix }: Drawing): string {
  return `${prefix}-${blockId}-${textOf(element.action_id) ?? ''}`.replace(/\s/g, '_')
}

function textObject({ type, text }: Fields, { names }: Drawing): Part {
  const content = textOf(text)
  if (content === undefined) return nothing
  return type === 'mrkdwn' ? mrkdwn(content, names) : html`<p>${plain(content)}</p>`
}

function smallOf(element: Fields, drawing: Drawing): Part {
  return element.type === 'image' ? image(element) : textObject(element, drawing)
}

/** Only its words: the page loads nothing from anywhere. */
function image({ alt_text: alt }: Fields): Html {
  return html`<span class="image" role="img" aria-label="${textOf(alt) ?? 'image'}">${textOf(alt) ?? ''}</span>`
}

function richText(value: Fields): Part {
  const own = textOf(value.text) ?? (value.type === 'link' ? textOf(value.url) : undefined)
  const inner = listOf(value.elements).map(element => richText(fieldsOf(element)))
  if (value.type === 'rich_text_preformatted') return html`<pre>${inner}</pre>`
  if (value.type === 'rich_text_quote') return html`<blockquote>${inner}</blockquote>`
  if (value.type === 'rich_text_list') return html`<ul>${inner.map(item => html`<li>${item}</li>`)}</ul>`
  return [own ?? '', inner]
}
