/** Slack's mrkdwn as HTML: code, quotes, bold, italic, struck, links, mentions, dates. All else is escaped text. */
import { type Html, html, nothing, type Part } from './html.ts'

export interface Names {
  user(id: string): string | undefined
  channel(id: string): string | undefined
  group(id: string): string | undefined
}

export function mrkdwn(text: string, names: Names): Html {
  const parts = text.split(/```\n?([\s\S]*?)\n?```/)
  return html`${parts.map((part, index) =>
    index % 2 === 1 ? html`<pre>${plainText(part, names)}</pre>` : lines(part, names),
  )}`
}

/** plain_text knows emoji and nothing else. */
export function plain(text: string): Html {
  return html`${withEmoji(text)}`
}

function lines(text: string, names: Names): Part {
  const trimmed = text.replace(/^\n|\n$/g, '')
  if (trimmed === '') return nothing
  const groups: { readonly isQuote: boolean; readonly lines: string[] }[] = []
  for (const line of trimmed.split('\n')) {
    const isQuote = /^(&gt;|>)/.test(line)
    const last = groups.at(-1)
    const content = isQuote ? line.replace(/^(&gt;|>)\s?/, '') : line
    if (last?.isQuote === isQuote) last.lines.push(content)
    else groups.push({ isQuote, lines: [content] })
  }
  return groups.map(group => {
    const body = group.lines.map((line, index) => [index > 0 && html`<br>`, spans(line, names)])
    return group.isQuote ? html`<blockquote>${body}</blockquote>` : html`<p>${body}</p>`
  })
}

const SPAN =
  /`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(?=\S)([^*\n]*?[^*\s])\*(?!\w)|(?<![\w_])_(?=\S)([^_\n]*?[^_\s])_(?!\w)|(?<![\w~])~(?=\S)([^~\n]*?[^~\s])~(?!\w)/g

function spans(text: string, names: Names): Part {
  const found: Part[] = []
  let end = 0
  for (const match of text.matchAll(SPAN)) {
    const [whole, code, control, bold, italic, struck] = match
    found.push(withEmoji(decode(text.slice(end, match.index))))
    if (code !== undefined) found.push(html`<code>${plainText(code, names)}</code>`)
    else if (control !== undefined) found.push(controlOf(control, names))
    else if (bold !== undefined) found.push(html`<strong>${spans(bold, names)}</strong>`)
    else if (italic !== undefined) found.push(html`<em>${spans(italic, names)}</em>`)
    else if (struck !== undefined) found.push(html`<s>${spans(struck, names)}</s>`)
    end = match.index + whole.length
  }
  found.push(withEmoji(decode(text.slice(end))))
  return found
}

/** What stands between < and >. */
function controlOf(control: string, names: Names): Part {
  const bar = control.indexOf('|')
  const target = bar < 0 ? control : control.slice(0, bar)
  const label = bar < 0 ? undefined : decode(control.slice(bar + 1))
  if (target.startsWith('@')) return mention(`@${names.user(target.slice(1)) ?? label ?? target.slice(1)}`)
  if (target.startsWith('#')) return mention(`#${names.channel(target.slice(1)) ?? label ?? target.slice(1)}`)
  const group = /^!subteam\^(\w+)/.exec(target)?.[1]
  if (group !== undefined) return mention(`@${names.group(group) ?? label ?? group}`)
  const date = /^!date\^(\d+)\^([^^]*)(?:\^(.*))?$/.exec(target)
  if (date !== null) return time(Number(date[1]), date[2] ?? '', label)
  if (target.startsWith('!')) return mention(`@${target.slice(1)}`)
  const url = decode(target)
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return label ?? url
  return html`<a href="${url}" target="_blank" rel="noreferrer noopener">${label ?? url}</a>`
}

function mention(text: string): Html {
  return html`<span class="mention">${text}</span>`
}

function time(unix: number, format: string, fallback: string | undefined): Part {
  const at = new Date(unix * 1000)
  if (Number.isNaN(at.getTime())) return fallback ?? ''
  const iso = at.toISOString()
  const text = decode(format).replace(/\{(\w+)\}/g, (whole, token: string) => {
    if (token === 'time_secs') return `${iso.slice(11, 19)} UTC`
    if (token === 'time') return `${iso.slice(11, 16)} UTC`
    return token.startsWith('date') ? iso.slice(0, 10) : whole
  })
  return html`<time datetime="${iso}" title="${iso}">${text}</time>`
}

/** Inside code, links and mentions show as what they name; nothing else is markup. */
function plainText(text: string, names: Names): string {
  return decode(
    text.replace(/<([^<>\n]+)>/g, (_, control: string) => {
      const [target = '', label] = control.split('|', 2)
      if (target.startsWith('@')) return `@${names.user(target.slice(1)) ?? target.slice(1)}`
      return label ?? target
    }),
  )
}

function decode(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

function withEmoji(text: string): string {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name: string) => EMOJI[name] ?? whole)
}

const EMOJI: Readonly<Record<string, string>> = {
  alarm_clock: '⏰',
  arrow_right: '➡️',
  bar_chart: '📊',
  bell: '🔔',
  bulb: '💡',
  calendar: '📅',
  clipboard: '📋',
  closed_lock_with_key: '🔐',
  eyes: '👀',
  fire: '🔥',
  fire_engine: '🚒',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  information_source: 'ℹ️',
  large_blue_circle: '🔵',
  large_green_circle: '🟢',
  large_orange_circle: '🟠',
  large_yellow_circle: '🟡',
  link: '🔗',
  lock: '🔒',
  mag: '🔍',
  memo: '📝',
  no_entry: '⛔',
  no_entry_sign: '🚫',
  ok: '🆗',
  pager: '📟',
  phone: '☎️',
  pushpin: '📌',
  question: '❓',
  red_circle: '🔴',
  repeat: '🔁',
  rotating_light: '🚨',
  snowflake: '❄️',
  stopwatch: '⏱️',
  tada: '🎉',
  thumbsup: '👍',
  telephone_receiver: '📞',
  unlock: '🔓',
  warning: '⚠️',
  wave: '👋',
  white_check_mark: '✅',
  wrench: '🔧',
  x: '❌',
  zzz: '💤',
}
