/**
 * Secrets are taken out of text at the adapters' edge, before anything reaches a history, a log, a report or Slack
 * (docs/architecture.md, how secrets travel). Every pattern is bounded or begins at a place that occurs once per secret,
 * so that the time stays linear on a line of any length. When in doubt about a value it is taken out; ids, paths and
 * digests stay.
 */

export const REDACTED = '[redacted]'

const SECRET_NAME = [
  'pass(?:word|wd|phrase|code)[\\w.-]{0,24}',
  'pwd',
  'secret[\\w.-]{0,32}',
  '(?:api|access|private|signing|encryption|account)[_-]?key(?:[_-]?id)?',
  'token',
  'credentials?',
  'client[_-]?assertion',
].join('|')

const QUOTED_VALUE = [
  String.raw`\\"(?:[^"\\]|\\\\(?:\\")?)*`, // JSON inside a JSON string
  String.raw`"(?:[^"\\]|\\.)*`,
  String.raw`'(?:[^'\\]|\\.)*`,
].join('|')

/** A bare value ends at white space, at quotes, or before the next `&name=`. */
const BARE_VALUE = String.raw`(?![[{<])(?:[^\s"'&\\]|&(?![\w.%-]{1,40}=))+`

const ASSIGNMENT = new RegExp(
  `((?:${SECRET_NAME})[ \\t]{0,8}(?:=>|[:=])[ \\t]{0,8})(${QUOTED_VALUE}|${BARE_VALUE})`,
  'gi',
)

/** After a quoted name, as in JSON, a bare value is a number or a word. */
const MEMBER = new RegExp(`((?:${SECRET_NAME})\\\\?["'][ \\t]{0,8}:[ \\t]{0,8})(${QUOTED_VALUE}|[\\w.+-]+)`, 'gi')

/** These carry a scheme and several words; their value ends with the line or the quotes around it. */
const HEADER =
  /((?:authorization|(?:set-)?cookie)(?:\\?["'])?[ \t]{0,8}[:=][ \t]{0,8}(?:\\?["'])?)([^\s"'\\][^\r\n"'\\]*)/gi

const FLAG =
  /(--[a-z-]{0,24}(?:password|passphrase|token|secret|api-key)[ \t]{1,8})(?!-)("[^"\n]{0,512}"|'[^'\n]{0,512}'|[^\s"']+)/gi

/** Prose such as "bearer authentication" has no digit and no sign of base64. */
const SCHEME = /\b(bearer|basic)([ \t]{1,8})(?=[a-z._~+/-]{0,512}[0-9=]|[\w.~+/-]{40})[\w.~+/=-]{8,}/gi

const URL_PASSWORD =
  /([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/"'<>]{0,128}:)(?!\d{1,5}(?:[/?#\s"']|$))(?:[^\s/"'<>?#]{1,256}|[^\s"'<>]{1,256})@/gi

/**
 * The same where the text was cut before the @: whatever follows the user is taken out unless it is a port. In a URL
 * without a user that is the port of a host, and after it may stand a path, the rest of a list, or the end of a sentence.
 */
const URL_PASSWORD_CUT =
  /([a-z][a-z0-9+.-]{0,20}:\/\/(?!\[)[^\s:@/"'<>]{0,128}:)(?!\[redacted|:|\d{1,5}(?:[/?#\s"'<>\\,;)\]}|&]|[.:!]+(?:[\s"'<>\\]|$)|$))[^\s"'<>]*[^\s"'<>\\]/gi

/** Any part of a token that is long enough to be one: text may have been cut in the middle of it. */
const TOKENS: readonly RegExp[] = [
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{8,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{8,}/g,
  /\bgithub_pat_\w{8,}/g,
  /\bglpat-[\w-]{8,}/g,
  // npm names its environment variables like this too; those have no digit.
  /\bnpm_(?=[A-Za-z]{0,40}[0-9])[A-Za-z0-9]{8,}/g,
  /\bxox[a-z]-[\w-]{8,}/g,
  /\bxapp-[\w-]{8,}/g,
  /hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/-]{8,}/g,
  /(?<![A-Za-z0-9])[sr]k[-_](?:ant-|proj-|live_|test_)?[\w-]{8,}/g,
  /\bAIza[\w-]{8,}/g,
  // A JSON web token: its parts are base64 of JSON objects, so it begins with {" in base64.
  /(?<![\w-])eyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*){0,3}/g,
]

/** Takes out private keys, tokens, passwords in URLs and values of secret names. Applying it twice changes nothing more. */
export function redact(text: string): string {
  let clean = withoutPrivateKeys(text)
  clean = clean.replace(URL_PASSWORD, `$1${REDACTED}@`)
  clean = clean.replace(URL_PASSWORD_CUT, `$1${REDACTED}`)
  for (const pattern of TOKENS) clean = clean.replace(pattern, REDACTED)
  clean = clean.replace(HEADER, (_whole, name: string) => name + REDACTED)
  clean = clean.replace(SCHEME, `$1$2${REDACTED}`)
  clean = clean.replace(FLAG, `$1${REDACTED}`)
  clean = clean.replace(MEMBER, (whole, name: string, value: string) => assignment(whole, name, value, '"'))
  return clean.replace(ASSIGNMENT, (whole, name: string, value: string) => assignment(whole, name, value, ''))
}

/** Keeps quotes, so that JSON and logfmt stay what they are. */
function assignment(whole: string, name: string, value: string, quote: string): string {
  const open = /^\\?["']/.exec(value)?.[0]
  if (open !== undefined) return value === open ? whole : name + open + REDACTED
  if (/^(?:null|true|false|undefined|none)$/i.test(value)) return whole
  return name + quote + REDACTED + quote
}

const PEM_MARK = /-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
const PEM_REDACTED = '[redacted private key]'

/** A block without an end reaches to the end of the text; an end without a beginning takes the base64 before it along. */
function withoutPrivateKeys(text: string): string {
  if (!text.includes('PRIVATE KEY')) return text
  let clean = ''
  let position = 0
  let isInside = false
  for (const mark of text.matchAll(PEM_MARK)) {
    if (mark[1] === 'BEGIN') {
      if (!isInside) clean += text.slice(position, mark.index) + PEM_REDACTED
      isInside = true
      continue
    }
    if (!isInside) clean += text.slice(position, startOfBase64(text, mark.index, position)) + PEM_REDACTED
    isInside = false
    position = mark.index + mark[0].length
  }
  return isInside ? clean : clean + text.slice(position)
}

function startOfBase64(text: string, end: number, limit: number): number {
  let start = end
  while (start > limit && /[A-Za-z0-9+/=\s\\]/.test(text.charAt(start - 1))) start -= 1
  return start
}
