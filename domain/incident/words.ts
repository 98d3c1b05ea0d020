/** From words to what is wanted of an incident: the same for `ops incident …` and for the chat. Pure. */
import { durationMs } from '../calendar.ts'
import { didYouMean, nearest } from '../did-you-mean.ts'
import { OpsError } from '../failures.ts'
import type { PersonId } from '../team/team.ts'
import type { IncidentCommand } from './commands.ts'
import { incidentName, parseIncidentName, type Role } from './incident.ts'
import { CATEGORIES, SEVERITIES } from './severity.ts'
import { readSaid, type Said } from './words.said.ts'
import { refuseNearSeverity, severityOf } from './words.severity.ts'
import {
  guidanceOf,
  INCIDENT_VERBS,
  type IncidentForm,
  type IncidentRequest,
  type IncidentVerb,
  incidentVerb,
  wrongWords,
} from './words.table.ts'

/** Longest title; when more is typed the whole of it becomes the impact. */
const TITLE = 200

const ROLES: Readonly<Record<string, Role>> = {
  commander: 'commander',
  lead: 'commander',
  communications: 'communications',
  comms: 'communications',
  scribe: 'scribe',
}
const ACKNOWLEDGEMENT: readonly string[] = ['ack', 'acknowledgement']
const STATUSES = ['investigating', 'identified', 'resolving'] as const

/** Who a word means, or null for nobody: `ana`, `@ana`, `me`, an account of the chat. */
export type PersonReader = (text: string) => PersonId | null

/** For a door that does not know the people: whatever can be the id of a person is taken for one. */
export const anyPerson: PersonReader = text =>
  /^@?[a-z][a-z0-9-]{0,30}$/.test(text) ? (text.replace('@', '') as PersonId) : null

/**
 * @param words what follows `incident`; none at all asks for the form.
 * Throws OpsError of owner `operator` whose hint is the line that would be right.
 */
export function parseIncidentWords(words: readonly string[], personOf: PersonReader = anyPerson): IncidentRequest {
  const [first, ...rest] = words
  const verb = first === undefined ? null : incidentVerb(first)
  if (verb !== null && verb.name !== 'declare') {
    const parse = PARSERS[verb.name]
    if (parse === undefined) throw new TypeError(`nobody parses ${verb.name}`)
    return parse(readSaid(verb, rest), personOf)
  }
  if (verb === null && first !== undefined) refuseMistypedVerb(first, rest)
  return declaration(readSaid(declareVerb(), verb === null ? words : rest))
}

/** A short title that begins like a misspelt verb is more often that verb: opening an incident by mistake wakes people. */
function refuseMistypedVerb(first: string, rest: readonly string[]): void {
  const near = nearest(
    first,
    INCIDENT_VERBS.flatMap(({ name, aliases = [] }) => [name, ...aliases]),
  )
  const looksLikeVerb = rest.length === 0 || parseIncidentName(rest[0] ?? '') !== null
  if (near === null || !looksLikeVerb) return
  throw new OpsError({
    owner: 'operator',
    message: `unknown word "${first}"${didYouMean(first, [near])}`,
    hint: `Write incident ${near}; to open an incident with this title, incident declare ${first}.`,
  })
}

function declaration(said: Said): IncidentRequest {
  const [first] = said.words
  const given = said.oneOf('severity', said.value('severity'), SEVERITIES)
  // Where the severity is a field of its own, all words are the title.
  const leading = given === null ? severityOf(first) : null
  if (given === null && leading === null && first !== undefined) refuseNearSeverity(first)
  const severity = given ?? leading
  const words = said.text(leading === null ? 0 : 1)
  if (words === '') return form(said, 'declare')
  const letters = Array.from(words)
  const isLong = letters.length > TITLE
  return {
    kind: 'declare',
    title: isLong ? `${letters.slice(0, TITLE - 1).join('')}…` : words,
    // A title is enough. High pages whoever is on call and nobody else; one word corrects it.
    severity: severity ?? 'high',
    category: said.oneOf('category', said.value('category'), CATEGORIES) ?? 'availability',
    hosts: said.list('hosts')?.map(host => said.host(host)) ?? [],
    impact: said.value('impact') ?? (isLong ? words : null),
  }
}

type Parser = (said: Said, personOf: PersonReader) => IncidentRequest

