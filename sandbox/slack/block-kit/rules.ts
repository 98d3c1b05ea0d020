/** Block Kit's limits as a table: for each kind of block and element its fields, and what may be in them. */

export type Rule =
  | { readonly is: 'string'; readonly max: number; readonly min?: number }
  | { readonly is: 'boolean' | 'number' | 'anything' }
  /** A text object; `plain` does not take mrkdwn. */
  | { readonly is: 'text'; readonly max: number; readonly plain?: true }
  | { readonly is: 'word'; readonly of: readonly string[] }
  | { readonly is: 'list'; readonly max: number; readonly min?: number; readonly of: Rule }
  /** One of the kinds of element that may stand here. */
  | { readonly is: 'element'; readonly of: readonly string[] }
  | { readonly is: 'object'; readonly fields: Shape }

export interface Shape {
  readonly [name: string]: Rule & { readonly required?: true }
}

const string = (max: number, min = 1): Rule => ({ is: 'string', max, min })
const plain = (max: number): Rule => ({ is: 'text', max, plain: true })
const text = (max: number): Rule => ({ is: 'text', max })
const list = (max: number, of: Rule, min = 1): Rule => ({ is: 'list', max, min, of })
const required = (rule: Rule): Rule & { readonly required: true } => ({ ...rule, required: true })
const anything: Rule = { is: 'anything' }
const flag: Rule = { is: 'boolean' }

const option: Rule = {
  is: 'object',
  fields: {
    text: required(text(75)),
    value: required(string(75)),
    description: text(75),
    url: string(3000),
  },
}
const style: Rule = { is: 'word', of: ['primary', 'danger'] }
const confirm: Rule = {
  is: 'object',
  fields: {
    title: required(plain(100)),
    text: required(text(300)),
    confirm: required(plain(30)),
    deny: required(plain(30)),
    style,
  },
}

const action: Shape = { type: required(anything), action_id: string(255), focus_on_load: flag }
const choice: Shape = { ...action, placeholder: plain(150), confirm }
const typed: Shape = {
  ...action,
  placeholder: plain(150),
  initial_value: string(3000, 0),
  dispatch_action_config: anything,
}
const options: Shape = {
  options: list(100, option),
  option_groups: list(100, {
    is: 'object',
    fields: { label: required(plain(75)), options: required(list(100, option)) },
  }),
}
const few = required(list(10, option))

export const ELEMENTS: Readonly<Record<string, Shape>> = {
  button: {
    ...action,
    text: required(plain(75)),
    value: string(2000),
    url: string(3000),
    style,
    confirm,
    accessibility_label: string(75),
  },
  overflow: { ...action, options: required(list(5, option)), confirm },
  static_select: { ...choice, ...options, initial_option: option },
  multi_static_select: {
    ...choice,
    ...options,
    initial_options: list(100, option),
    max_selected_items: { is: 'number' },
  },
  users_select: { ...choice, initial_user: string(255) },
  multi_users_select: { ...choice, initial_users: list(100, string(255), 0), max_selected_items: { is: 'number' } },
  channels_select: { ...choice, initial_channel: string(255), response_url_enabled: flag },
  conversations_select: {
    ...choice,
    initial_conversation: string(255),
    default_to_current_conversation: flag,
    response_url_enabled: flag,
    filter: anything,
  },
  radio_buttons: { ...action, options: few, initial_option: option, confirm },
  checkboxes: { ...action, options: few, initial_options: list(10, option), confirm },
  datepicker: { ...choice, initial_date: string(10) },
  timepicker: { ...choice, initial_time: string(5), timezone: string(255) },
  datetimepicker: { ...action, initial_date_time: { is: 'number' }, confirm },
  plain_text_input: { ...typed, multiline: flag, min_length: { is: 'number' }, max_length: { is: 'number' } },
  email_text_input: typed,
  url_text_input: typed,
  number_input: { ...typed, is_decimal_allowed: required(flag), min_value: anything, max_value: anything },
  image: {
    type: required(anything),
    alt_text: required(string(2000)),
    image_url: string(3000),
    slack_file: anything,
  },
}

const PRESSED = [
  ...['button', 'overflow', 'static_select', 'multi_static_select', 'users_select', 'multi_users_select'],
  ...['channels_select', 'conversations_select', 'radio_buttons', 'checkboxes', 'datepicker', 'timepicker'],
]
const ENTERED = [
  ...PRESSED.filter(type => type !== 'button' && type !== 'overflow'),
  ...['datetimepicker', 'plain_text_input', 'email_text_input', 'url_text_input', 'number_input'],
]

const block: Shape = { type: required(anything), block_id: string(255) }

/** The blocks that clients have drawn alike for years. Slack's newer ones are not modelled and are refused. */
export const BLOCKS: Readonly<Record<string, Shape>> = {
  section: {
    ...block,
    text: text(3000),
    fields: list(10, text(2000)),
    accessory: { is: 'element', of: [...PRESSED, 'image', 'datetimepicker'] },
    expand: flag,
  },
  header: { ...block, text: required(plain(150)), level: { is: 'number' } },
  context: { ...block, elements: required(list(10, { is: 'element', of: ['image', 'plain_text', 'mrkdwn'] })) },
  divider: block,
  actions: { ...block, elements: required(list(25, { is: 'element', of: [...PRESSED, 'datetimepicker'] })) },
  input: {
    ...block,
    label: required(plain(2000)),
    element: required({ is: 'element', of: ENTERED }),
    hint: plain(2000),
    optional: flag,
    dispatch_action: flag,
  },
  image: {
    ...block,
    alt_text: required(string(2000)),
    image_url: string(3000),
    title: plain(2000),
    slack_file: anything,
  },
  rich_text: { ...block, elements: required(anything) },
  markdown: { ...block, text: required(string(12_000)) },
}

export const VIEW: Shape = {
  type: required({ is: 'word', of: ['modal', 'home'] }),
  title: plain(24),
  submit: plain(24),
  close: plain(24),
  blocks: required(anything),
  private_metadata: string(3000, 0),
  callback_id: string(255, 0),
  external_id: string(255, 0),
  clear_on_close: flag,
  notify_on_close: flag,
  submit_disabled: flag,
}
