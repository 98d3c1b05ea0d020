/** INC-n comes from the ledger, under the incident's own key. A ledger that is away does not keep anybody from being paged. */
import { TemporalFailure } from '@temporalio/common'
import { condition, isCancellation, sleep, workflowInfo } from '@temporalio/workflow'
import type { IncidentDeclaration } from '../../domain/incident/commands.ts'
import { cleanLine, SHORT_TEXT } from '../../domain/incident/text.ts'
import { onControlPlane } from '../proxies.ts'

const PATIENCE = '10 seconds'

export interface Numbering {
  /** 0 while there is none. */
  number(): number
  /** Waits for it, but not for long. */
  awhile(): Promise<unknown>
  /** Told when there was none at this moment, and now there is. */
  later(use: (number: number) => void): void
}

/** Asks until there is one, in the background. `known` is 0 when there is none yet. */
export function giveNumber(declaration: IncidentDeclaration, key: string, known: number): Numbering {
  let number = known
  let use: (number: number) => void = () => undefined
  if (known === 0) {
    ask(declaration, key).then(
      given => {
        number = given
        use(given)
      },
      error => {
        if (!isCancellation(error)) throw error
      },
    )
  }
  return {
    number: () => number,
    awhile: () => condition(() => number !== 0, PATIENCE, { summary: 'for the number of the incident' }),
    later(told) {
      use = told
    },
  }
}

async function ask(declaration: IncidentDeclaration, key: string): Promise<number> {
  const { by, severity, category, startedAt } = declaration
  const title = cleanLine(declaration.title, SHORT_TEXT)
  for (;;) {
    try {
      return await onControlPlane('idempotent', 'Give the incident its number').numberIncident({
        incident: key,
        workflowId: workflowInfo().workflowId,
        at: new Date().toISOString(),
        text: title,
        person: by.person,
        door: by.door,
        title,
        severity,
        category,
        status: 'declared',
        startedAt,
      })
    } catch (error) {
      if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error
      await sleep('1 minute', { summary: 'then ask for the number again' })
    }
  }
}
