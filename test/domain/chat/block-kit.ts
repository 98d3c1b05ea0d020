/** Slack's rules for blocks, as documented, each broken one as a sentence. Independent of the builders. */
import type { Block, ChatMessage } from '../../../domain/chat/chat.ts'

type Json = Readonly<Record<string, unknown>>

export function problemsOfMessage({ text, blocks }: ChatMessage): readonly string[] {
  const problems = text.length > 4_000 || text === '' ? ['text'] : []
  return [...problems, ...problemsOfBlocks(blocks, 50)]
}

export function problemsOfView(view: Json): readonly string[] {
  const blocks = view.blocks as readonly Block[]
  const problems = problemsOfBlocks(blocks, 100)
  const titles = [view.title, view.submit, view.close].filter(title => title !== undefined)
  const metadata = String(view.private_metadata ?? '')
  const hasInput = blocks.some(({ type }) => type === 'input')
  return [
    ...problems,
    ...titles.flatMap(title => text(title, 24, 'plain_text', 'title')),
    ...(metadata.length > 3_000 ? ['private_metadata'] : []),
    ...(hasInput && view.submit === undefined ? ['inputs without submit'] : []),
  ]
}

function problemsOfBlocks(blocks: readonly Block[], max: number): readonly string[] {
  const ids = blocks.flatMap(block => (block.block_id === undefined ? [] : [String(block.block_id)]))
  return [
    ...(blocks.length > max ? [`${blocks.length} blocks`] : []),
    ...(new Set(ids).size < ids.length ? ['block_id twice'] : []),
    ...ids.filter(id => id.length === 0 || id.length > 255).map(() => 'block_id'),
    ...blocks.flatMap(problemsOf),
  ]
}

function problemsOf(block: Block): readonly string[] {
  switch (block.type) {
    case 'header':
      return text(block.text, 150, 'plain_text', 'header')
    case 'section': {
      const fields = (block.fields ?? []) as readonly unknown[]
      return [
        ...(block.text === undefined ? [] : text(block.text, 3_000, null, 'section')),
        ...(block.text === undefined && fields.length === 0 ? ['empty section'] : []),
        ...(fields.length > 10 ? ['fields'] : []),
        ...fields.flatMap(field => text(field, 2_000, null, 'field')),
      ]
    }
    case 'context': {
      const elements = block.elements as readonly unknown[]
      const isBad = elements.length === 0 || elements.length > 10
      return [...(isBad ? ['context'] : []), ...elements.flatMap(one => text(one, 2_000, null, 'context'))]
    }
    case 'actions': {
      const elements = block.elements as readonly Json[]
      const ids = elements.map(({ action_id }) => action_id)
      const isBad = elements.length === 0 || elements.length > 25
      return [
        ...(isBad ? ['actions'] : []),
        ...(new Set(ids).size < ids.length ? ['action_id twice'] : []),
        ...elements.flatMap(button),
      ]
    }
    case 'input': {
      const element = block.element as Json
      const options = (element.options ?? []) as readonly Json[]
      return [
        ...text(block.label, 2_000, 'plain_text', 'label'),
        ...(element.type === 'static_select' && (options.length === 0 || options.length > 100) ? ['options'] : []),
        ...options.flatMap(option => text(option.text, 75, 'plain_text', 'option')),
        ...options.filter(({ value }) => String(value).length > 150).map(() => 'option value'),
        ...(String(element.initial_value ?? '').length > Number(element.max_length ?? 3_000) ? ['initial_value'] : []),
      ]
    }
    default:
      return [`unknown block ${String(block.type)}`]
  }
}

function button(element: Json): readonly string[] {
  const confirm = element.confirm as Json | undefined
  return [
    ...text(element.text, 75, 'plain_text', 'button'),
    ...(String(element.value ?? '').length > 2_000 ? ['value'] : []),
    ...(String(element.action_id).length > 255 ? ['action_id'] : []),
    ...(confirm === undefined
      ? []
      : [
          ...text(confirm.title, 100, 'plain_text', 'confirm title'),
          ...text(confirm.text, 300, null, 'confirm text'),
          ...text(confirm.confirm, 30, 'plain_text', 'confirm'),
          ...text(confirm.deny, 30, 'plain_text', 'deny'),
        ]),
  ]
}

function text(value: unknown, max: number, type: string | null, where: string): readonly string[] {
  const { text: words, type: kind } = value as { text: string; type: string }
  return [
    ...(words.length === 0 || words.length > max ? [`${where} has ${words.length} characters`] : []),
    ...(type !== null && kind !== type ? [`${where} is ${kind}`] : []),
  ]
}

/** Everything in angle brackets: what Slack makes mentions, links and dates of. */
export function controlsIn(drawn: unknown): readonly string[] {
  const found: string[] = []
  JSON.stringify(drawn, (_key, value: unknown) => {
    const isMrkdwn = typeof value === 'object' && value !== null && 'type' in value && value.type === 'mrkdwn'
    if (isMrkdwn && 'text' in value) found.push(...(String(value.text).match(/<[^>]*>?/g) ?? []))
    return value
  })
  return found
}
