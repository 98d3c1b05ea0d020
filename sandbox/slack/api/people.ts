/** auth.*, users.*, usergroups.*: who calls, and who is who. */
import { APP, TEAM } from '../world.ts'
import { ApiError } from './error.ts'
import { findPerson } from './find.ts'
import type { Methods } from './method.ts'
import { userShape } from './shapes.ts'

export const people: Methods = {
  'api.test': { scope: null, tier: 'unlimited', run: () => ({ args: {} }) },
  'auth.test': {
    scope: null,
    tier: 'unlimited',
    run: (_, { url }) => ({
      url: `${url()}/`,
      team: TEAM.name,
      user: APP.name,
      team_id: TEAM.id,
      user_id: APP.user,
      bot_id: APP.bot,
      app_id: APP.id,
      is_enterprise_install: false,
    }),
  },
  'users.info': {
    scope: 'users:read',
    tier: 4,
    run: (args, { workspace, scopes }) => ({
      user: userShape(findPerson(workspace, args.text('user')), scopes.has('users:read.email')),
    }),
  },
  'users.list': {
    scope: 'users:read',
    tier: 2,
    run: (_, { workspace, scopes }) => ({
      members: [...workspace.people.rows.values()].map(person => userShape(person, scopes.has('users:read.email'))),
      cache_ts: Math.floor(workspace.now() / 1000),
      response_metadata: { next_cursor: '' },
    }),
  },
  'users.lookupByEmail': {
    scope: 'users:read.email',
    tier: 3,
    run(args, { workspace }) {
      const email = args.text('email')?.toLowerCase()
      const found = [...workspace.people.rows.values()].find(
        person => person.email.toLowerCase() === email && !person.deleted && person.teamId === TEAM.id,
      )
      if (email === undefined || found === undefined) throw new ApiError('users_not_found')
      return { user: userShape(found, true) }
    },
  },
  'usergroups.list': {
    scope: 'usergroups:read',
    tier: 2,
    run: (args, { workspace }) => ({
      usergroups: [...workspace.groups.rows.values()].map(({ id, handle, users }) => ({
        id,
        team_id: TEAM.id,
        is_usergroup: true,
        name: handle,
        handle,
        date_delete: 0,
        user_count: users.length,
        ...(args.flag('include_users') ? { users } : {}),
      })),
    }),
  },
  'usergroups.users.list': {
    scope: 'usergroups:read',
    tier: 2,
    run(args, { workspace }) {
      const group = workspace.groups.get(args.text('usergroup') ?? '')
      if (group === undefined) throw new ApiError('no_such_subteam')
      return { users: group.users }
    },
  },
}
