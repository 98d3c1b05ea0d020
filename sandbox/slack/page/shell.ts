/** The frame of each page: banner, places for the parts, dialogues. Works once without the script; with it, live. */
import { type Person, TEAM } from '../world.ts'
import { Html, html, type Part } from './html.ts'
import { HOME, type Parts } from './parts.ts'

const BANNER = html`<p class="banner" role="note"><strong>Not Slack</strong> — sandbox stand-in. Everybody here is made up.</p>`

export function listPage(people: readonly Person[]): string {
  return page(
    'Who are you? · not Slack',
    html`<main class="list"><h1>Who are you?</h1><p>Each link is the Slack of one person of the sandbox. Open two of them side by side.</p><ul>${people.map(
      person =>
        html`<li><a href="/as/${person.name}"><strong>${person.realName}</strong> <span>${person.name}</span>${noteOf(person)}</a></li>`,
    )}</ul></main>`,
  )
}

/** Where a permalink of a message leads: the choice as whom to read it. */
export function permalinkPage(people: readonly Person[], channel: string): string {
  return page(
    'A message · not Slack',
    html`<main class="list"><h1>Read it as</h1><ul>${people.map(
      ({ name, realName }) =>
        html`<li><a href="/as/${name}?at=${channel}"><strong>${realName}</strong> <span>${name}</span></a></li>`,
    )}</ul></main>`,
  )
}

export function personPage(person: Person, at: string, parts: Parts): string {
  const items = parts.items.map(
    ({ id, key, html: content }) => html`<li id="${id}" data-key="${key}">${new Html(content)}</li>`,
  )
  return page(
    parts.title,
    html`<div class="frame"><aside><p class="who"><strong>${person.realName}</strong> <a class="other" href="/">Someone else</a></p><nav id="nav" aria-label="Channels">${new Html(
      parts.nav,
    )}</nav></aside><main><header id="head">${new Html(parts.head)}</header><div id="pane" tabindex="0" role="region" aria-label="Messages"><ol id="items" aria-live="polite">${items}</ol></div><p id="status" role="status"></p><form id="say" class="composer" data-say${
      at === HOME && html` hidden`
    }><label for="composer" class="hidden">Message or command</label><input id="composer" name="text" type="text" autocomplete="off" placeholder="Message, or /ops …" required><button class="primary">Send</button></form></main></div>
<dialog id="modal" aria-labelledby="modal-title"></dialog>
<dialog id="confirm" aria-labelledby="confirm-title"><form method="dialog"><h2 id="confirm-title"></h2><p id="confirm-text"></p><div class="ends"><button id="confirm-no" class="plain" value="no">Cancel</button><button id="confirm-yes" class="primary" value="yes">Yes</button></div></form></dialog>
<script src="/client.js" type="module"></script>`,
    html` data-person="${person.name}" data-at="${at}"${parts.isRinging && html` class="is-ringing"`}`,
  )
}

function noteOf(person: Person): Part {
  const notes = [
    person.isRestricted && 'guest',
    person.teamId !== TEAM.id && 'from another company',
    person.name === 'ana2' && 'the same person as ana',
  ].filter(note => note !== false)
  return notes.length > 0 && html` <small>${notes.join(', ')}</small>`
}

function page(title: string, body: Html, marks: Part = ''): string {
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title}</title><link rel="stylesheet" href="/style.css"><link rel="icon" href="data:,"></head><body${marks}>${BANNER}${body}</body></html>`
      .text
  }`
}
