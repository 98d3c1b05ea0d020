/** What can be said about an incident: one table from which both doors parse and help. */
import { OpsError } from '../failures.ts'
import type { IncidentCommand } from './commands.ts'
import type { Category, Severity } from './severity.ts'

/** What a door with forms asks for when the words alone are not enough. */
export type IncidentForm = 'declare' | 'update' | 'workaround' | 'resolve' | 'root-cause'

/** What somebody wants of incidents. `incident` is the number of INC-n; null means the only open one. */
export type IncidentRequest =
  | {
      readonly kind: 'declare'
      readonly title: string
      readonly severity: Severity
      readonly category: Category
      /** Empty for all. */
      readonly hosts: readonly string[]
      readonly impact: string | null
    }
  | { readonly kind: 'tell'; readonly incident: number | null; readonly command: IncidentCommand }
  /** Fields are missing: a door without forms answers with `usage`, a sentence with an example. */
  | {
      readonly kind: 'form'
      readonly form: IncidentForm
      readonly incident: number | null
      readonly usage: string
    }
  | { readonly kind: 'list'; readonly open: boolean; readonly sinceMs: number | null; readonly search: string | null }
  | { readonly kind: 'show'; readonly incident: number | null; readonly timeline: boolean }
  | { readonly kind: 'export'; readonly incident: number; readonly format: 'markdown' | 'json' }

export interface IncidentVerb {
  readonly name: string
  readonly aliases?: readonly string[]
  /** What follows the verb. */
  readonly usage: string
  readonly words: string
  /** Keys of `key=value` and `--key value`. */
  readonly keys: readonly string[]
  /** Any key is taken, for parameters of a workaround. */
  readonly anyKey?: true
  /**
   * `any`: without INC-n the only open one is meant. `needed`: INC-n has to be there, because what follows is text, or
   * because there is no way back. `spelt`: for both reasons, so that `resolve 3 hosts are back` ends nobody else's INC-3.
   * `none`: it is about no single one.
   */
  readonly incident: 'any' | 'needed' | 'spelt' | 'none'
}

