/** What a submitted form does. Who submits is asked anew; what was typed stays in the form when it is refused. */
import { MODALS } from '../../domain/chat/chat.ts'
import { markup } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import type { IncidentCommand } from '../../domain/incident/commands.ts'
import { cleanText } from '../../domain/incident/words.said.ts'
import { parseIncidentWords } from '../../domain/incident/words.ts'
import { type Answer, problem } from './answer.ts'
import { choiceOf, decide } from './decisions.ts'
import type { Asked, Door } from './door.ts'
import { becameOf, declare, tell } from './incidents.ts'
import type { Submission } from './payloads.ts'
import { readValue } from './presses.ts'

/** A form stays open for so long to show a refusal beside its fields. */
const PATIENCE_MS = 900

/** Whether the form decides about a plan. */
export function isDecisionForm(form: string): boolean {
  return form === MODALS.deny || form === MODALS.approveReason
}

export async function submit(door: Door, asked: Asked, { form, metadata, values }: Submission): Promise<Answer> {
  const value = (field: string) => cleanText(values[field] ?? '')
  switch (form) {
    case MODALS.declare: {
      const [title, severity, category, impact] = ['title', 'severity', 'category', 'impact'].map(value)
      const words = ['declare', `severity=${severity}`, `category=${category}`, `impact=${impact}`, title ?? '']
      const request = parseIncidentWords(words)
      if (request.kind === 'declare') return await declare(door, asked, request)
      return problem(markup`A title is needed: what is wrong?`)
    }
    case MODALS.deny:
    case MODALS.approveReason: {
      const verdict = form === MODALS.deny ? 'deny' : 'approve-alone'
      const reason = value('reason')
      if (reason === '') return problem(markup`A reason is needed, for those who read it tomorrow.`)
      return await decide(door, asked, choiceOf(readValue(metadata), verdict, reason), PATIENCE_MS)
    }
    default: {
      const command = commandOf(form, value)
      const { w } = readValue(metadata)
      const told = await tell(door, asked, w, command)
      return (told.isProblem === true ? null : await becameOf(door, w, asked.id, PATIENCE_MS)) ?? told
    }
  }
}

function commandOf(form: string, value: (field: string) => string): IncidentCommand {
  switch (form) {
    case MODALS.update: {
      const known = ['investigating', 'identified', 'resolving'] as const
      return {
        kind: 'status',
        status: known.find(status => status === value('status')) ?? null,
        findings: value('findings'),
        actions: value('actions'),
        expectedResolution: value('expectedResolution'),
      }
    }
    case MODALS.workaround:
      return { kind: 'workaround', name: value('name'), host: value('host'), parameters: pairs(value('parameters')) }
    case MODALS.resolve:
      return { kind: 'resolve', resolution: value('resolution') }
    case MODALS.rootCause: {
      const [trigger, propagation] = [value('trigger'), value('propagation')]
      const [contributingFactors, findings] = [value('contributingFactors'), value('findings')]
      return { kind: 'root-cause', rootCause: { trigger, propagation, contributingFactors, findings } }
    }
    default: {
      const hint = 'Close it, and open it again from the newest card.'
      throw new OpsError({ owner: 'operator', message: 'this form is not known any more', hint })
    }
  }
}

/** One `name=value` on each line. */
function pairs(text: string): Readonly<Record<string, string>> {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  return Object.fromEntries(
    lines.map(line => {
      const [, name, rest] = /^([a-z][a-z0-9_-]{0,40})\s*=\s*(.+)$/i.exec(line) ?? []
      if (name !== undefined && rest !== undefined) return [name.toLowerCase(), rest] as const
      const hint = 'Write one name=value on each line, for example sessions=40.'
      throw new OpsError({ owner: 'operator', message: `"${line}" is not name=value`, hint })
    }),
  )
}
