/** The manual's three messages (I3.1 to I3.3), word for word. What is missing is named; no placeholder is ever sent. */
import { OpsError } from '../failures.ts'
import { SEVERITY_RULES, type Severity } from './severity.ts'
import { cleanLine } from './text.ts'

export interface Notice {
  readonly subject: string
  readonly text: string
}

/** The manual's four words for where an incident stands (I3.2). */
export type NoticeStatus = 'Investigating' | 'Identified' | 'Resolving' | 'Resolved'

export interface InitialNotice {
  readonly severity: Severity
  /** Of the incident; becomes the brief description. */
  readonly title: string
  /** Local, with its zone. */
  readonly startTime: string
  readonly affectedSystems: string
  readonly impact: string
  /** `30 minutes`. */
  readonly nextUpdate: string
  readonly onCall: string
}

export interface StatusNotice {
  readonly status: NoticeStatus
  readonly findings: string
  readonly actions: string
  readonly expectedResolution: string
  readonly nextUpdate: string
}

export interface ResolutionNotice {
  readonly title: string
  readonly rootCause: string
  readonly resolution: string
  readonly duration: string
  readonly impact: string
  readonly prevention: string
  readonly monitoring: string
  readonly completion: string
  readonly postmortem: string
}

const SUBJECT_PART = 120
const FIELD = 2_000

/** I3.1. Throws OpsError operator with the name of a field that is empty or still a placeholder. */
export function initialNotice(fields: InitialNotice): Notice {
  const field = reader(fields)
  const severity = SEVERITY_RULES[fields.severity].title
  return {
    subject: `[INCIDENT] OpenCode ACP - ${severity} - ${field('title', 'Brief Description', SUBJECT_PART)}`,
    text: [
      'Incident Details:',
      `- Severity: ${severity}`,
      `- Start Time: ${field('startTime', 'Start Time')}`,
      `- Affected Systems: ${field('affectedSystems', 'Affected Systems')}`,
      `- Impact: ${field('impact', 'Impact')}`,
      '- Current Status: Investigating',
      '',
      `Next Update: Within ${field('nextUpdate', 'Next Update')}`,
      '',
      `On-call: ${field('onCall', 'On-call')}`,
    ].join('\n'),
  }
}

/** I3.2. Throws as I3.1 does. */
export function statusNotice(fields: StatusNotice): Notice {
  const field = reader(fields)
  return {
    subject: `[UPDATE] OpenCode ACP Incident - ${fields.status}`,
    text: [
      `Current Status: ${fields.status}`,
      '',
      'Latest Information:',
      `- ${field('findings', 'Current findings')}`,
      `- ${field('actions', 'Actions being taken')}`,
      `- ${field('expectedResolution', 'Expected resolution time')}`,
      '',
      `Next Update: ${field('nextUpdate', 'Next Update')}`,
    ].join('\n'),
  }
}

/** I3.3. Throws as I3.1 does. */
export function resolutionNotice(fields: ResolutionNotice): Notice {
  const field = reader(fields)
  return {
    subject: `[RESOLVED] OpenCode ACP Incident - ${field('title', 'Brief Description', SUBJECT_PART)}`,
    text: [
      'Resolution Summary:',
      `- Root Cause: ${field('rootCause', 'Root Cause')}`,
      `- Resolution: ${field('resolution', 'Resolution')}`,
      `- Duration: ${field('duration', 'Duration')}`,
      `- Impact: ${field('impact', 'Impact')}`,
      '',
      'Follow-up Actions:',
      `- ${field('prevention', 'Preventive measures')}`,
      `- ${field('monitoring', 'Monitoring improvements')}`,
      `- ${field('completion', 'Timeline for completion')}`,
      '',
      `Post-mortem scheduled: ${field('postmortem', 'Post-mortem scheduled')}`,
    ].join('\n'),
  }
}

/** Text that comes from alerts and titles may hold braces that nobody meant as a placeholder; for what has to go out by itself. */
export function withoutBraces(text: string): string {
  return text.replaceAll('{', '(').replaceAll('}', ')')
}

function reader<T extends object>(fields: T): (name: keyof T & string, title: string, limit?: number) => string {
  return (name, title, limit = FIELD) => {
    const value = fields[name]
    // One line each: a line break in a subject would be another header, in a list another item.
    const text = typeof value === 'string' ? cleanLine(value, FIELD) : ''
    if (text === '') throw missing(title, 'is missing', `Say what "${title}" is.`)
    if (/\{[^{}]*\}/.test(text)) {
      throw missing(title, 'is still a placeholder', `Write what "${title}" is, without braces.`)
    }
    return cleanLine(text, limit)
  }
}

function missing(title: string, what: string, hint: string): OpsError {
  return new OpsError({ owner: 'operator', message: `${title.toLowerCase()} ${what}`, hint })
}
