/**
 * What people do: say, press, choose, submit, close, open the app's home. Each becomes the payload that Slack would
 * send, is delivered once, and the app's answer is applied to what the person sees.
 */
import type { Parts } from '../api/method.ts'
import type { Delivery } from '../delivery.ts'
import { type Fields, fieldsOf, parseJson, textOf } from '../json.ts'
import type { View } from '../modals.ts'
import { type ResponseUrls, respond } from '../response-urls.ts'
import type { Workspace } from '../workspace.ts'
import type { Channel, Ephemeral, Message, Person } from '../world.ts'
import { applyViewAnswer } from './answers.ts'
import { type Entries, entryOf, placesIn, stateOf, valueFields } from './entries.ts'
import { done, type Outcome, outcomeOf, refused } from './outcome.ts'
import * as payloads from './payloads.ts'

/** Pauses before Slack tries an event again, milliseconds: nearly at once, a minute, five minutes. */
const EVENT_PAUSES = [1000, 60_000, 300_000]

export interface ActParts extends Parts {
  readonly delivery: Delivery
  readonly responseUrls: ResponseUrls
}

export interface Press {
  /** The element, by its action_id or by what is written on it. */
  readonly action: string
  readonly blockId?: string | undefined
  /** Where; without it the newest message that has the element, and an open modal before all. */
  readonly channel?: string | undefined
  readonly ts?: string | undefined
  readonly viewId?: string | undefined
  /** The answer to the element's confirmation dialogue. */
  readonly confirm?: boolean | undefined
  readonly entries?: Entries | undefined
  /** A button value that is no longer in the message, as somebody's old screen still shows it. */
  readonly stale?: string | undefined
}

export class Acts {
  readonly #parts: ActParts

  constructor(parts: ActParts) {
    this.#parts = parts
  }

  /** A command when it begins with a slash, else a message of the person. */
  async say(person: Person, channel: Channel, text: string, threadTs?: string): Promise<Outcome> {
    const refusal = this.#refusal(person, channel)
    if (refusal !== undefined) return refusal
    if (channel.isArchived) return refused('is_archived', 'This channel is archived.')
    const { workspace } = this.#parts
    const words = /^(\/[a-z0-9_-]+)(?:\s+([\s\S]*))?$/i.exec(text.trim())
    if (words === null) {
      const thread = threadTs === undefined ? {} : { threadTs }
      workspace.put({
        channel: channel.id,
        ts: workspace.nextTs(),
        user: person.id,
        text: escaped(text),
        blocks: [],
        ...thread,
      })
      return done
    }
    const [, command = '', rest = ''] = words
    if (threadTs !== undefined) return refused('not_in_threads', `${command} is not supported in threads. Sorry!`)
    return await this.#command(person, channel, command, rest.trim())
  }

  async press(person: Person, press: Press): Promise<Outcome> {
    const view = press.channel === undefined ? this.#viewWith(person, press) : undefined
    if (view !== undefined) return await this.#pressInView(person, view, press)
    const found = this.#messageWith(person, press)
    if (found === undefined) return refused('no_such_button', `There is no '${press.action}' to press.`)
    const { channel, on } = found
    const refusal = this.#refusal(person, channel)
    if (refusal !== undefined) return refusal
    const pressed = this.#pressed(on.blocks, press)
    if ('word' in pressed) return pressed
    const { workspace, responseUrls, triggers, delivery, url } = this.#parts
    const handles = {
      triggerId: triggers.issue(person.id),
      responseUrl: url() + responseUrls.issue(channel.id, person.id, on),
    }
    const { values } = stateOf(on.blocks, press.entries ?? {})
    const payload = payloads.actionsOnMessage(workspace, person, channel, on, pressed, values, handles)
    return outcomeOf(await delivery.interaction(payload))
  }

