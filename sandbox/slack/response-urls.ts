/** response_url: five answers within thirty minutes for whoever was given one, and the only way to edit an ephemeral. */
import { randomBytes } from 'node:crypto'
import { ApiError } from './api/error.ts'
import { checkMessageBlocks, withBlockIds } from './block-kit/check.ts'
import { type Fields, listOf, textOf } from './json.ts'
import type { Workspace } from './workspace.ts'
import { APP } from './world.ts'

const USES = 5
const LIFE_MS = 30 * 60_000
const KEPT = 1000

interface Given {
  readonly channel: string
  readonly user: string
  /** The message on which something was pressed. */
  readonly on: string | undefined
  readonly threadTs: string | undefined
  readonly at: number
  uses: number
}

export class ResponseUrls {
  readonly #given = new Map<string, Given>()
  readonly #workspace: Workspace

  constructor(workspace: Workspace) {
    this.#workspace = workspace
  }

  /** The path of a new one. */
  issue(channel: string, user: string, on?: { readonly ts: string; readonly threadTs?: string }): string {
    const id = randomBytes(12).toString('hex')
    this.#given.set(id, { channel, user, on: on?.ts, threadTs: on?.threadTs, at: this.#workspace.now(), uses: 0 })
    for (const old of this.#given.keys()) {
      if (this.#given.size <= KEPT) break
      this.#given.delete(old)
    }
    return `/response/${id}`
  }

  /** Does what the app answers there. Throws used_url and expired_url, which travel with HTTP 404. */
  answer(id: string, body: Fields): void {
    const given = this.#given.get(id)
    if (given === undefined || this.#workspace.now() - given.at > LIFE_MS) throw new ApiError('expired_url')
    if (given.uses >= USES) throw new ApiError('used_url')
    given.uses += 1
    respond(this.#workspace, given, body)
  }
}

/** What an app says to one interaction: in its acknowledgement, or by response_url. */
export function respond(
  workspace: Workspace,
  { channel, user, on, threadTs }: Pick<Given, 'channel' | 'user' | 'on' | 'threadTs'>,
  body: Fields,
): void {
  const message = on === undefined ? undefined : workspace.message(channel, on)
  if (body.delete_original === true || body.delete_original === 'true') {
    if (message !== undefined) workspace.drop(message)
    else if (on !== undefined) workspace.dropEphemeral(user, on)
    return
  }
  const text = textOf(body.text) ?? ''
  const given = listOf(body.blocks)
  if (text === '' && given.length === 0) throw new ApiError('no_text')
  checkMessageBlocks(given)
  const blocks = withBlockIds(given)
  const thread = threadTs === undefined ? {} : { threadTs }
  const isReplacing = on !== undefined && (body.replace_original === true || body.replace_original === 'true')
  if (isReplacing && message !== undefined) {
    workspace.put({ ...message, text, blocks })
  } else if (!isReplacing && body.response_type === 'in_channel') {
    workspace.put({ channel, ts: workspace.nextTs(), user: APP.user, text, blocks, ...thread })
  } else {
    const ts = isReplacing ? on : workspace.nextTs()
    workspace.putEphemeral({ channel, ts, user, text, blocks, ...thread })
  }
}
