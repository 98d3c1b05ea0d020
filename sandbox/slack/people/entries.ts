/** What a person has entered in inputs and menus, checked as Slack's own client does, and as `state.values` spells it. */
import { type Fields, fieldsOf, listOf, textOf } from '../json.ts'
import type { Entered } from '../modals.ts'
import type { Block } from '../world.ts'

export type Entries = Readonly<Record<string, Entered>>

interface Place {
  readonly block: Block
  readonly blockId: string
  readonly actionId: string
  readonly element: Fields
}

/** Every element that can hold a value or be pressed, in its order. */
export function placesIn(blocks: readonly Block[]): readonly Place[] {
  return blocks.flatMap(block => {
    const elements = [block.element, block.accessory, ...(block.type === 'actions' ? listOf(block.elements) : [])]
    return elements.map(fieldsOf).flatMap(element => {
      const actionId = textOf(element.action_id)
      return actionId === undefined ? [] : [{ block, blockId: textOf(block.block_id) ?? '', actionId, element }]
    })
  })
}

/** Entries are named `block_id/action_id`, or by one of the two. What was not entered is what the element begins with. */
export function entryOf({ blockId, actionId, element }: Place, entries: Entries): Entered | undefined {
  return entries[`${blockId}/${actionId}`] ?? entries[blockId] ?? entries[actionId] ?? initialOf(element)
}

/** `view.state.values`, and what Slack's client would complain about, by block_id. */
export function stateOf(
  blocks: readonly Block[],
  entries: Entries,
): { readonly values: Fields; readonly complaints: Readonly<Record<string, string>> } {
  const values: Record<string, Record<string, unknown>> = {}
  const complaints: Record<string, string> = {}
  for (const place of placesIn(blocks)) {
    const { block, blockId, actionId, element } = place
    const type = textOf(element.type) ?? ''
    if (type === 'button' || type === 'overflow') continue
    const entered = entryOf(place, entries)
    values[blockId] = { ...values[blockId], [actionId]: { type, ...valueFields(element, entered) } }
    const complaint = block.type === 'input' ? complaintOf(block, element, entered) : undefined
    if (complaint !== undefined) complaints[blockId] = complaint
  }
  return { values, complaints }
}

function complaintOf({ optional }: Block, element: Fields, entered: Entered | undefined): string | undefined {
  if (entered === undefined || entered.length === 0)
    return optional === true ? undefined : 'Please complete this required field.'
  const { min_length: min, max_length: max } = element
  if (typeof entered !== 'string') return undefined
  if (typeof min === 'number' && [...entered].length < min) return `Please enter at least ${min} characters.`
  if (typeof max === 'number' && [...entered].length > max) return `Please enter no more than ${max} characters.`
  const hasOptions = element.type === 'static_select' || element.type === 'radio_buttons'
  if (hasOptions && findOption(element, entered) === undefined) return 'Please choose one of the options.'
  if (element.type === 'number_input' && Number.isNaN(Number(entered))) return 'Please enter a number.'
  return undefined
}

/** The value of an element as payloads carry it, in the field that its type has for it. */
export function valueFields(element: Fields, entered: Entered | undefined): Fields {
  const one = typeof entered === 'string' && entered !== '' ? entered : null
  const many = typeof entered === 'string' ? [entered] : (entered ?? [])
  const option = (value: string) => findOption(element, value) ?? []
  switch (element.type) {
    case 'static_select':
    case 'radio_buttons':
    case 'overflow':
      return { selected_option: one === null ? null : (findOption(element, one) ?? null) }
    case 'multi_static_select':
    case 'checkboxes':
      return { selected_options: many.flatMap(option) }
    case 'users_select':
      return { selected_user: one }
    case 'multi_users_select':
      return { selected_users: many }
    case 'channels_select':
      return { selected_channel: one }
    case 'conversations_select':
      return { selected_conversation: one }
    case 'datepicker':
      return { selected_date: one }
    case 'timepicker':
      return { selected_time: one }
    case 'datetimepicker':
      return { selected_date_time: one === null ? null : secondsOf(one) }
    default:
      return { value: one }
  }
}

export function optionsOf(element: Fields): readonly Fields[] {
  const groups = listOf(element.option_groups).map(fieldsOf)
  return [...listOf(element.options), ...groups.flatMap(group => listOf(group.options))].map(fieldsOf)
}

function findOption(element: Fields, value: string): Fields | undefined {
  return optionsOf(element).find(option => option.value === value)
}

function initialOf(element: Fields): Entered | undefined {
  const options = element.initial_options ?? element.initial_users
  if (Array.isArray(options)) return options.map(item => textOf(item) ?? textOf(fieldsOf(item).value) ?? '')
  const option = textOf(fieldsOf(element.initial_option).value)
  const seconds = element.initial_date_time
  if (typeof seconds === 'number') return String(seconds)
  const single = [
    element.initial_value,
    element.initial_user,
    element.initial_channel,
    element.initial_conversation,
    element.initial_date,
    element.initial_time,
  ]
  return option ?? single.map(textOf).find(value => value !== undefined)
}

/** Unix seconds as they are, or the local time of a page's field, which counts as UTC. */
function secondsOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Math.floor(Date.parse(`${text}Z`) / 1000)
}
