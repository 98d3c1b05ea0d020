/** Whether a value is a command at all. Anybody who reaches Temporal can signal anything, and a rule that trips over it would stop the incident. */
import type { IncidentCommand } from './commands.ts'
import type { Actor, DoorName, LinkedAlert, PassedOnFollowUp, Role, RootCause } from './incident.ts'
import { CATEGORIES, SEVERITIES } from './severity.ts'

type Check = (value: unknown) => boolean
type Kind = IncidentCommand['kind']

/** Every field of every command, so that a new one cannot be forgotten. */
type Shapes = {
  readonly [K in Kind]: { readonly [F in Exclude<keyof Extract<IncidentCommand, { kind: K }>, 'kind'>]: Check }
}

const text: Check = value => typeof value === 'string'
const oneOf =
  (...words: readonly unknown[]): Check =>
  value =>
    words.includes(value)
const listOf =
  (check: Check): Check =>
  value =>
    Array.isArray(value) && value.every(check)
const orAbsent =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)
const orNull =
  (check: Check): Check =>
  value =>
    value === null || check(value)
const fields =
  (shape: Readonly<Record<string, Check>>): Check =>
  value =>
    isRecord(value) &&
    Object.entries(shape).every(([name, check]) => check(Object.hasOwn(value, name) ? value[name] : undefined))

const ROLE = oneOf('commander', 'communications', 'scribe' satisfies Role)
const ROLE_OR_ACKNOWLEDGEMENT: Check = value => value === 'acknowledgement' || ROLE(value)
const ROOT_CAUSE = fields({
  trigger: text,
  propagation: text,
  contributingFactors: text,
  findings: text,
} satisfies Readonly<Record<keyof RootCause, Check>>)
const ALERT = fields({
  fingerprint: text,
  name: text,
  instance: orNull(text),
  state: oneOf('firing', 'resolved'),
  since: text,
  severity: oneOf('critical', 'warning', 'info'),
  summary: text,
} satisfies Readonly<Record<keyof LinkedAlert, Check>>)

const FOLLOW_UP = fields({
  kind: oneOf('prevention', 'monitoring'),
  title: text,
  owner: text,
  due: text,
  from: text,
} satisfies Readonly<Record<keyof PassedOnFollowUp, Check>>)

const SHAPES: Shapes = {
  acknowledge: {},
  'still-on-it': {},
  classify: {
    severity: orNull(oneOf(...SEVERITIES)),
    category: orNull(oneOf(...CATEGORIES)),
    impact: orNull(text),
    systems: orNull(listOf(text)),
    expectedResolution: orNull(text),
  },
  note: { text, automatic: orAbsent(oneOf(true)) },
  status: {
    status: orNull(oneOf('investigating', 'identified', 'resolving')),
    findings: text,
    actions: text,
    expectedResolution: text,
  },
  'no-change': {},
  snooze: { minutes: Number.isFinite },
  role: { role: ROLE, person: text },
  'hand-off': { what: ROLE_OR_ACKNOWLEDGEMENT, to: text },
  accept: { offer: text },
  page: { person: text, message: text },
  subscribe: {},
  unsubscribe: {},
  workaround: { name: text, host: text, parameters: value => isRecord(value) && Object.values(value).every(text) },
  fix: { host: text, fix: text },
  'root-cause': { rootCause: ROOT_CAUSE },
  'follow-up': { about: oneOf('prevention', 'monitoring'), title: text, owner: text, due: text },
  'follow-up-done': { number: Number.isInteger },
  review: { at: orNull(text), notes: orNull(text) },
  merge: { into: text },
  resolve: { resolution: text },
  'false-alarm': { reason: text },
  reopen: { reason: text },
  close: {},
  alerts: {
    alerts: listOf(ALERT),
    again: orAbsent(oneOf(true, false)),
    cutOff: orAbsent(Number.isInteger),
    via: orAbsent(listOf(Number.isInteger)),
  },
  'declared-again': {
    title: text,
    severity: orAbsent(oneOf(...SEVERITIES)),
    hosts: orAbsent(listOf(text)),
    impact: orAbsent(orNull(text)),
    followUps: orAbsent(listOf(FOLLOW_UP)),
    via: orAbsent(listOf(Number.isInteger)),
  },
}

const DOORS: readonly DoorName[] = ['slack', 'cli', 'alert', 'health-check', 'ops']

export function isCommand(value: unknown): value is IncidentCommand {
  if (!isRecord(value) || typeof value.kind !== 'string' || !Object.hasOwn(SHAPES, value.kind)) return false
  const shape: Readonly<Record<string, Check>> = SHAPES[value.kind as Kind]
  return fields(shape)(value)
}

export function isActor(value: unknown): value is Actor {
  return fields({ person: orNull(text), door: oneOf(...DOORS) })(value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
