/** A registered fix (S48): what it is, by digest, that its tests were green, and the check that shows what it mends. */
import { OpsError } from '../failures.ts'
import { isJson } from '../json.ts'

/** `configuration`: a JSON merge patch of the service's configuration. `version`: a pinned version of the agent. */
export type FixKind = 'configuration' | 'version'

/** What fails before the fix and passes after it; a closed set, so that no fix brings a command line. */
export type Reproduction =
  | { readonly kind: 'handshake' }
  /** A scripted prompt comes to the end of its turn. */
  | { readonly kind: 'prompt' }
  | { readonly kind: 'version'; readonly version: string }
  /** A key of the configuration, names joined by dots, has exactly this value. `json` is the value as JSON. */
  | { readonly kind: 'config'; readonly key: string; readonly json: string }

export interface Fix {
  readonly v: 1
  readonly kind: FixKind
  /** Of what is deployed: the patch, or the package. */
  readonly sha256: string
  readonly bytes: number
  readonly title: string
  /** Of the agent; null for a configuration. */
  readonly version: string | null
  readonly reproduction: Reproduction
  readonly ci: 'passed' | 'failed'
  readonly ciUrl: string
  /** How long it is watched once it is deployed (S51). */
  readonly watchSeconds: number
  readonly by: string
  /** ISO. */
  readonly at: string
}

export const DEFAULT_WATCH_SECONDS = 30 * 60
export const LONGEST_WATCH_SECONDS = 24 * 60 * 60

/** As people write it; the digest is what counts. */
export function fixName({ sha256 }: Pick<Fix, 'sha256'>): string {
  return `FIX-${sha256.slice(0, 10)}`
}

/** The event that registers it: the digest of the fix, and that of its registration, which the artefact store holds. */
export function fixEventId(fix: Pick<Fix, 'sha256'>, registration: string): string {
  return `fix/${fix.sha256}/${registration}`
}

/** Null when the id is not that of a registration. */
export function parseFixEventId(id: string): { readonly sha256: string; readonly registration: string } | null {
  const [, sha256, registration] = /^fix\/([0-9a-f]{64})\/([0-9a-f]{64})$/.exec(id) ?? []
  return sha256 === undefined || registration === undefined ? null : { sha256, registration }
}

/** Whether a person's words name it: FIX-…, the beginning of its digest, or the version that it pins. */
export function isNamed(words: string, { sha256, version }: Pick<Fix, 'sha256' | 'version'>): boolean {
  const [, digits] = /^(?:fix-|sha256:)?([0-9a-f]{8,64})$/i.exec(words.trim()) ?? []
  if (digits !== undefined) return sha256.startsWith(digits.toLowerCase())
  const [, wanted] = /^opencode-ai[@ ](\S+)$/.exec(words.trim()) ?? []
  return wanted !== undefined && wanted === version
}

export function fixWords({ kind, title, version, ci, sha256 }: Fix): string {
  const what = kind === 'version' ? `opencode-ai ${version}` : 'configuration'
  return `${fixName({ sha256 })} (${what}, CI ${ci}): ${title}`
}

/** S48: nothing whose tests were not green is deployed. Throws OpsError operator. */
export function refuseUnproven(fix: Fix): Fix {
  if (fix.ci === 'passed') return fix
  throw new OpsError({
    owner: 'operator',
    message: `${fixName(fix)} was registered with CI ${fix.ci}: ${fix.ciUrl}`,
    hint: 'Register it again once its CI is green: ops fix register … --ci passed.',
  })
}

export function reproductionWords(reproduction: Reproduction): string {
  switch (reproduction.kind) {
    case 'handshake':
      return 'it answers a handshake'
    case 'prompt':
      return 'a scripted prompt comes to its end'
    case 'version':
      return `it reports version ${reproduction.version}`
    case 'config':
      return `its configuration has ${reproduction.key} = ${reproduction.json}`
  }
}

const HINT = 'Write handshake, prompt, version:1.2.3 or config:KEY=JSON, for example config:share="disabled".'

/** From `handshake`, `prompt`, `version:V`, `config:KEY=JSON`. Throws OpsError operator. */
export function parseReproduction(text: string): Reproduction {
  if (text === 'handshake' || text === 'prompt') return { kind: text }
  const [, version] = /^version:([\w.+-]{1,40})$/.exec(text) ?? []
  if (version !== undefined) return { kind: 'version', version }
  const [, key, json] = /^config:([\w$-]+(?:\.[\w$-]+)*)=(.+)$/s.exec(text) ?? []
  if (key !== undefined && json !== undefined && isJson(json)) {
    return { kind: 'config', key, json: JSON.stringify(JSON.parse(json)) }
  }
  throw new OpsError({ owner: 'operator', message: `"${text.slice(0, 80)}" is no check of the closed set`, hint: HINT })
}