export const INCIDENT_VERBS: readonly IncidentVerb[] = [
  {
    name: 'declare',
    usage: '[critical|high|medium|low] TITLE… [category=C] [hosts=H,H] [impact=TEXT]',
    words: 'open an incident; the title is enough, it is High without a severity',
    keys: ['severity', 'category', 'hosts', 'impact'],
    incident: 'none',
  },
  {
    name: 'ack',
    aliases: ['acknowledge'],
    usage: '[INC-n]',
    words: 'you have it: every page stops',
    keys: [],
    incident: 'any',
  },
  {
    name: 'still-on-it',
    usage: '[INC-n]',
    words: 'answer to the question whether you are still on it',
    keys: [],
    incident: 'any',
  },
  {
    name: 'classify',
    usage: 'INC-n [critical|high|medium|low] [category=C] [impact=TEXT] [systems=S,S] [expected=TEXT]',
    words: 'correct severity, category, impact',
    keys: ['severity', 'category', 'impact', 'systems', 'expected'],
    incident: 'needed',
  },
  { name: 'note', usage: 'INC-n TEXT…', words: 'a line of the timeline', keys: [], incident: 'needed' },
  {
    name: 'status',
    aliases: ['update'],
    usage: 'INC-n [investigating|identified|resolving] findings=TEXT actions=TEXT expected=TEXT',
    words: 'the status update that is due (I3.2)',
    keys: ['findings', 'actions', 'expected'],
    incident: 'needed',
  },
  { name: 'no-change', usage: '[INC-n]', words: 'a status update: nothing new', keys: [], incident: 'any' },
  { name: 'snooze', usage: '[INC-n] 15m', words: 'be reminded of the update later', keys: [], incident: 'any' },
  {
    name: 'role',
    usage: 'INC-n commander|communications|scribe PERSON',
    words: 'who does what',
    keys: [],
    incident: 'needed',
  },
  { name: 'take', usage: '[INC-n] [commander|communications|scribe]', words: 'take a role', keys: [], incident: 'any' },
  {
    name: 'handoff',
    aliases: ['hand-off', 'handover'],
    usage: 'INC-n [commander|communications|scribe|ack] PERSON',
    words: 'offer what you hold to somebody; it is theirs when they accept',
    keys: [],
    incident: 'needed',
  },
  { name: 'accept', usage: 'INC-n OFFER', words: 'take what was offered to you', keys: [], incident: 'needed' },
  { name: 'page', usage: 'INC-n PERSON [MESSAGE…]', words: 'call somebody', keys: [], incident: 'needed' },
  { name: 'subscribe', usage: '[INC-n]', words: 'hear of every update', keys: [], incident: 'any' },
  { name: 'unsubscribe', usage: '[INC-n]', words: 'hear of it no more', keys: [], incident: 'any' },
  {
    name: 'workaround',
    usage: 'INC-n restart|free-disk|raise-limit|block-client|rollback HOST [key=value …]',
    words: 'ask for a workaround of the catalogue (S47)',
    keys: ['host'],
    anyKey: true,
    incident: 'needed',
  },
  {
    name: 'fix',
    usage: 'INC-n HOST FIX…',
    words: 'ask for a registered fix to be tested and deployed (S48-S51)',
    keys: ['host'],
    incident: 'needed',
  },
  {
    name: 'rootcause',
    aliases: ['root-cause'],
    usage: 'INC-n trigger=TEXT propagation=TEXT factors=TEXT findings=TEXT',
    words: 'why it happened (I2.2b); needed before it can be resolved',
    keys: ['trigger', 'propagation', 'factors', 'findings'],
    incident: 'needed',
  },
  {
    name: 'followup',
    aliases: ['follow-up'],
    usage: 'INC-n prevention|monitoring owner=PERSON due=YYYY-MM-DD TITLE… | INC-n done NUMBER',
    words: 'work that follows from it, with an owner and a day',
    keys: ['owner', 'due'],
    incident: 'needed',
  },
  {
    name: 'review',
    usage: 'INC-n at="YYYY-MM-DD HH:MM" | INC-n notes=TEXT',
    words: 'when the post-mortem is, and what came of it (I2.4a)',
    keys: ['at', 'notes'],
    incident: 'needed',
  },
  { name: 'merge', usage: 'INC-n into INC-m', words: 'it is a duplicate of the other', keys: [], incident: 'needed' },
  { name: 'resolve', usage: 'INC-n RESOLUTION…', words: 'it is over, and how', keys: [], incident: 'spelt' },
  {
    name: 'false-alarm',
    usage: 'INC-n REASON…',
    words: 'it never was one',
    keys: [],
    incident: 'spelt',
  },
  { name: 'reopen', usage: 'INC-n REASON…', words: 'it is not over', keys: [], incident: 'spelt' },
  { name: 'close', usage: 'INC-n', words: 'nothing is left to do', keys: [], incident: 'needed' },
  {
    name: 'list',
    usage: '[open|all] [since=7d] [TEXT…]',
    words: 'incidents, newest first',
    keys: ['since'],
    incident: 'none',
  },
  { name: 'show', usage: '[INC-n]', words: 'one incident as it is now', keys: [], incident: 'any' },
  { name: 'timeline', usage: '[INC-n]', words: 'what happened, line by line', keys: [], incident: 'any' },
  {
    name: 'export',
    usage: 'INC-n [format=markdown|json]',
    words: 'everything about it, as a file',
    keys: ['format'],
    incident: 'needed',
  },
]

/** The verb that a word names, in any case, or null. */
export function incidentVerb(word: string): IncidentVerb | null {
  const name = word.toLowerCase()
  return INCIDENT_VERBS.find(verb => verb.name === name || verb.aliases?.includes(name) === true) ?? null
}

export function usageOf(verb: IncidentVerb): string {
  return `incident ${verb.name} ${verb.usage}`
}

const EXAMPLES: Readonly<Record<IncidentForm, string>> = {
  declare: 'declare critical "acp down"',
  update: 'status INC-7 findings="the disk is full" actions="cleaning up" expected="1 h"',
  workaround: 'workaround INC-7 restart alpha',
  resolve: 'resolve INC-7 "restarted; sessions open again"',
  'root-cause': 'rootcause INC-7 trigger="…" propagation="…" factors="…" findings="…"',
}

/** What to write where there is no form to fill in. */
export function guidanceOf(verb: IncidentVerb, form: IncidentForm): string {
  return `Write ${usageOf(verb)}; for example: incident ${EXAMPLES[form]}.`
}

/** What was said is not what the verb takes. */
export function wrongWords(verb: IncidentVerb, message: string): OpsError {
  return new OpsError({ owner: 'operator', message, hint: `Write ${usageOf(verb)}.` })
}
