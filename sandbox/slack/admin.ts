/**
 * The stand-in's own door for tests and the rig, `POST /admin/<verb>` with the bot's token: acts as a person, orders
 * faults, changes the workspace as its owner could, and tells everything that there is.
 */
import { z } from 'zod'
import { archive } from './api/channels.ts'
import type { ApiParts } from './api/serve.ts'
import type { Fault } from './faults.ts'
import type { ActParts, Acts } from './people/acts.ts'
import type { Outcome } from './people/outcome.ts'
import { type Screen, screenOf } from './screen.ts'
import { type Channel, type Person, TEAM } from './world.ts'

export type AdminParts = ApiParts & ActParts & { readonly acts: Acts; readonly grantedScopes: Set<string> }

/** A verb that cannot be carried out as asked; told with HTTP 400. */
export class AdminError extends Error {}

/** An outcome, and what the person sees right after it. */
export interface Seen extends Outcome {
  readonly screen: Screen
}

const entries = z.record(z.string(), z.union([z.string(), z.array(z.string())]))
const person = { person: z.string() }
const times = z.number().int().positive().or(z.literal('always')).default(1)

const fault: z.ZodType<Fault> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reset-before') }),
  z.object({ kind: z.literal('reset-after') }),
  z.object({ kind: z.literal('delay'), ms: z.number().min(0) }),
  z.object({ kind: z.literal('status'), status: z.number().int().min(400).max(599) }),
  z.object({ kind: z.literal('html') }),
  z.object({ kind: z.literal('ratelimited'), retryAfter: z.number().nullable() }),
  z.object({ kind: z.literal('error'), error: z.string() }),
  z.object({ kind: z.literal('duplicate') }),
  z.object({ kind: z.literal('drop-ack') }),
  z.object({ kind: z.literal('skew'), seconds: z.number().int() }),
])

interface Verb {
  readonly input: z.ZodType
  run(parts: AdminParts, input: unknown): Promise<unknown> | unknown
}

function verb<Input extends z.ZodType>(
  input: Input,
  run: (parts: AdminParts, input: z.output<Input>) => Promise<unknown> | unknown,
): Verb {
  return { input, run: (parts, given) => run(parts, given as z.output<Input>) }
}

