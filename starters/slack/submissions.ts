/** What a submitted form does. Who submits is asked anew; what was typed stays in the form when it is refused. */
import { MODALS, moreFormOf } from '../../domain/chat/chat.ts'
import { moreCommand } from '../../domain/chat/more-forms.ts'
import { cut, markup, oneLine } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import type { IncidentCommand } from '../../domain/incident/commands.ts'
import { CATEGORIES, SEVERITIES } from '../../domain/incident/severity.ts'
import { cleanText } from '../../domain/incident/words.said.ts'
import { type Answer, problem } from './answer.ts'
import { choiceOf, decide } from './decisions.ts'
import type { Asked, Door } from './door.ts'
import { becameOf, type Declaration, declare, tell } from './incidents.ts'
import type { Submission } from './payloads.ts'
import { foundBy, readValue } from './presses.ts'

/** A form stays open for so long to show a refusal beside its fields. */
const PATIENCE_MS = 900
/** The same as of a title in words. */
const LONGEST_TITLE = 200

export async function submit(door: Door, asked: Asked, { form, metadata, values }: Submission): Promise<Answer> {
  const value = (field: string) => cleanText(values[field] ?? '')
  const verdict = verdictOfForm(form)
  if (verdict !== null) {
    const reason = value('reason')
    if (reason === '') return problem(markup`A reason is needed, for those who read it tomorrow.`)
    return await decide(door, asked, choiceOf(readValue(metadata), verdict, reason), PATIENCE_MS)
  }
  switch (form) {
    case MODALS.declare: {
      const declaration = declarationOf(value)
      if (declaration !== null) return await declare(door, asked, declaration)
      return problem(markup`A title is needed: what is wrong?`)
    }
    default: {
      const command = commandOf(form, value)
      const subject = readValue(metadata)
      const told = await tell(door, asked, foundBy(subject), command)
      return (told.isProblem === true ? null : await becameOf(door, subject.w, asked.id, PATIENCE_MS)) ?? told
    }
  }
}

/** The decision that a form makes; null when it is about something else. */
export function verdictOfForm(form: string): 'deny' | 'approve-alone' | null {
  if (form === MODALS.deny) return 'deny'
  return form === MODALS.approveAlone ? 'approve-alone' : null
}

/** A title is text, whatever it looks like; null without one. What the form offers to choose has a default all the same. */
function declarationOf(value: (field: string) => string): Declaration | null {
  const title = cut(oneLine(value('title')), LONGEST_TITLE)
  if (title === '') return null
  return {
    kind: 'declare',
    title,
    severity: SEVERITIES.find(severity => severity === value('severity')) ?? 'high',
    category: CATEGORIES.find(category => category === value('category')) ?? 'availability',
    hosts: [],
    impact: value('impact') || null,
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
      const more = moreFormOf(form)
      if (more !== null) return moreCommand(more, value)
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
