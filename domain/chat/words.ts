/** The chat's one command: from what follows `/ops` to what is wanted. Pure; the verbs of the command line stay what they are there. */
import type { Verdict } from '../approvals/approval.ts'
import { refuseLongReason } from '../approvals/statement.ts'
import { didYouMean } from '../did-you-mean.ts'
import { OpsError } from '../failures.ts'
import { INCIDENT_VERBS, type IncidentRequest } from '../incident/words.table.ts'
import { type PersonReader, parseIncidentWords } from '../incident/words.ts'
import { cleaned } from './text.ts'
import { wordsOf } from './words.split.ts'

export type ChatRequest =
  | { readonly kind: 'menu' }
  | { readonly kind: 'help'; readonly topic: ChatVerb | null }
  | { readonly kind: 'whoami' }
  | { readonly kind: 'incident'; readonly request: IncidentRequest }
  | {
      readonly kind: 'decide'
      readonly verdict: Verdict
      readonly approvalId: string
      readonly reason: string
    }
  | { readonly kind: 'switch'; readonly verb: 'freeze' | 'thaw'; readonly reason: string }
  /** The same words as at the command line, which parses them. */
  | { readonly kind: 'command'; readonly argv: readonly string[] }

export interface ChatVerb {
  readonly name: string
  readonly usage: string
  readonly words: string
  /** Written `key=value` in the chat, `--key value` at the command line. */
  readonly options?: readonly string[]
}

const DECISIONS: readonly Verdict[] = ['approve', 'deny', 'withdraw', 'approve-alone', 'breakglass']

export const CHAT_VERBS: readonly ChatVerb[] = [
  {
    name: 'incident',
    usage: '[critical|high|medium|low] [TITLE…]',
    words: 'open an incident; without a title a form opens. `help incident` says what else it takes',
  },
  { name: 'ack', usage: '[INC-n]', words: 'you have it: every page stops' },
  { name: 'status', usage: '[INC-n]', words: 'an incident as it is now, or what is open' },
  { name: 'approvals', usage: '', words: 'what waits for a decision' },
  { name: 'approve', usage: 'APR-… [REASON…]', words: 'say yes to a plan' },
  { name: 'deny', usage: 'APR-… REASON…', words: 'say no to it' },
  { name: 'withdraw', usage: 'APR-… [REASON…]', words: 'take back what you said' },
  { name: 'approve-alone', usage: 'APR-… REASON…', words: 'as the one who holds a Critical incident; reviewed later' },
  { name: 'breakglass', usage: 'APR-… REASON…', words: 'without the others; loud, and reviewed later' },
  { name: 'oncall', usage: '', words: 'who is on call now' },
  {
    name: 'silence',
    usage: '[list] | add SERVICE/METRIC for=2h reason=TEXT | end SERVICE/METRIC',
    words: 'keep an alert quiet for a while',
    options: ['for', 'reason'],
  },
  { name: 'tickets', usage: '', words: 'warnings that wait for their review' },
  { name: 'freeze', usage: 'REASON…', words: 'no change starts any more' },
  { name: 'thaw', usage: 'REASON…', words: 'changes may start again' },
  { name: 'run', usage: 'PROCEDURE [target=HOST] [only=GROUP]', words: 'start a procedure', options: ['target'] },
  {
    name: 'list',
    usage: '[open] [failed] [since=7d]',
    words: 'runs, newest first',
    options: ['since', 'open', 'failed'],
  },
  { name: 'whoami', usage: '', words: 'who you are to ops' },
  { name: 'doctor', usage: '', words: 'whether every part works' },
  { name: 'help', usage: '[VERB]', words: 'this text' },
]

/**
 * @param text as the chat delivers it, with its entities and mentions.
 * Throws OpsError of owner `operator`: unknown verb with the nearest one, or what is missing.
 */
export function parseChatWords(text: string, personOf: PersonReader): ChatRequest {
  const [first, ...rest] = wordsOf(text, personOf)
  if (first === undefined) return { kind: 'menu' }
  const verb = chatVerb(first)
  if (verb === null) throw unknownVerb(first)
  switch (verb.name) {
    case 'help':
      return { kind: 'help', topic: rest[0] === undefined ? null : (chatVerb(rest[0]) ?? fail(unknownVerb(rest[0]))) }
    case 'whoami':
      return { kind: 'whoami' }
    case 'incident':
      return { kind: 'incident', request: parseIncidentWords(rest, personOf) }
    case 'ack':
      return { kind: 'incident', request: parseIncidentWords(['ack', ...rest], personOf) }
    case 'status':
      return { kind: 'incident', request: parseIncidentWords([rest.length === 0 ? 'list' : 'show', ...rest], personOf) }
    case 'freeze':
    case 'thaw':
      return { kind: 'switch', verb: verb.name, reason: reasonOf(verb, rest) }
    default: {
      const verdict = DECISIONS.find(one => one === verb.name)
      if (verdict !== undefined) return decision(verb, verdict, rest)
      return { kind: 'command', argv: [verb.name, ...rest.map(word => asArgument(verb, word))] }
    }
  }
}

export function chatVerb(word: string): ChatVerb | null {
  const name = word.toLowerCase().replace(/^acknowledge$/, 'ack')
  return CHAT_VERBS.find(verb => verb.name === name) ?? null
}

function unknownVerb(word: string): OpsError {
  const names = CHAT_VERBS.map(({ name }) => name)
  // Somebody who forgot the word "incident" knows what they want.
  const isIncidentVerb = INCIDENT_VERBS.some(({ name }) => name === word.toLowerCase())
  return new OpsError({
    owner: 'operator',
    message: `unknown verb "${cleaned(word).slice(0, 40)}"${isIncidentVerb ? `; did you mean "incident ${word.toLowerCase()}"?` : didYouMean(word, names)}`,
    hint: `Verbs are ${names.join(', ')}.`,
  })
}

function decision(verb: ChatVerb, verdict: Verdict, words: readonly string[]): ChatRequest {
  const [id = '', ...rest] = words
  if (!/^APR-[0-9A-Z]{4,32}$/i.test(id)) {
    const message = id === '' ? 'no approval is named' : `"${id}" is no approval`
    throw new OpsError({ owner: 'operator', message, hint: 'The card shows its id, APR-…; `approvals` lists them.' })
  }
  const isOptional = verdict === 'approve' || verdict === 'withdraw'
  const reason = isOptional && rest.length === 0 ? '' : reasonOf(verb, rest)
  refuseLongReason(reason)
  return { kind: 'decide', verdict, approvalId: id.toUpperCase(), reason }
}

function reasonOf({ name, usage }: ChatVerb, words: readonly string[]): string {
  const reason = cleaned(words.join(' ').replace(/^(--)?reason[= ]/i, '')).trim()
  if (reason !== '') return reason
  throw new OpsError({ owner: 'operator', message: 'the reason is missing', hint: `Write ${name} ${usage}.` })
}

function asArgument({ options = [] }: ChatVerb, word: string): string {
  const [key = ''] = word.split('=')
  return options.includes(key.toLowerCase()) ? `--${key.toLowerCase()}${word.slice(key.length)}` : word
}

function fail(error: OpsError): never {
  throw error
}
