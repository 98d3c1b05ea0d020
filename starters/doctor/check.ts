/** The findings of the doctor: the same shape as those of a procedure, about ops itself. */
import { OpsError } from '../../domain/failures.ts'
import type { Evidence, Finding } from '../../domain/findings.ts'
import { ESTATE } from '../../domain/ids.ts'
import type { FindingVerdict } from '../../domain/verdicts.ts'

interface Details {
  readonly hint?: string
  readonly evidence?: Evidence
  /** The host that it is about; without it, the estate. */
  readonly target?: string
}

export function judged(id: string, verdict: FindingVerdict, summary: string, details: Details = {}): Finding {
  const { hint = '', evidence = {}, target = ESTATE } = details
  return { id, target, verdict, summary, evidence, hint, manualId: 'ops' }
}

/** Runs a check; when it breaks, that is the finding: its owner decides whether something is wrong or nobody knows. */
export async function examine(id: string, check: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await check()
  } catch (error) {
    if (error instanceof OpsError) return [judged(id, 'fail', error.message, { hint: error.hint })]
    const summary = error instanceof Error ? error.message : String(error)
    return [judged(id, 'unknown', summary, { hint: 'The doctor could not look; try again.' })]
  }
}