const PARSERS: Readonly<Record<string, Parser>> = {
  ack: said => tell(said, { kind: 'acknowledge' }),
  'still-on-it': said => tell(said, { kind: 'still-on-it' }),
  classify: parseClassify,
  note: said => tell(said, { kind: 'note', text: needText(said, 'the note') }, null),
  status: parseStatus,
  'no-change': said => tell(said, { kind: 'no-change' }),
  snooze: parseSnooze,
  role: (said, personOf) => {
    const role = roleOf(said, said.words[0])
    return tell(said, { kind: 'role', role, person: person(said, said.words[1], personOf) }, 2)
  },
  take: (said, personOf) => {
    const role = said.words.length === 0 ? 'commander' : roleOf(said, said.words[0])
    return tell(said, { kind: 'role', role, person: person(said, 'me', personOf) }, 1)
  },
  handoff: parseHandOff,
  accept: said => tell(said, { kind: 'accept', offer: needWord(said, 0, 'the offer') }, 1),
  page: (said, personOf) => {
    const message = said.text(1)
    return tell(said, { kind: 'page', person: person(said, said.words[0], personOf), message }, null)
  },
  subscribe: said => tell(said, { kind: 'subscribe' }),
  unsubscribe: said => tell(said, { kind: 'unsubscribe' }),
  workaround: parseWorkaround,
  fix: said => {
    const given = said.value('host')
    const host = said.host(given ?? needWord(said, 0, 'the host'))
    const fix = said.text(given === null ? 1 : 0)
    if (fix === '') throw wrongWords(said.verb, 'the fix is missing')
    return tell(said, { kind: 'fix', host, fix }, null)
  },
  rootcause: parseRootCause,
  followup: parseFollowUp,
  review: said => {
    const [at, notes] = [said.value('at'), said.value('notes')]
    if (at === null && notes === null) throw wrongWords(said.verb, 'neither at nor notes is there')
    return tell(said, { kind: 'review', at, notes })
  },
  merge: said => {
    const into = said.words.filter(word => word.toLowerCase() !== 'into')
    const number = into.length === 1 ? parseIncidentName(into[0] ?? '') : null
    if (number === null) throw wrongWords(said.verb, 'the incident that goes on is missing')
    return tell(said, { kind: 'merge', into: incidentName(number) }, null)
  },
  resolve: said => {
    if (said.words.length === 0) return form(said, 'resolve')
    return tell(said, { kind: 'resolve', resolution: said.text() }, null)
  },
  'false-alarm': said => tell(said, { kind: 'false-alarm', reason: needText(said, 'the reason') }, null),
  reopen: said => tell(said, { kind: 'reopen', reason: needText(said, 'the reason') }, null),
  close: said => tell(said, { kind: 'close' }),
  list: parseList,
  show: said => ({ kind: 'show', incident: only(said), timeline: false }),
  timeline: said => ({ kind: 'show', incident: only(said), timeline: true }),
  export: said => {
    const format = said.oneOf('format', said.value('format'), ['markdown', 'json']) ?? 'markdown'
    const incident = only(said)
    if (incident === null) throw wrongWords(said.verb, 'which incident is meant?')
    return { kind: 'export', incident, format }
  },
}

function parseClassify(said: Said): IncidentRequest {
  const word = said.words[0] ?? said.value('severity')
  const severity = said.oneOf('severity', word, SEVERITIES)
  const category = said.oneOf('category', said.value('category'), CATEGORIES)
  const [impact, systems, expectedResolution] = [said.value('impact'), said.list('systems'), said.value('expected')]
  if ([severity, category, impact, systems, expectedResolution].every(value => value === null)) {
    throw wrongWords(said.verb, 'nothing is said that could be changed')
  }
  return tell(said, { kind: 'classify', severity, category, impact, systems, expectedResolution }, 1)
}

function parseStatus(said: Said): IncidentRequest {
  const [first] = said.words
  const status = STATUSES.find(one => one === first?.toLowerCase()) ?? null
  const findings = said.value('findings') ?? said.text(status === null ? 0 : 1)
  const [actions, expectedResolution] = [said.value('actions'), said.value('expected')]
  if (findings === '' || actions === null || expectedResolution === null) return form(said, 'update')
  return tell(said, { kind: 'status', status, findings, actions, expectedResolution }, null)
}

function parseSnooze(said: Said): IncidentRequest {
  const [text = '15m'] = said.words
  const minutes = durationMs(text) / 60_000
  if (!(minutes >= 1 && minutes <= 1_440)) throw wrongWords(said.verb, `"${text}" is no time from 1m to 24h`)
  return tell(said, { kind: 'snooze', minutes }, 1)
}

