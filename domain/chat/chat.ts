/** Messages in a chat: what is shown where. Drawn as Block Kit in this folder; sent by activities/adapters/slack.*. */

/** A Block Kit block, as Slack documents it. The builders in this folder keep Slack's limits. */
export type Block = Readonly<Record<string, unknown>>

export interface ChatMessage {
  /** Plain text for notifications and screen readers; always sent. */
  readonly text: string
  readonly blocks: readonly Block[]
}

/** A card that is posted once and edited for life. `runId`: of a run that is over, whose workflow id another one may have by now. */
export type CardSubject =
  | { readonly kind: 'incident'; readonly workflowId: string; readonly runId?: string }
  | { readonly kind: 'approval'; readonly workflowId: string; readonly approvalId: string; readonly runId?: string }

/** What a button carries; never a name or a right (who may press is decided by the workflow). */
export interface ButtonValue {
  readonly v: 1
  /** Workflow id. */
  readonly w: string
  /** Approval or offer id, where there is one. */
  readonly a?: string
  /** First 12 hex of the plan digest, on approval cards. */
  readonly d?: string
  /** Number of the incident that is meant, where it has one: another one may come under the same workflow id. */
  readonly n?: number
}

/** action_id of every button: `ops:<noun>:<verb>:v1`. */
export const ACTIONS = {
  approve: 'ops:approval:approve:v1',
  deny: 'ops:approval:deny:v1',
  withdraw: 'ops:approval:withdraw:v1',
  approveAlone: 'ops:approval:alone:v1',
  approvalDetails: 'ops:approval:details:v1',
  acknowledge: 'ops:incident:acknowledge:v1',
  stillOnIt: 'ops:incident:still-on-it:v1',
  takeLead: 'ops:incident:take-lead:v1',
  update: 'ops:incident:update:v1',
  noChange: 'ops:incident:no-change:v1',
  snooze: 'ops:incident:snooze:v1',
  workaround: 'ops:incident:workaround:v1',
  resolve: 'ops:incident:resolve:v1',
  rootCause: 'ops:incident:root-cause:v1',
  close: 'ops:incident:close:v1',
  more: 'ops:incident:more:v1',
  subscribe: 'ops:incident:subscribe:v1',
  unsubscribe: 'ops:incident:unsubscribe:v1',
  timeline: 'ops:incident:timeline:v1',
  accept: 'ops:offer:accept:v1',
  declare: 'ops:home:declare:v1',
  link: 'ops:link:open:v1',
} as const

/** callback_id of every modal. */
export const MODALS = {
  declare: 'ops:modal:declare:v1',
  deny: 'ops:modal:deny:v1',
  approveAlone: 'ops:modal:approve:v1',
  update: 'ops:modal:update:v1',
  workaround: 'ops:modal:workaround:v1',
  resolve: 'ops:modal:resolve:v1',
  rootCause: 'ops:modal:root-cause:v1',
} as const

/** What is done more seldom: the forms behind "More…". Each has an action and a modal of its own. */
export const MORE_FORMS = [
  'classify',
  'hand-off',
  'role',
  'page',
  'note',
  'fix',
  'follow-up',
  'follow-up-done',
  'review',
  'false-alarm',
  'merge',
  'reopen',
] as const

export type MoreForm = (typeof MORE_FORMS)[number]

export function moreAction(form: MoreForm): string {
  return `ops:incident:${form}:v1`
}

export function moreCallback(form: MoreForm): string {
  return `ops:modal:${form}:v1`
}

/** The form that is opened by an action, or that a modal is; null when it is none of these. */
export function moreFormOf(name: string): MoreForm | null {
  return MORE_FORMS.find(form => name === moreAction(form) || name === moreCallback(form)) ?? null
}