  /** Submits the uppermost modal. */
  async submit(person: Person, entries: Entries): Promise<Outcome> {
    const { modals, triggers, delivery } = this.#parts
    const refusal = this.#refusal(person)
    if (refusal !== undefined) return refusal
    const view = modals.top(person.id)
    if (view === undefined) return refused('no_modal', 'There is no open modal.')
    const entered = { ...view.entered, ...entries }
    const { values, complaints } = stateOf(view.blocks, entered)
    modals.note(view, { errors: complaints, entered })
    if (Object.keys(complaints).length > 0) return refused('incomplete', Object.values(complaints).join(' '))
    const payload = payloads.viewSubmission(person, view, values, triggers.issue(person.id, view.id))
    const delivered = await delivery.interaction(payload)
    return applyViewAnswer(modals, view, delivered)
  }

  /** Closes the uppermost modal without submitting it. */
  async closeView(person: Person): Promise<Outcome> {
    const { modals, delivery } = this.#parts
    const view = modals.top(person.id)
    if (view === undefined) return refused('no_modal', 'There is no open modal.')
    const isCleared = view.given.clear_on_close === true
    if (isCleared) modals.clear(person.id)
    else modals.close(person.id)
    if (view.given.notify_on_close !== true) return done
    return outcomeOf(await delivery.interaction(payloads.viewClosed(person, view, isCleared)))
  }

  async shortcut(person: Person, callbackId: string, on?: { channel: Channel; message: Message }): Promise<Outcome> {
    const refusal = this.#refusal(person, on?.channel)
    if (refusal !== undefined) return refusal
    const { workspace, triggers, responseUrls, delivery, url } = this.#parts
    const triggerId = triggers.issue(person.id)
    if (on === undefined)
      return outcomeOf(await delivery.interaction(payloads.shortcut(workspace, person, callbackId, triggerId)))
    const { channel, message } = on
    const responseUrl = url() + responseUrls.issue(channel.id, person.id, message)
    const handles = { triggerId, responseUrl }
    const payload = payloads.messageShortcut(workspace, person, channel, message, callbackId, handles)
    return outcomeOf(await delivery.interaction(payload))
  }

  async openHome(person: Person): Promise<Outcome> {
    const home = this.#parts.modals.home(person.id)
    return await this.event({
      type: 'app_home_opened',
      user: person.id,
      channel: this.#parts.workspace.direct(person).id,
      tab: 'home',
      ...(home === undefined ? {} : { view: { id: home.id, hash: home.hash, type: 'home' } }),
    })
  }

  /** Tried again as Slack does; `pauses` in milliseconds are for tests without patience. */
  async event(event: Fields, pauses: readonly number[] = EVENT_PAUSES): Promise<Outcome> {
    const { delivery, workspace } = this.#parts
    return outcomeOf(await delivery.event(payloads.eventEnvelope(workspace, event), pauses))
  }