const VERBS: Readonly<Record<string, Verb>> = {
  say: verb(
    z.object({ ...person, text: z.string(), channel: z.string().optional(), threadTs: z.string().optional() }),
    (parts, { person: name, text, channel, threadTs }) =>
      seen(parts, name, one => parts.acts.say(one, channelFor(parts, one, channel), text, threadTs)),
  ),
  press: verb(
    z.object({
      ...person,
      action: z.string(),
      blockId: z.string().optional(),
      channel: z.string().optional(),
      ts: z.string().optional(),
      viewId: z.string().optional(),
      confirm: z.boolean().default(true),
      entries: entries.optional(),
      stale: z.string().optional(),
    }),
    (parts, { person: name, ...press }) => seen(parts, name, one => parts.acts.press(one, press)),
  ),
  submit: verb(z.object({ ...person, entries: entries.default({}) }), (parts, input) =>
    seen(parts, input.person, one => parts.acts.submit(one, input.entries)),
  ),
  close: verb(z.object(person), (parts, input) => seen(parts, input.person, one => parts.acts.closeView(one))),
  home: verb(z.object(person), (parts, input) => seen(parts, input.person, one => parts.acts.openHome(one))),
  shortcut: verb(
    z.object({ ...person, callbackId: z.string(), channel: z.string().optional(), ts: z.string().optional() }),
    (parts, { person: name, callbackId, channel: where, ts }) =>
      seen(parts, name, one => {
        if (where === undefined || ts === undefined) return parts.acts.shortcut(one, callbackId)
        const channel = channelFor(parts, one, where)
        const message = parts.workspace.message(channel.id, ts)
        if (message === undefined) throw new AdminError(`there is no message ${ts} in ${where}`)
        return parts.acts.shortcut(one, callbackId, { channel, message })
      }),
  ),
  event: verb(
    z.object({ event: z.record(z.string(), z.unknown()), pauses: z.array(z.number()).optional() }),
    (parts, { event, pauses }) => parts.acts.event(event, pauses),
  ),
  screen: verb(z.object(person), (parts, input) =>
    screenOf(parts.workspace, parts.modals, personFor(parts, input.person)),
  ),
  fault: verb(z.object({ fault, method: z.string().default('*'), times }), (parts, input) => {
    parts.faults.order(input.fault, input.method, input.times === 'always' ? Number.POSITIVE_INFINITY : input.times)
    return {}
  }),
  'clear-faults': verb(z.object({}), ({ faults, switches }) => {
    faults.clear()
    Object.assign(switches, { down: false, readLagMs: 0 })
    return {}
  }),
  switch: verb(
    z.object({
      rate: z.boolean().optional(),
      dedupe: z.boolean().optional(),
      down: z.boolean().optional(),
      readLagMs: z.number().min(0).optional(),
    }),
    ({ switches, rate }, input) => {
      if (input.rate === true) rate.reset()
      return Object.assign(switches, input)
    },
  ),
  replay: verb(z.object({ back: z.number().int().min(1).default(1) }), async ({ delivery }, { back }) => {
    const earlier = delivery.log.at(-back)
    if (earlier === undefined) throw new AdminError('nothing was delivered yet')
    return await delivery.replay(earlier)
  }),
  scopes: verb(z.object({ scopes: z.array(z.string()) }), ({ grantedScopes }, { scopes }) => {
    grantedScopes.clear()
    for (const scope of scopes) grantedScopes.add(scope)
    return {}
  }),
  /** Changes an account, or makes a new one. */
  person: verb(
    z.object({
      id: z.string(),
      name: z.string().optional(),
      realName: z.string().optional(),
      email: z.string().optional(),
      teamId: z.string().optional(),
      isBot: z.boolean().optional(),
      isRestricted: z.boolean().optional(),
      deleted: z.boolean().optional(),
    }),
    ({ workspace }, change) => {
      const fresh = { name: change.id.toLowerCase(), realName: change.id, email: '', teamId: TEAM.id }
      const old = workspace.people.get(change.id) ?? { ...fresh, isBot: false, isRestricted: false, deleted: false }
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
      workspace.people.put(change.id, { ...old, ...given } as Person)
      workspace.changed()
      return {}
    },
  ),
  group: verb(z.object({ id: z.string(), users: z.array(z.string()) }), ({ workspace }, { id, users }) => {
    const handle = workspace.groups.get(id)?.handle ?? id.toLowerCase()
    return workspace.groups.put(id, { id, handle, users })
  }),
  channel: verb(
    z.object({ id: z.string(), isArchived: z.boolean().optional(), members: z.array(z.string()).optional() }),
    ({ workspace }, { id, isArchived, members }) => {
      const channel = workspace.channel(id)
      if (channel === undefined) throw new AdminError(`there is no channel '${id}'`)
      if (isArchived === true) archive(workspace, channel)
      const changed = workspace.channel(id) ?? channel
      // A person who unarchives a channel does not bring the app back into it.
      if (isArchived === false) workspace.changeChannel(changed, { isArchived })
      if (members !== undefined) workspace.changeChannel(changed, { members })
      return workspace.channel(id)
    },
  ),
  state: verb(z.object({}), parts => ({
    channels: [...parts.workspace.channels.rows.values()].map(channel => ({
      ...channel,
      messages: parts.workspace.messages(channel.id),
    })),
    people: [...parts.workspace.people.rows.values()],
    switches: parts.switches,
    calls: Object.fromEntries(parts.calls),
    limited: Object.fromEntries(parts.limited),
    deliveries: parts.delivery.log,
  })),
}

/** Carries out one verb; throws AdminError for what cannot be done as asked. */
export async function admin(parts: AdminParts, name: string, body: unknown): Promise<unknown> {
  const known = VERBS[name]
  if (known === undefined)
    throw new AdminError(`there is no verb '${name}'; there are: ${Object.keys(VERBS).join(', ')}`)
  const input = known.input.safeParse(body)
  if (!input.success) throw new AdminError(z.prettifyError(input.error))
  return await known.run(parts, input.data)
}

async function seen(parts: AdminParts, name: string, act: (person: Person) => Promise<Outcome>): Promise<Seen> {
  const one = personFor(parts, name)
  const outcome = await act(one)
  return { ...outcome, screen: screenOf(parts.workspace, parts.modals, one) }
}

function personFor({ workspace }: AdminParts, name: string): Person {
  const found = workspace.person(name)
  if (found === undefined) throw new AdminError(`there is nobody called '${name}'`)
  return found
}

/** The named one; else #incidents, where a command is usually given. */
function channelFor({ workspace }: AdminParts, person: Person, word = 'C0INCIDENTS'): Channel {
  const found = word === 'app' ? workspace.direct(person) : workspace.channel(word)
  if (found === undefined) throw new AdminError(`there is no channel '${word}'`)
  return found
}
