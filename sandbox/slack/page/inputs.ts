/** Buttons, menus and fields of Block Kit as HTML controls; page/client.js reads their `data-` marks. */
import { type Fields, fieldsOf, listOf, textOf } from '../json.ts'
import type { Entered } from '../modals.ts'
import { optionsOf } from '../people/entries.ts'
import { type Html, html, nothing, type Part } from './html.ts'
import { plain } from './mrkdwn.ts'

export interface Choices {
  readonly users: readonly (readonly [id: string, name: string])[]
  readonly channels: readonly (readonly [id: string, name: string])[]
}

export interface ControlContext {
  readonly blockId: string
  /** Unique in the page, for labels and for keeping the focus. */
  readonly id: string
  readonly entered: Entered | undefined
  /** Whether choosing something is told to the app at once, as outside of input blocks. */
  readonly acts: boolean
  readonly label?: string
  readonly required?: boolean
  readonly describedBy?: string
  readonly choices: Choices
}

export function control(element: Fields, context: ControlContext): Html {
  const { entered } = context
  const value = typeof entered === 'string' ? entered : ''
  switch (element.type) {
    case 'button':
      return button(element, context)
    case 'overflow':
      return select(element, context, optionsOf(element).map(optionPair), '', 'More actions …')
    case 'static_select':
      return select(element, context, optionsOf(element).map(optionPair), value)
    case 'multi_static_select':
      return multiSelect(element, context, optionsOf(element).map(optionPair))
    case 'users_select':
    case 'multi_users_select':
      return element.type === 'users_select'
        ? select(element, context, context.choices.users, value)
        : multiSelect(element, context, context.choices.users)
    case 'channels_select':
    case 'conversations_select':
      return select(element, context, context.choices.channels, value)
    case 'radio_buttons':
      return checks(element, context, 'radio')
    case 'checkboxes':
      return checks(element, context, 'checkbox')
    case 'datepicker':
      return input(element, context, 'date', value)
    case 'timepicker':
      return input(element, context, 'time', value)
    case 'datetimepicker':
      return input(element, context, 'datetime-local', /^\d+$/.test(value) ? localTime(Number(value)) : value)
    case 'number_input':
      return input(element, context, 'number', value)
    case 'email_text_input':
      return input(element, context, 'email', value)
    case 'url_text_input':
      return input(element, context, 'url', value)
    case 'plain_text_input':
      return element.multiline === true
        ? html`<textarea ${common(element, context)} rows="4">${value}</textarea>`
        : input(element, context, 'text', value)
    default:
      return html`<em>[${String(element.type)}]</em>`
  }
}

/** The marks by which the page's script tells what was pressed or entered. */
function common(element: Fields, context: ControlContext): Part {
  const { blockId, id, acts, required, describedBy, label } = context
  const placeholder = textOf(fieldsOf(element.placeholder).text)
  return html`id="${id}" data-block="${blockId}" data-action="${textOf(element.action_id) ?? ''}"${
    acts ? html` data-acts="yes"` : nothing
  }${confirmMarks(element)}${required === true ? html` aria-required="true"` : nothing}${
    describedBy === undefined ? nothing : html` aria-describedby="${describedBy}"`
  }${label === undefined ? nothing : html` aria-label="${label}"`}${
    placeholder === undefined ? nothing : html` placeholder="${placeholder}"`
  }`
}

function confirmMarks({ confirm }: Fields): Part {
  if (confirm === undefined) return nothing
  const { title, text, confirm: yes, deny, style } = fieldsOf(confirm)
  const written = (object: unknown) => textOf(fieldsOf(object).text) ?? ''
  return html` data-confirm-title="${written(title)}" data-confirm-text="${written(text)}" data-confirm-yes="${written(yes)}" data-confirm-no="${written(deny)}" data-confirm-style="${style === 'danger' ? 'danger' : 'primary'}"`
}

function button(element: Fields, context: ControlContext): Html {
  const text = textOf(fieldsOf(element.text).text) ?? ''
  const style = element.style === 'primary' || element.style === 'danger' ? element.style : 'plain'
  const label = textOf(element.accessibility_label)
  const marks = common(element, { ...context, ...(label === undefined ? {} : { label }) })
  const url = textOf(element.url)
  if (url !== undefined && /^https?:\/\//i.test(url))
    return html`<a class="button ${style}" ${marks} href="${url}" target="_blank" rel="noreferrer noopener">${plain(text)} <span aria-hidden="true">↗</span></a>`
  return html`<button type="button" class="${style}" ${marks}>${plain(text)}</button>`
}

type Pair = readonly [value: string, label: string]

function select(
  element: Fields,
  context: ControlContext,
  pairs: readonly Pair[],
  value: string,
  empty = textOf(fieldsOf(element.placeholder).text) ?? 'Choose …',
): Html {
  return html`<select ${common(element, { label: empty, ...context })}><option value="">${empty}</option>${pairs.map(
    ([id, label]) => html`<option value="${id}"${id === value && html` selected`}>${plain(label)}</option>`,
  )}</select>`
}

function multiSelect(element: Fields, context: ControlContext, pairs: readonly Pair[]): Html {
  const chosen = listOf(context.entered)
  return html`<select multiple size="${Math.min(6, Math.max(2, pairs.length))}" ${common(element, context)}>${pairs.map(
    ([id, label]) => html`<option value="${id}"${chosen.includes(id) && html` selected`}>${plain(label)}</option>`,
  )}</select>`
}

function checks(element: Fields, context: ControlContext, type: 'radio' | 'checkbox'): Html {
  const chosen = typeof context.entered === 'string' ? [context.entered] : listOf(context.entered)
  const role = type === 'radio' ? 'radiogroup' : 'group'
  const boxes = optionsOf(element).map(option => {
    const [value, label] = optionPair(option)
    const description = textOf(fieldsOf(option.description).text)
    return html`<label><input type="${type}" name="${context.id}" value="${value}"${chosen.includes(value) && html` checked`}><span>${plain(label)}${
      description !== undefined && html`<small>${plain(description)}</small>`
    }</span></label>`
  })
  return html`<div class="checks" role="${role}" data-checks="${type}" ${common(element, context)}>${boxes}</div>`
}

function input(element: Fields, context: ControlContext, type: string, value: string): Html {
  const step = element.is_decimal_allowed === true ? html` step="any"` : nothing
  return html`<input type="${type}" value="${value}"${step} autocomplete="off" ${common(element, context)}>`
}

function optionPair(option: Fields): Pair {
  return [textOf(option.value) ?? '', textOf(fieldsOf(option.text).text) ?? '']
}

function localTime(unix: number): string {
  return new Date(unix * 1000).toISOString().slice(0, 16)
}
