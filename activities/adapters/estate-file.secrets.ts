/** Values that look like secrets. The estate file is shown, copied into histories and committed; secrets come from files or the environment. */
import type { Breach, Place } from './estate-file.problems.ts'

const SECRET_KEY = /pass(word|phrase|wd)?$|secret|token|api[-_]?key|private[-_]?key|credential/i

const SECRET_VALUES: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /^[a-z][\w+.-]*:\/\/[^/?#@\s]*:[^/?#@\s]+@/i, what: 'a password in a URL' },
  { pattern: /[?&](password|token|secret|api[-_]?key|access[-_]?key)=/i, what: 'a secret in a URL' },
  { pattern: /\bpassword\s*=/i, what: 'a password' },
  { pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/, what: 'a private key' },
  {
    pattern:
      /^(sk|pk|rk)[-_][\w-]{16,}|^gh[pousr]_\w{20,}|^xox[abeprs]-[\w-]{10,}|^AKIA[0-9A-Z]{16}$|^glpat-[\w-]{16,}/,
    what: 'an access token',
  },
  { pattern: /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/, what: 'a signed token' },
]

/** Every place that holds a secret. The messages never repeat the value. */
export function findSecrets(data: unknown, place: Place = []): readonly Breach[] {
  if (data !== null && typeof data === 'object') {
    return Object.entries(data).flatMap(([key, value]) =>
      findSecrets(value, [...place, Array.isArray(data) ? Number(key) : key]),
    )
  }
  if (typeof data !== 'string' || data === '') return []
  const key = place.at(-1)
  const what =
    SECRET_VALUES.find(({ pattern }) => pattern.test(data))?.what ??
    (typeof key === 'string' && SECRET_KEY.test(key) ? 'a secret' : null)
  return what === null
    ? []
    : [{ place, message: `looks like ${what}; secrets come from files or the environment, never from this file` }]
}