  async #command(person: Person, channel: Channel, command: string, text: string): Promise<Outcome> {
    const { workspace, responseUrls, triggers, delivery, url } = this.#parts
    const handles = {
      triggerId: triggers.issue(person.id),
      responseUrl: url() + responseUrls.issue(channel.id, person.id),
    }
    const delivered = await delivery.form(
      payloads.commandForm(person, channel, { command, text: entities(workspace, escaped(text)) }, handles),
    )
    const outcome = outcomeOf(delivered)
    if (!outcome.ok || delivered.answer.kind !== 'answered')
      return { ...outcome, says: `${command} failed with the error "${outcome.word}". ${outcome.says}` }
    const { body } = delivered.answer
    if (body.trim() === '') return outcome
    const answer = parseJson(body)
    const said = typeof answer === 'object' ? fieldsOf(answer) : { text: body }
    if (textOf(said.text) === undefined && said.blocks === undefined) return outcome
    try {
      respond(workspace, { channel: channel.id, user: person.id, on: undefined, threadTs: undefined }, said)
      return outcome
    } catch (error) {
      // The command counted; only its answer could not be shown.
      const why = error instanceof Error ? error.message : String(error)
      return { ...outcome, ok: false, word: why, says: `${command} failed with the error "${why}".` }
    }
  }

  async #pressInView(person: Person, view: View, press: Press): Promise<Outcome> {
    const { workspace, modals, triggers, delivery } = this.#parts
    const refusal = this.#refusal(person)
    if (refusal !== undefined) return refusal
    const entered = { ...view.entered, ...press.entries }
    if (view.type === 'modal') modals.note(view, { errors: view.errors, entered })
    const pressed = this.#pressed(view.blocks, { ...press, entries: entered })
    if ('word' in pressed) return pressed
    const { values } = stateOf(view.blocks, entered)
    const trigger = triggers.issue(person.id, view.type === 'modal' ? view.id : null)
    return outcomeOf(
      await delivery.interaction(payloads.actionsInView(workspace, person, view, pressed, values, trigger)),
    )
  }

  #pressed(blocks: Message['blocks'], press: Press): payloads.Pressed | Outcome {
    const place = placesIn(blocks).find(one => names(one, press))
    if (place === undefined && press.stale !== undefined) {
      const element = { type: 'button', text: { type: 'plain_text', text: press.action } }
      return { blockId: press.blockId ?? 'gone', actionId: press.action, element, value: { value: press.stale } }
    }
    if (place === undefined) return refused('no_such_button', `There is no '${press.action}' to press.`)
    const { element, blockId, actionId } = place
    if (element.confirm !== undefined && press.confirm !== true)
      return refused('not_confirmed', textOf(fieldsOf(fieldsOf(element.confirm).text).text) ?? 'Confirm it first.')
    const isButton = element.type === 'button'
    const value = isButton
      ? { value: press.stale ?? element.value }
      : valueFields(element, entryOf(place, press.entries ?? {}))
    return { blockId, actionId, element, value }
  }

  #viewWith(person: Person, press: Press): View | undefined {
    const { modals } = this.#parts
    const candidates = [modals.top(person.id), modals.home(person.id)].filter(view => view !== undefined)
    return candidates.find(view => (press.viewId === undefined || view.id === press.viewId) && has(view.blocks, press))
  }

  #messageWith(person: Person, press: Press): { channel: Channel; on: Message | Ephemeral } | undefined {
    const { workspace } = this.#parts
    const named = press.channel === undefined ? undefined : workspace.channel(press.channel)
    if (press.channel !== undefined && named === undefined) return undefined
    const found = (named === undefined ? workspace.channelsOf(person) : [named]).flatMap(channel => {
      const own = workspace.ephemerals(person.id).filter(one => one.channel === channel.id)
      const on =
        press.ts === undefined
          ? [...workspace.messages(channel.id), ...own].filter(({ blocks }) => has(blocks, press))
          : [workspace.message(channel.id, press.ts) ?? own.find(({ ts }) => ts === press.ts)]
      return on.flatMap(one => (one === undefined ? [] : [{ channel, on: one }]))
    })
    return found.toSorted((a, b) => Number(a.on.ts) - Number(b.on.ts)).at(-1)
  }

  #refusal(person: Person, channel?: Channel): Outcome | undefined {
    if (this.#parts.switches.down) return refused('down', 'Slack is down.')
    if (person.deleted) return refused('account_inactive', 'Your account is deactivated.')
    if (channel !== undefined && !channel.members.includes(person.id))
      return refused('not_in_channel', `${person.name} is not in this channel and cannot see it.`)
    return undefined
  }
}

function has(blocks: Message['blocks'], press: Press): boolean {
  return placesIn(blocks).some(one => names(one, press))
}

function names(place: ReturnType<typeof placesIn>[number], { action, blockId }: Press): boolean {
  if (blockId !== undefined && place.blockId !== blockId) return false
  const written = textOf(fieldsOf(place.element.text).text)
  return place.actionId === action || written?.toLowerCase() === action.toLowerCase()
}

/** Slack escapes these three in whatever people type. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** With `should_escape`, as in our manifest, a name of the workspace arrives as its id. */
function entities(workspace: Workspace, text: string): string {
  return text
    .replaceAll(/(?<![\w@])@([a-z0-9._-]*[a-z0-9])/g, (word, name: string) => {
      const person = workspace.person(name)
      return person === undefined ? word : `<@${person.id}|${person.name}>`
    })
    .replaceAll(/(?<![\w#])#([a-z0-9_-]+)/g, (word, name: string) => {
      const channel = workspace.channel(name)
      return channel === undefined || channel.isIm ? word : `<#${channel.id}|${channel.name}>`
    })
}
