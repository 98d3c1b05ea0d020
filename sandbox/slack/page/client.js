// The script of a person's page. The server draws every part; this one puts changed parts in place without disturbing
// what the person is doing, and tells the server what was pressed, chosen and typed.

const person = document.body.dataset.person
const $ = id => document.getElementById(id)
let at = document.body.dataset.at
let isLoading = false
let isStale = false

// ---- what the server tells

/** Puts HTML in a place, keeping what was typed, opened and focused in it under the same ids. */
function swap(place, html) {
  const controls = [...place.querySelectorAll('input[id], textarea[id], select[id]:not([data-acts])')]
  const values = new Map(controls.map(control => [control.id, control.value]))
  const open = [...place.querySelectorAll('details[open][id]')].map(details => details.id)
  const focused = place.contains(document.activeElement) ? document.activeElement.id : ''
  place.innerHTML = html
  for (const [id, value] of values) if ($(id) && !$(id).multiple) $(id).value = value
  for (const id of open) if ($(id)) $(id).open = true
  if (focused !== '') $(focused)?.focus()
}

function show(parts) {
  document.title = parts.title
  document.body.classList.toggle('is-ringing', parts.isRinging)
  for (const name of ['nav', 'head'])
    if ($(name).dataset.html !== parts[name]) {
      $(name).dataset.html = parts[name]
      swap($(name), parts[name])
    }
  showItems(parts.items)
  showModal(parts.modal)
}

function showItems(items) {
  const list = $('items')
  const pane = $('pane')
  const isAtEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 80
  const wanted = new Set(items.map(({ id }) => id))
  for (const child of [...list.children]) if (!wanted.has(child.id)) child.remove()
  let before = null
  for (const { id, key, html } of items) {
    let item = $(id)
    if (!item) {
      item = Object.assign(document.createElement('li'), { id })
      if (before === null) list.prepend(item)
      else before.after(item)
    }
    if (item.dataset.key !== key) {
      item.dataset.key = key
      swap(item, html)
    }
    before = item
  }
  if (isAtEnd) pane.scrollTop = pane.scrollHeight
}

function showModal(modal) {
  const dialog = $('modal')
  if (modal === null) {
    if (dialog.open) dialog.close()
    dialog.dataset.key = ''
    return
  }
  if (dialog.dataset.key !== modal.key) {
    dialog.dataset.key = modal.key
    swap(dialog, modal.html)
  }
  if (!dialog.open) dialog.showModal()
}

async function refresh() {
  if (isLoading) {
    isStale = true
    return
  }
  isLoading = true
  try {
    do {
      isStale = false
      const response = await fetch(`/as/${person}/parts?at=${encodeURIComponent(at)}`)
      if (response.ok) show(await response.json())
    } while (isStale)
  } catch {
    say('The stand-in does not answer.')
  } finally {
    isLoading = false
  }
}

function say(text) {
  $('status').textContent = text
}

// ---- what the person does

async function act(verb, body, button) {
  button?.setAttribute('aria-busy', 'true')
  say('')
  try {
    const response = await fetch(`/as/${person}/${verb}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const outcome = await response.json()
    const isShownInModal = verb === 'submit' && $('modal').open && outcome.word !== 'no_modal'
    if (!outcome.ok && !isShownInModal) say(outcome.says ?? outcome.error)
    return outcome.ok
  } catch {
    say('The stand-in does not answer.')
    return false
  } finally {
    button?.removeAttribute('aria-busy')
    await refresh()
  }
}

/** Everything entered in a form or a message, by block_id/action_id. */
function entriesIn(root) {
  const entries = {}
  for (const control of root.querySelectorAll('[data-block]')) {
    const { block, action, checks } = control.dataset
    const name = `${block}/${action}`
    if (checks) {
      const values = [...control.querySelectorAll('input:checked')].map(({ value }) => value)
      entries[name] = checks === 'radio' ? (values[0] ?? '') : values
    } else if (control.multiple) entries[name] = [...control.selectedOptions].map(({ value }) => value)
    else if ('value' in control && control.tagName !== 'BUTTON') entries[name] = control.value
  }
  return entries
}

async function press(control) {
  const { block, action, confirmText } = control.dataset
  const confirm = confirmText === undefined || (await asked(control.dataset))
  if (!confirm) {
    if (control.tagName === 'SELECT') control.value = ''
    return
  }
  const on = control.closest('[data-ts], [data-view]')
  const { channel, ts, view: viewId } = on.dataset
  await act('press', { action, blockId: block, channel, ts, viewId, confirm, entries: entriesIn(on) }, control)
}

function asked({ confirmTitle, confirmText, confirmYes, confirmNo, confirmStyle }) {
  const dialog = $('confirm')
  $('confirm-title').textContent = confirmTitle
  $('confirm-text').textContent = confirmText
  $('confirm-yes').textContent = confirmYes || 'Yes'
  $('confirm-no').textContent = confirmNo || 'Cancel'
  $('confirm-yes').className = confirmStyle
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise(resolve =>
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }),
  )
}

document.addEventListener('click', async event => {
  const link = event.target.closest('a[data-at]')
  if (link && !event.metaKey && !event.ctrlKey) {
    event.preventDefault()
    await go(link.dataset.at, true)
    return
  }
  const control = event.target.closest('button, a.button')
  if (!control) return
  if (control.dataset.action) await press(control)
  else if (control.dataset.dismiss) await act('dismiss', { ts: control.dataset.dismiss }, control)
  else if ('close' in control.dataset) await act('close', {}, control)
})

document.addEventListener('change', async event => {
  const control = event.target.closest('[data-acts]')
  if (control && control.value !== '') await press(control)
})

document.addEventListener('submit', async event => {
  const form = event.target
  if (form.method === 'dialog') return
  event.preventDefault()
  if ('submit' in form.dataset) {
    await act('submit', { entries: entriesIn(form) }, form.querySelector('.primary'))
  } else if ('say' in form.dataset) {
    const text = form.elements.text.value
    if (text.trim() === '') return
    const channel = at === 'home' ? 'app' : at
    const isSaid = await act('say', { text, channel, threadTs: form.dataset.thread }, form.querySelector('button'))
    if (isSaid && form.isConnected) form.reset()
  }
})

// Escape closes a modal for the server too, which may tell the app.
$('modal').addEventListener('cancel', async event => {
  event.preventDefault()
  await act('close', {})
})

async function go(place, isNew) {
  at = place
  if (isNew) history.pushState(null, '', `?at=${encodeURIComponent(place)}`)
  $('say').hidden = place === 'home'
  await (place === 'home' ? act('home', {}) : refresh())
  $('pane').scrollTop = place === 'home' ? 0 : $('pane').scrollHeight
}
addEventListener('popstate', () =>
  go(new URLSearchParams(location.search).get('at') ?? document.body.dataset.at, false),
)

const events = new EventSource(`/as/${person}/events`)
events.addEventListener('open', () => document.body.classList.remove('is-offline'))
events.addEventListener('error', () => document.body.classList.add('is-offline'))
events.addEventListener('message', refresh)
$('pane').scrollTop = $('pane').scrollHeight
