/** The app's answer to a submitted modal, applied: closed, errors under its inputs, another content, one more on top. */
import { ApiError } from '../api/error.ts'
import { checkView } from '../block-kit/check.ts'
import type { Delivered } from '../delivery.ts'
import { fieldsOf, isFields, parseJson, textOf } from '../json.ts'
import type { Modals, View } from '../modals.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

const TROUBLE = 'We had some trouble connecting. Try again?'

export function applyViewAnswer(modals: Modals, submitted: View, delivered: Delivered): Outcome {
  const outcome = outcomeOf(delivered)
  // The app may have changed the view by views.update before it acknowledged.
  const view = modals.find(submitted.id, undefined)
  if (!outcome.ok || delivered.answer.kind !== 'answered') {
    if (view !== undefined) modals.note(view, { errors: { '': TROUBLE }, entered: view.entered })
    return { ...outcome, says: `${TROUBLE} ${outcome.says}` }
  }
  if (view === undefined) return outcome
  const { body } = delivered.answer
  if (body.trim() === '') {
    modals.close(view.user)
    return outcome
  }
  try {
    return { ...outcome, ...apply(modals, view, fieldsOf(parseJson(body))) }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    modals.note(view, { errors: { '': TROUBLE }, entered: view.entered })
    return { ...outcome, ok: false, word: error.code, says: `${TROUBLE} (${error.code})` }
  }
}

function apply(modals: Modals, view: View, answer: Readonly<Record<string, unknown>>): Partial<Outcome> {
  switch (answer.response_action) {
    case undefined:
      modals.close(view.user)
      return {}
    case 'clear':
      modals.clear(view.user)
      return {}
    case 'errors':
      return applyErrors(modals, view, fieldsOf(answer.errors))
    case 'update':
      modals.replace(view, viewIn(answer.view))
      return {}
    case 'push':
      modals.push(view.user, viewIn(answer.view))
      return {}
    default:
      throw new ApiError('invalid_response_action')
  }
}

/** Slack shows errors under input blocks only, and takes an answer that names another block for a broken one. */
function applyErrors(modals: Modals, view: View, given: Readonly<Record<string, unknown>>): Partial<Outcome> {
  const inputs = new Set(view.blocks.filter(block => block.type === 'input').map(block => block.block_id))
  const errors = Object.entries(given).map(([blockId, text]) => [blockId, textOf(text) ?? ''] as const)
  if (errors.length === 0 || errors.some(([blockId]) => !inputs.has(blockId))) throw new ApiError('invalid_errors')
  modals.note(view, { errors: Object.fromEntries(errors), entered: view.entered })
  return { ok: false, word: 'errors', says: errors.map(([, text]) => text).join(' ') }
}

function viewIn(view: unknown): Readonly<Record<string, unknown>> {
  if (!isFields(view)) throw new ApiError('invalid_arguments')
  checkView(view, 'modal')
  return view
}
