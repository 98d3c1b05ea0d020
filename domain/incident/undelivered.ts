/** Mail that does not arrive: whoever reads the card or the channel tells those who wait for it by other means. */
import type { Step } from './effects.ts'
import type { Incident, Undelivered } from './incident.ts'
import type { Outcome } from './outcomes.ts'
import { mentionPeople, updateAuthor } from './people.ts'
import { asked, changed, keyFor, logged, OPS, type RuleContext } from './step.ts'
import { cleanLine, SHORT_TEXT } from './text.ts'

type Of<K extends Outcome['kind']> = Extract<Outcome, { kind: K }>
type Mail = Pick<Undelivered, 'subject' | 'audiences'>

/** The newest ones: nobody tells of twenty. */
const SHOWN = 10
const POST = 500

/** It is still tried. The next run of the same incident tries it anew, and tells nobody again. */
export function delayed(step: Step, { subject, audiences, why }: Of<'announce-delayed'>, context: RuleContext): Step {
  if (undelivered(step.incident).some(entry => isSame(entry, { subject, audiences }))) return step
  const text = `"${subject}" is not delivered yet to ${audiences.join(', ')}, tell them by other means: ${why}`
  const noted = noteUndelivered(step, { subject, audiences, why: cleanLine(why, SHORT_TEXT) })
  return asksAuthor(logged(noted, context.now, OPS, 'announce-delayed', text), text, context)
}

/** What went out late is said; so is what will never go out. */
export function announced(step: Step, { subject, audiences, failed }: Of<'announced'>, context: RuleContext): Step {
  const to = audiences.join(', ')
  if (failed === null) {
    const wasLate = undelivered(step.incident).some(entry => isSame(entry, { subject, audiences }))
    const text = `"${subject}" went to ${to}`
    const told = logged(withoutReached(step, { subject, audiences }), context.now, OPS, 'announced', text)
    if (!wasLate) return told
    return asked(told, {
      kind: 'post',
      key: keyFor(told, 'mail'),
      text: `${cleanLine(text, POST)}, late`,
      mention: 'none',
    })
  }
  const text = `"${subject}" could not be mailed to ${to}: ${failed}`
  const noted = noteUndelivered(step, { subject, audiences, why: cleanLine(failed, SHORT_TEXT) })
  return asksAuthor(logged(noted, context.now, OPS, 'announce-failed', text), text, context)
}

export function undelivered({ undelivered: entries = [] }: Pick<Incident, 'undelivered'>): readonly Undelivered[] {
  return entries
}

function noteUndelivered(step: Step, entry: Undelivered): Step {
  const others = undelivered(step.incident).filter(other => !isSame(other, entry))
  return changed(step, { undelivered: [...others, entry].slice(-SHOWN) })
}

/** Whoever has this mail knows of the incident, whatever they have missed before. */
function withoutReached(step: Step, { audiences }: Mail): Step {
  const before = undelivered(step.incident)
  const left = before.filter(entry => !entry.audiences.every(audience => audiences.includes(audience)))
  return left.length === before.length ? step : changed(step, { undelivered: left })
}

function asksAuthor(step: Step, text: string, context: RuleContext): Step {
  const mention = mentionPeople(updateAuthor(step.incident, context))
  return asked(step, { kind: 'post', key: keyFor(step, 'mail'), text: cleanLine(text, POST), mention })
}

function isSame(a: Mail, b: Mail): boolean {
  return a.subject === b.subject && a.audiences.join() === b.audiences.join()
}
