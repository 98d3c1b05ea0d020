/**
 * Forms. Each input sits in a block whose id is the name of its field, under the one action id `INPUT`; what the form is
 * about is in `private_metadata`, as on a button. Who may submit is asked again when it is submitted.
 */

import { LONGEST_REASON } from '../approvals/judge.ts'
import type { WorkaroundName } from '../changes.ts'
import type { Incident } from '../incident/incident.ts'
import { CATEGORIES, CATEGORY_WORDS, SEVERITIES, SEVERITY_RULES } from '../incident/severity.ts'
import { LONGEST, SHORT_TEXT } from '../incident/text.ts'
import { plain, section, sections } from './blocks.ts'
import { type Block, type ButtonValue, MODALS } from './chat.ts'
import { area, field, hint, picker } from './inputs.ts'
import { LIMITS } from './limits.ts'
import { type Markup, markup } from './text.ts'

/** What `views.open` and `views.update` take. */
export interface ModalView {
  readonly type: 'modal'
  readonly callback_id?: string
  readonly private_metadata?: string
  readonly title: Block
  readonly submit?: Block
  readonly close: Block
  readonly blocks: readonly Block[]
}

/** Opened at once, while the trigger still counts; filled when the form is known. */
export function waitingModal(title: string): ModalView {
  return frame(title, section([markup`One moment …`]))
}

/** Says something that does not go away by itself. */
export function noticeModal(title: string, lines: readonly Markup[], below: readonly Block[] = []): ModalView {
  return frame(title, [...sections(lines), ...below])
}

export function declareModal(known: { readonly title: string; readonly severity: string | null }): ModalView {
  const severities = SEVERITIES.map(value => ({
    value,
    label: `${SEVERITY_RULES[value].title}: ${SEVERITY_RULES[value].words}`,
  }))
  const categories = CATEGORIES.map(value => ({ value, label: `${value}: ${CATEGORY_WORDS[value]}` }))
  return form({ callback: MODALS.declare, title: 'Declare an incident', submit: 'Declare', value: null }, [
    field({ name: 'title', label: 'What is wrong', value: known.title, max: 200 }),
    picker({ name: 'severity', label: 'Severity', options: severities, chosen: known.severity }),
    picker({ name: 'category', label: 'Category', options: categories, chosen: 'availability' }),
    area({ name: 'impact', label: 'Impact', value: '', max: LONGEST.impact, isOptional: true }),
  ])
}

export function denyModal(value: ButtonValue, what: string): ModalView {
  return form({ callback: MODALS.deny, title: 'Deny', submit: 'Deny', value }, [
    ...section([markup`*${what}*`]),
    area({ name: 'reason', label: 'Why not', value: '', max: LONGEST_REASON }),
  ])
}

/** Past the quorum, by the holder of a Critical incident's acknowledgement. */
export function approveAloneModal(value: ButtonValue, what: string): ModalView {
  return form({ callback: MODALS.approveAlone, title: 'Approve alone', submit: 'Approve', value }, [
    ...section([
      markup`*${what}*`,
      markup`⚠️ You decide alone. Everybody sees it, and a review stays open until it is closed.`,
    ]),
    area({ name: 'reason', label: 'Why', value: '', max: LONGEST_REASON }),
  ])
}

/** Conditions, actions, needs (I3.2), filled with what was said last. */
export function updateModal(
  value: ButtonValue,
  last: {
    readonly status: string | null
    readonly findings: string
    readonly actions: string
    readonly expectedResolution: string
  },
): ModalView {
  const options = (['investigating', 'identified', 'resolving'] as const).map(status => ({
    value: status,
    label: status,
  }))
  return form({ callback: MODALS.update, title: 'Status update', submit: 'Send', value }, [
    picker({ name: 'status', label: 'Status', options, chosen: last.status }),
    area({ name: 'findings', label: 'Conditions: what is known', value: last.findings, max: LONGEST.update }),
    area({ name: 'actions', label: 'Actions: what is being done', value: last.actions, max: LONGEST.update }),
    field({
      name: 'expectedResolution',
      label: 'Needs: expected resolution',
      value: last.expectedResolution,
      max: SHORT_TEXT,
    }),
  ])
}

const WORKAROUNDS: Readonly<Record<WorkaroundName, string>> = {
  restart: 'restart the service',
  'free-disk': 'free disk space',
  'raise-limit': 'raise a limit',
  'block-client': 'block a client',
  rollback: 'roll back the last deploy',
}

/** The closed catalogue (S47). What is asked for here is planned, shown with its digest, and needs an approval. */
export function workaroundModal(
  value: ButtonValue,
  { hosts, suggested }: { readonly hosts: readonly string[]; readonly suggested: string | null },
): ModalView {
  const names = Object.entries(WORKAROUNDS).map(([name, label]) => ({ value: name, label }))
  return form({ callback: MODALS.workaround, title: 'Workaround', submit: 'Plan it', value }, [
    picker({ name: 'name', label: 'What', options: names, chosen: suggested }),
    picker({
      name: 'host',
      label: 'Where',
      options: hosts.map(host => ({ value: host, label: host })),
      chosen: hosts[0] ?? null,
    }),
    area({ name: 'parameters', label: 'Parameters, name=value on a line each', value: '', isOptional: true }),
    ...hint('Nothing changes yet: the plan is shown first and needs an approval.'),
  ])
}

export function rootCauseModal(value: ButtonValue, known: Incident['rootCause']): ModalView {
  return form({ callback: MODALS.rootCause, title: 'Root cause', submit: 'Save', value }, [
    area({ name: 'trigger', label: 'What triggered it', value: known?.trigger ?? '' }),
    area({ name: 'propagation', label: 'How it spread', value: known?.propagation ?? '' }),
    area({ name: 'contributingFactors', label: 'What contributed', value: known?.contributingFactors ?? '' }),
    area({ name: 'findings', label: 'Findings', value: known?.findings ?? '' }),
  ])
}

export function resolveModal(value: ButtonValue): ModalView {
  return form({ callback: MODALS.resolve, title: 'Resolve', submit: 'Resolve', value }, [
    area({ name: 'resolution', label: 'What resolved it', value: '' }),
    ...hint('The root cause has to be written down before.'),
  ])
}

export interface Form {
  readonly callback: string
  readonly title: string
  readonly submit: string
  readonly value: ButtonValue | null
}

export function form({ callback, title, submit, value }: Form, blocks: readonly Block[]): ModalView {
  return {
    ...frame(title, blocks),
    callback_id: callback,
    submit: plain(submit, LIMITS.viewTitle),
    ...(value === null ? {} : { private_metadata: JSON.stringify(value) }),
  }
}

function frame(title: string, blocks: readonly Block[]): ModalView {
  return {
    type: 'modal',
    title: plain(title, LIMITS.viewTitle),
    close: plain('Close', LIMITS.viewTitle),
    blocks: blocks.slice(0, LIMITS.blocksPerView),
  }
}
