/**
 * The severity at the beginning of a declaration. A mistyped one would silently be High with the slip in its title, so what
 * is near is refused; what other houses say is translated. Pure.
 */
import { editDistance } from '../did-you-mean.ts'
import { OpsError } from '../failures.ts'
import { SEVERITIES, type Severity } from './severity.ts'

/** As numbers, from the worst one. */
const NUMBERED: readonly Severity[] = ['critical', 'critical', 'high', 'medium', 'low']

const FOREIGN: Readonly<Record<string, Severity>> = { urgent: 'critical', crit: 'critical', med: 'medium' }

/** `critical`, in any case, also as `Critical:` or `[critical]`; null for anything else. */
export function severityOf(word: string | undefined): Severity | null {
  const text = bare(word ?? '')
  return SEVERITIES.find(severity => severity === text) ?? null
}

/** Throws OpsError operator when the first word of a declaration is nearly a severity, or one of another house. */
export function refuseNearSeverity(word: string): void {
  const near = nearSeverity(bare(word))
  if (near === null) return
  throw new OpsError({
    owner: 'operator',
    message: `"${word}" is no severity; did you mean "${near}"?`,
    hint: `Write incident declare ${near} TITLE. When it belongs to the title: incident declare ${near} "${word} …".`,
  })
}

function nearSeverity(word: string): Severity | null {
  const [, number] = /^(?:sev|severity|p|prio|priority)-?([0-4])$/.exec(word) ?? []
  if (number !== undefined) return NUMBERED[Number(number)] ?? null
  const foreign = Object.hasOwn(FOREIGN, word) ? FOREIGN[word] : undefined
  if (foreign !== undefined) return foreign
  return SEVERITIES.find(severity => severity !== word && isSlipOf(word, severity)) ?? null
}

/** Short words have many neighbours that begin titles: slow, flow, log and how are no Low. */
function isSlipOf(word: string, severity: Severity): boolean {
  if (severity === 'low') return [...word].toSorted().join('') === 'low'
  return editDistance(word, severity) <= (severity === 'critical' ? 2 : 1)
}

function bare(word: string): string {
  return word.toLowerCase().replaceAll(/^[[(]+|[\]):;,.!-]+$/g, '')
}
