/** From the labels of Prometheus to an alert of ours. Labels come from outside: whatever they say, something usable comes out. */
import { CATEGORIES, type Category } from '../incident/severity.ts'
import { redact } from '../redact.ts'
import type { Alert, AlertLevel } from './alert.ts'
import { LEVELS } from './state.ts'

export interface LabelledAlert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly fingerprint: string
  readonly startsAt: string
  readonly endsAt: string | null
  readonly state: 'firing' | 'resolved'
}

const NAME_LENGTH = 64
const SUMMARY_LENGTH = 200
const DESCRIPTION_LENGTH = 600

/** A rule without our labels is still a warning about something: its job and its name stand in for service and metric. */
export function alertFromLabels({ labels, annotations, ...rest }: LabelledAlert): Alert {
  const name = word(labels.alertname) ?? 'unnamed'
  const summary = text(annotations.summary, SUMMARY_LENGTH)
  return {
    fingerprint: word(rest.fingerprint) ?? 'unknown',
    name,
    level: levelOf(labels.severity),
    service: word(labels.service) ?? word(labels.job) ?? 'unknown',
    metric: word(labels.metric) ?? name,
    category: categoryOf(labels.category),
    manualId: word(labels.manual_id),
    instance: word(labels.instance),
    state: rest.state,
    startsAt: rest.startsAt,
    endsAt: rest.endsAt,
    summary: summary === '' ? name : summary,
    description: text(annotations.description, DESCRIPTION_LENGTH),
  }
}

/** A severity that nobody knows must not be overlooked, and need not wake anybody. */
function levelOf(label: string | undefined): AlertLevel {
  return LEVELS.find(level => level === label?.toLowerCase()) ?? 'warning'
}

function categoryOf(label: string | undefined): Category {
  return CATEGORIES.find(category => category === label?.toLowerCase()) ?? 'availability'
}

/** Becomes part of a workflow id, so that only plain characters are left. Null for nothing. */
function word(label: string | undefined): string | null {
  const plain = redact(label ?? '')
    .replaceAll(/[^\w.:-]+/g, '-')
    .slice(0, NAME_LENGTH)
  return plain === '' ? null : plain
}

/** One line, without what a terminal or a chat would obey. */
function text(annotation: string | undefined, length: number): string {
  const line = redact((annotation ?? '').toWellFormed())
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`.toWellFormed()
}
