/** The parts of a person's page that change: the list of channels, the messages, the home, the modal. */
import { createHash } from 'node:crypto'
import { fieldsOf, textOf } from '../json.ts'
import type { Modals, View } from '../modals.ts'
import { type SeenChannel, type SeenMessage, seenChannel } from '../screen.ts'
import type { Workspace } from '../workspace.ts'
import { APP, type Person } from '../world.ts'
import { type Drawing, drawBlocks } from './blocks.ts'
import { type Html, html } from './html.ts'
import { mrkdwn, type Names, plain } from './mrkdwn.ts'

/** What the page's script puts in place; whatever has the same key as before stays untouched. */
export interface Parts {
  readonly title: string
  readonly nav: string
  readonly head: string
  readonly items: readonly { readonly id: string; readonly key: string; readonly html: string }[]
  readonly modal: { readonly key: string; readonly html: string } | null
  readonly isRinging: boolean
}

/** The place that shows the app's home. */
export const HOME = 'home'

export function partsOf(
  workspace: Workspace,
  modals: Modals,
  person: Person,
  at: string,
  seenUntil: (channel: string) => string,
): Parts {
  const channels = workspace.channelsOf(person).map(channel => seenChannel(workspace, person, channel))
  const here = at === HOME ? undefined : channels.find(({ id }) => id === at)
  const base: Omit<Drawing, 'prefix'> = {
    names: namesOf(workspace),
    choices: {
      users: [...workspace.people.rows.values()].filter(({ isBot }) => !isBot).map(one => [one.id, one.realName]),
      channels: channels.filter(({ isIm }) => !isIm).map(({ id, name }) => [id, `#${name}`]),
    },
    entered: {},
    errors: {},
  }
  const ringing = channels.filter(channel => channel.isRinging)
  const title = here === undefined ? `${APP.name} — home` : titleOf(here)
  const items = here === undefined ? homeItems(modals.home(person.id), base) : messageItems(workspace, here, base)
  const modal = modals.top(person.id)
  const drawn = modal === undefined ? undefined : modalOf(modal, base).text
  return {
    title: `${ringing.length > 0 ? '🔔 ' : ''}${title} · ${person.name} · not Slack`,
    nav: navOf(channels, here?.id ?? HOME, seenUntil).text,
    head: headOf(here).text,
    items: items.map(({ id, content }) => ({ id, key: keyOf(content.text), html: content.text })),
    modal: drawn === undefined ? null : { key: keyOf(drawn), html: drawn },
    isRinging: ringing.length > 0,
  }
}

function navOf(channels: readonly SeenChannel[], here: string, seenUntil: (channel: string) => string): Html {
  const link = (id: string, name: string, channel?: SeenChannel) => {
    const news = channel?.messages.filter(({ ts }) => ts > seenUntil(channel.id)).length ?? 0
    const count = id === here ? 0 : news
    return html`<li><a href="?at=${id}" data-at="${id}"${id === here && html` aria-current="page"`} class="${
      channel?.isRinging === true && 'ringing '
    }${channel?.isArchived === true && 'archived '}${count > 0 && 'unread'}">${name}${
      channel?.isRinging === true && bell
    }${count > 0 && html` <span class="count" aria-label="${count} unread">${count}</span>`}</a></li>`
  }
  return html`<h2>Channels</h2><ul>${channels.filter(({ isIm }) => !isIm).map(one => link(one.id, titleOf(one), one))}</ul>
<h2>App</h2><ul>${link(HOME, `${APP.name} home`)}${channels.filter(({ isIm }) => isIm).map(one => link(one.id, titleOf(one), one))}</ul>`
}

function headOf(channel: SeenChannel | undefined): Html {
  if (channel === undefined) return html`<h1>${APP.name} — home</h1>`
  const note = channel.isArchived ? 'archived' : channel.topic
  return html`<h1>${titleOf(channel)}</h1>${note !== '' && html`<p class="topic">${plain(note)}</p>`}`
}

function titleOf({ name, isIm }: SeenChannel): string {
  return isIm ? `${APP.name} messages` : `#${name}`
}

/** Drawn, because not every machine has letters for it. */
const bell = html` <svg class="bell" role="img" aria-label="ringing" viewBox="0 0 16 16" width="14" height="14"><path fill="currentColor" d="M8 1a4.5 4.5 0 0 0-4.5 4.5c0 4-1.5 5-1.5 6h12c0-1-1.5-2-1.5-6A4.5 4.5 0 0 0 8 1zM6.5 13a1.5 1.5 0 0 0 3 0z"/></svg>`

