/** views.*: modals for a trigger that is still fresh, and the app's home. */
import { checkView } from '../block-kit/check.ts'
import { viewShape } from '../modals.ts'
import { APP } from '../world.ts'
import type { Args } from './args.ts'
import { ApiError } from './error.ts'
import { findPerson } from './find.ts'
import type { Methods } from './method.ts'

export const views: Methods = {
  'views.open': {
    scope: null,
    tier: 4,
    run(args, { modals, triggers }) {
      const view = viewOf(args, 'modal')
      const { user } = triggers.take(args.text('trigger_id'))
      return { view: viewShape(modals.open(user, view)) }
    },
  },
  'views.push': {
    scope: null,
    tier: 4,
    run(args, { modals, triggers }) {
      const view = viewOf(args, 'modal')
      const trigger = triggers.take(args.text('trigger_id'))
      if (trigger.view === null) throw new ApiError('invalid_trigger_id')
      return { view: viewShape(modals.push(trigger.user, view)) }
    },
  },
  'views.update': {
    scope: null,
    tier: 4,
    run(args, { modals }) {
      const view = viewOf(args, 'modal')
      const old = modals.find(args.text('view_id'), args.text('external_id'))
      if (old === undefined) throw new ApiError('not_found')
      const hash = args.text('hash')
      if (hash !== undefined && hash !== old.hash) throw new ApiError('hash_conflict')
      return { view: viewShape(modals.replace(old, view)) }
    },
  },
  'views.publish': {
    scope: null,
    tier: 4,
    run(args, { modals, workspace }) {
      const view = viewOf(args, 'home')
      const person = findPerson(workspace, args.text('user_id'))
      if (person.isBot) throw new ApiError('user_not_found', { user: APP.user })
      const hash = args.text('hash')
      if (hash !== undefined && hash !== modals.home(person.id)?.hash) throw new ApiError('hash_conflict')
      return { view: viewShape(modals.publish(person.id, view)) }
    },
  },
}

function viewOf(args: Args, type: 'modal' | 'home'): Readonly<Record<string, unknown>> {
  const view = args.fields('view', 'invalid_arguments')
  if (view === undefined)
    throw new ApiError('invalid_arguments', {
      response_metadata: { messages: ['[ERROR] missing required field: view'] },
    })
  checkView(view, type)
  return view
}
