/** Inputs of forms: text, long text, a choice. A field's name is the id of its block. */
import { context, plain } from './blocks.ts'
import type { Block } from './chat.ts'
import { LIMITS } from './limits.ts'
import { cleaned, cut, piece } from './text.ts'

/** The action id of every input: a value is at `state.values[FIELD][INPUT]`. */
export const INPUT = 'input'

interface Text {
  readonly name: string
  readonly label: string
  /** What stands there at first. */
  readonly value: string
  readonly max?: number
  readonly isOptional?: boolean
}

export function field(text: Text): Block {
  return input(text, textElement(text, false))
}

export function area(text: Text): Block {
  return input(text, textElement(text, true))
}

function textElement({ value, max = LIMITS.inputText }: Text, isMultiline: boolean): Block {
  const initial = cut(cleaned(value), max)
  return {
    type: 'plain_text_input',
    action_id: INPUT,
    multiline: isMultiline,
    max_length: max,
    ...(initial === '' ? {} : { initial_value: initial }),
  }
}

interface Choice {
  readonly name: string
  readonly label: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly chosen: string | null
  readonly isOptional?: boolean
}

/** A choice of one. Slack refuses an empty list, so that becomes a line of text. */
export function picker({ name, label, options, chosen, isOptional = false }: Choice): Block {
  const shown = options.slice(0, LIMITS.options).map(option => ({
    text: plain(option.label, LIMITS.optionText),
    value: option.value,
  }))
  if (shown.length === 0) return field({ name, label, value: '', isOptional })
  const initial = shown.find(({ value }) => value === chosen)
  const element = {
    type: 'static_select',
    action_id: INPUT,
    options: shown,
    ...(initial === undefined ? {} : { initial_option: initial }),
  }
  return input({ name, label, isOptional }, element)
}

function input(
  { name, label, isOptional = false }: Pick<Text, 'name' | 'label' | 'isOptional'>,
  element: Block,
): Block {
  return { type: 'input', block_id: name, label: plain(label, LIMITS.inputText), element, optional: isOptional }
}

export function hint(text: string): readonly Block[] {
  return context([piece(text)])
}