interface Item {
  readonly id: string
  readonly content: Html
}

/** Replies stand under the message that they answer. */
function messageItems(workspace: Workspace, channel: SeenChannel, base: Omit<Drawing, 'prefix'>): readonly Item[] {
  const shown = new Set(channel.messages.map(({ ts }) => ts))
  const roots = channel.messages.filter(({ threadTs }) => threadTs === undefined || !shown.has(threadTs))
  if (roots.length === 0) return [{ id: 'm-none', content: html`<p class="none">Nothing was said here yet.</p>` }]
  return roots.map(root => {
    const replies = channel.messages.filter(({ threadTs }) => threadTs === root.ts)
    return {
      id: `m-${root.ts}`,
      content: html`${messageOf(workspace, channel, root, base)}${
        replies.length > 0 &&
        html`<div class="thread">${replies.map(one => messageOf(workspace, channel, one, base))}</div>`
      }${
        !channel.isArchived &&
        !root.isEphemeral &&
        html`<details class="reply" id="d-${root.ts}"><summary>Reply in thread</summary><form data-say data-thread="${root.ts}"><input type="text" name="text" id="r-${root.ts}" aria-label="Reply in thread" autocomplete="off" required><button>Reply</button></form></details>`
      }`,
    }
  })
}

function messageOf(
  workspace: Workspace,
  channel: SeenChannel,
  message: SeenMessage,
  base: Omit<Drawing, 'prefix'>,
): Html {
  const author = workspace.people.get(message.user)
  const at = new Date(Number(message.ts) * 1000).toISOString()
  const drawing = { ...base, prefix: `c-${message.ts}` }
  const reactions = Object.entries(message.reactions).map(
    ([name, count]) => html`<span class="reaction">${plain(`:${name}:`)} ${count}</span>`,
  )
  return html`<article class="message${message.isEphemeral && ' ephemeral'}${message.isRinging && ' ringing'}" data-channel="${channel.id}" data-ts="${message.ts}"${
    message.isRinging && html` aria-label="A page is ringing"`
  }><div class="avatar${author?.isBot === true && ' app'}" aria-hidden="true">${(author?.realName ?? '?').slice(0, 1).toUpperCase()}</div><div class="body"><p class="meta"><strong>${
    author?.realName ?? message.user
  }</strong>${author?.isBot === true && html` <span class="badge">APP</span>`} <time datetime="${at}" title="${at}">${at.slice(11, 16)}</time>${
    message.isPinned && html` <small>pinned</small>`
  }${message.isEdited && html` <small>(edited)</small>`}</p>${
    message.isEphemeral &&
    html`<p class="only"><span>Only visible to you</span> <button type="button" class="link" data-dismiss="${message.ts}">Dismiss</button></p>`
  }${message.blocks.length > 0 ? drawBlocks(message.blocks, drawing) : html`<div class="block">${mrkdwn(message.text, base.names)}</div>`}${
    reactions.length > 0 && html`<p class="reactions">${reactions}</p>`
  }</div></article>`
}

function homeItems(home: View | undefined, base: Omit<Drawing, 'prefix'>): readonly Item[] {
  if (home === undefined)
    return [{ id: 'h-none', content: html`<p class="none">The app has not published a home for you yet.</p>` }]
  const drawing = { ...base, prefix: 'h', entered: home.entered }
  return [
    {
      id: `h-${home.id}`,
      content: html`<article class="home" data-view="${home.id}">${drawBlocks(home.blocks, drawing)}</article>`,
    },
  ]
}

function modalOf(view: View, base: Omit<Drawing, 'prefix'>): Html {
  const written = (name: string) => textOf(fieldsOf(view.given[name]).text)
  const drawing = { ...base, prefix: 'v', entered: view.entered, errors: view.errors }
  const trouble = view.errors['']
  const submit = written('submit')
  return html`<form data-view="${view.id}" data-submit novalidate><h2 id="modal-title">${plain(written('title') ?? '')}</h2>${
    trouble !== undefined && html`<p class="error" role="alert">${trouble}</p>`
  }<div class="fields-of-modal">${drawBlocks(view.blocks, drawing)}</div><div class="ends"><button type="button" class="plain" data-close>${plain(
    written('close') ?? 'Cancel',
  )}</button>${submit !== undefined && html`<button class="primary">${plain(submit)}</button>`}</div></form>`
}

function namesOf(workspace: Workspace): Names {
  return {
    user: id => workspace.people.get(id)?.name,
    channel: id => workspace.channels.get(id)?.name,
    group: id => workspace.groups.get(id)?.handle,
  }
}

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}