function parseHandOff(said: Said, personOf: PersonReader): IncidentRequest {
  const [first = '', second] = said.words
  if (second === undefined) {
    return tell(said, { kind: 'hand-off', what: 'acknowledgement', to: person(said, first, personOf) }, 1)
  }
  const what = ACKNOWLEDGEMENT.includes(first.toLowerCase()) ? 'acknowledgement' : roleOf(said, first)
  return tell(said, { kind: 'hand-off', what, to: person(said, second, personOf) }, 2)
}

function parseWorkaround(said: Said): IncidentRequest {
  if (said.words.length === 0) return form(said, 'workaround')
  const name = needWord(said, 0, 'the workaround').toLowerCase()
  const { host: given, ...parameters } = said.pairs()
  const host = said.host(given ?? needWord(said, 1, 'the host'))
  return tell(said, { kind: 'workaround', name, host, parameters }, given === undefined ? 2 : 1)
}

function parseRootCause(said: Said): IncidentRequest {
  const [trigger, propagation] = [said.value('trigger'), said.value('propagation')]
  const [contributingFactors, findings] = [said.value('factors'), said.value('findings')]
  if (trigger === null || propagation === null || contributingFactors === null || findings === null) {
    return form(said, 'root-cause')
  }
  return tell(said, { kind: 'root-cause', rootCause: { trigger, propagation, contributingFactors, findings } })
}

function parseFollowUp(said: Said, personOf: PersonReader): IncidentRequest {
  const [first = '', second = ''] = said.words
  if (first.toLowerCase() === 'done') {
    const number = Number(second)
    if (!/^\d{1,4}$/.test(second)) throw wrongWords(said.verb, `"${second}" is no number of a follow-up`)
    return tell(said, { kind: 'follow-up-done', number }, 2)
  }
  const about = said.oneOf('kind of follow-up', needWord(said, 0, 'the kind'), ['prevention', 'monitoring'])
  const [due, title] = [said.value('due') ?? '', said.text(1)]
  if (!/^\d{4}-\d\d-\d\d$/.test(due) || Number.isNaN(Date.parse(due))) {
    throw wrongWords(said.verb, 'due is no day as YYYY-MM-DD')
  }
  if (about === null || title === '') throw wrongWords(said.verb, 'the title is missing')
  const owner = person(said, said.value('owner') ?? undefined, personOf)
  return tell(said, { kind: 'follow-up', about, title, owner, due }, null)
}

function parseList(said: Said): IncidentRequest {
  const [first] = said.words
  const scope = first === 'open' || first === 'all' ? first : null
  const since = said.value('since')
  const sinceMs = since === null ? null : durationMs(since)
  if (Number.isNaN(sinceMs)) throw wrongWords(said.verb, `"${since}" is no length of time such as 12h, 7d or 4w`)
  const search = said.text(scope === null ? 0 : 1)
  return { kind: 'list', open: scope !== 'all' && search === '', sinceMs, search: search === '' ? null : search }
}

/** @param words how many the command has used, so that a surplus one is not swallowed; null when they are text. */
function tell(said: Said, command: IncidentCommand, words: number | null = 0): IncidentRequest {
  const surplus = words === null ? [] : said.words.slice(words)
  if (surplus.length > 0) throw wrongWords(said.verb, `too many words: ${surplus.join(' ')}`)
  return { kind: 'tell', incident: said.incident, command }
}

function form(said: Said, name: IncidentForm): IncidentRequest {
  return { kind: 'form', form: name, incident: said.incident, usage: guidanceOf(said.verb, name) }
}

function only(said: Said): number | null {
  if (said.words.length > 0) throw wrongWords(said.verb, `too many words: ${said.words.join(' ')}`)
  return said.incident
}

function needWord(said: Said, position: number, what: string): string {
  const word = said.words[position]
  if (word !== undefined) return word
  throw wrongWords(said.verb, `${what} is missing`)
}

function needText(said: Said, what: string): string {
  const text = said.text()
  if (text !== '') return text
  throw wrongWords(said.verb, `${what} is missing`)
}

function roleOf(said: Said, word: string | undefined): Role {
  const role = word === undefined ? undefined : ROLES[word.toLowerCase()]
  if (role !== undefined) return role
  throw wrongWords(said.verb, `unknown role "${word ?? ''}"${didYouMean(word ?? '', Object.keys(ROLES))}`)
}

function person(said: Said, word: string | undefined, personOf: PersonReader): PersonId {
  if (word === undefined || word === '') throw wrongWords(said.verb, 'the person is missing')
  const found = personOf(word)
  if (found !== null) return found
  throw wrongWords(said.verb, `nobody here is called "${word}"`)
}

function declareVerb(): IncidentVerb {
  const verb = incidentVerb('declare')
  if (verb === null) throw new TypeError('the table has no declare')
  return verb
}
