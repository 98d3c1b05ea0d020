/** The manual's severities and categories, with the times that follow from them (I1.1, I1.2, I3.2). */

export type Severity = 'critical' | 'high' | 'medium' | 'low'

export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low']

export type Category = 'availability' | 'performance' | 'security' | 'data' | 'configuration'

export const CATEGORIES: readonly Category[] = ['availability', 'performance', 'security', 'data', 'configuration']

export interface SeverityRule {
  readonly title: 'Critical' | 'High' | 'Medium' | 'Low'
  /** I1.1. */
  readonly words: string
  /** From the start of the incident to the first acknowledgement. Low: the next business day (I1.1). */
  readonly responseMinutes: number
  /** Between two status updates (I3.2). */
  readonly updateMinutes: number
  /** Without an acknowledgement the next tier is paged after this long, and again; null: nobody is woken. */
  readonly escalateMinutes: number | null
  /** Stakeholders learn of it within this time (A2.2); null: not by themselves. */
  readonly stakeholderMinutes: number | null
  /** A post-mortem with a date within five business days is required before closing (I2.4a). */
  readonly needsReview: boolean
  /** How the channel is addressed. */
  readonly mention: 'here' | 'oncall' | 'none'
}

export const SEVERITY_RULES: Readonly<Record<Severity, SeverityRule>> = {
  critical: {
    title: 'Critical',
    words: 'System down, data loss',
    responseMinutes: 15,
    updateMinutes: 30,
    escalateMinutes: 5,
    stakeholderMinutes: 15,
    needsReview: true,
    mention: 'here',
  },
  high: {
    title: 'High',
    words: 'Major functionality broken',
    responseMinutes: 60,
    updateMinutes: 60,
    escalateMinutes: 15,
    stakeholderMinutes: 60,
    needsReview: true,
    mention: 'oncall',
  },
  medium: {
    title: 'Medium',
    words: 'Degraded performance',
    responseMinutes: 240,
    updateMinutes: 240,
    escalateMinutes: null,
    stakeholderMinutes: null,
    needsReview: false,
    mention: 'none',
  },
  low: {
    title: 'Low',
    words: 'Minor issues',
    responseMinutes: 1_440,
    updateMinutes: 1_440,
    escalateMinutes: null,
    stakeholderMinutes: null,
    needsReview: false,
    mention: 'none',
  },
}

export const CATEGORY_WORDS: Readonly<Record<Category, string>> = {
  availability: 'Service down or unresponsive',
  performance: 'Slow responses or high resource usage',
  security: 'Potential breaches or unauthorized access',
  data: 'Data corruption or loss',
  configuration: 'Misconfigurations causing issues',
}

export function isWorse(severity: Severity, than: Severity): boolean {
  return SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(than)
}

/** Called less, it needs what it needed: otherwise a word would do in place of a post-mortem. */
export function needsReview(incident: { readonly severity: Severity; readonly worstSeverity?: Severity }): boolean {
  return SEVERITY_RULES[incident.worstSeverity ?? incident.severity].needsReview
}
