/** From the words of a command line to a Command. Pure: reads nothing but its argument; throws ExitError 64 with what would be right. */
import { durationMs } from '../domain/calendar.ts'
import type { Command } from '../domain/commands.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import { STEP_GROUPS } from '../domain/health-check.ts'
import { ALL_HOSTS, ESTATE, type HostName, parseHostName } from '../domain/ids.ts'
import type { ChainHead } from '../domain/ledger.ts'
import { findProcedure, type Procedure, RUNNABLE } from '../domain/procedures.ts'
import { redact } from '../domain/redact.ts'
import { usageError } from './exit-codes.ts'
import { readIncidentWords } from './parse-incident.ts'
import { RESPONSE_PARSERS } from './parse-response.ts'
import { readWords, type Words } from './read-words.ts'
import { VERBS, type Verb } from './verbs.ts'

export interface Request {
  readonly command: Command
  /** One JSON object on standard output instead of words. */
  readonly json: boolean
}

/** @param argv the words after `ops`. */
export function parseCommand(argv: readonly string[]): Request {
  const [first, ...rest] = argv
  if (first === undefined || first === '--help' || first === '-h') return plain({ verb: 'help', topic: null })
  if (first === '--version' || first === 'version') return plain({ verb: 'version' })
  if (first === 'help') return plain({ verb: 'help', topic: rest[0] === undefined ? null : findVerb(rest[0]).name })
  const verb = findVerb(first)
  if (verb.name === 'incident') {
    const { command, json } = readIncidentWords(rest)
    return command === null ? plain({ verb: 'help', topic: verb.name }) : { command, json }
  }
  const words = readWords(verb, rest)
  if (words.has('help')) return plain({ verb: 'help', topic: verb.name })
  return { command: PARSERS[verb.name]?.(words) ?? { verb: 'help', topic: verb.name }, json: words.has('json') }
}

function plain(command: Command): Request {
  return { command, json: false }
}

function findVerb(name: string): Verb {
  const verb = VERBS.find(candidate => candidate.name === name)
  if (verb !== undefined) return verb
  if (name.startsWith('-'))
    throw usageError(`option ${name} stands before the verb`, 'Write the verb first: ops list --json.')
  const names = VERBS.map(candidate => candidate.name)
  throw usageError(`unknown verb "${name}"${didYouMean(name, names)}`, `Verbs are ${names.join(', ')}; see ops --help.`)
}

const PARSERS: Readonly<Record<string, (words: Words) => Command>> = {
  ...RESPONSE_PARSERS,
  run: parseRun,
  list: words => {
    words.noMore()
    return { verb: 'list', open: words.has('open'), failed: words.has('failed'), sinceMs: duration(words) }
  },
  show: words => ({ verb: 'show', ...runChoice(words) }),
  report: words => {
    if (words.has('text') && words.has('html'))
      throw usageError('--text and --html exclude each other', 'Give one of them.')
    const format = words.has('json') ? 'json' : words.has('html') ? 'html' : 'text'
    return { verb: 'report', ...runChoice(words), format, output: words.value('output') }
  },
  cancel: words => ({ verb: 'cancel', ...runChoice(words), reason: reasonOf(words) }),
  schedules: parseSchedules,
  estate: words => {
    const action = words.action(['show', 'check', 'schema'], 'show')
    const file = words.next()
    words.noMore()
    return { verb: 'estate', action, file }
  },
  ledger: parseLedger,
  slack: parseSlack,
  doctor: words => {
    words.noMore()
    return { verb: 'doctor' }
  },
  whoami: words => {
    words.noMore()
    return { verb: 'whoami', as: words.value('as'), key: words.value('key') }
  },
}

function parseRun(words: Words): Command {
  const procedure = procedureOf(words)
  const target = words.value('target')
  const pairs = words.pairs(procedure.stepGroups.length === 0 ? [] : ['only'])
  if (words.has('plan') && procedure.risk === 'reads') {
    throw usageError(
      `${procedure.id} only reads: there is no plan to show`,
      'Run it without --plan; it changes nothing.',
    )
  }
  return {
    verb: 'run',
    procedure: procedure.id,
    target: target === null || target === ALL_HOSTS ? null : hostOf(target),
    only: stepGroupOf(procedure, pairs.only),
    wait: words.has('wait'),
    announce: words.has('announce'),
  }
}

function procedureOf(words: Words): Procedure {
  const ids = RUNNABLE.map(({ id }) => id)
  const id = words.next()
  if (id === null) throw usageError('no procedure is named', `Procedures are ${ids.join(', ')}.`)
  const procedure = findProcedure(id)
  if (procedure?.startedBy === null) return procedure
  if (procedure !== null) {
    throw usageError(`${id} is not started by ops run`, `It is started by ${procedure.startedBy}.`)
  }
  throw usageError(`unknown procedure "${id}"${didYouMean(id, ids)}`, `Procedures are ${ids.join(', ')}.`)
}

function hostOf(text: string): HostName {
  const host = parseHostName(text)
  if (host !== null) return host
  throw usageError(
    `"${text}" cannot be a host`,
    'Name a host of the estate (ops estate show), or leave --target out for all.',
  )
}

function stepGroupOf(procedure: Procedure, text: string | undefined) {
  if (text === undefined) return null
  const group = STEP_GROUPS.find(candidate => candidate === text && procedure.stepGroups.includes(candidate))
  if (group !== undefined) return group
  const hint = `${procedure.id} has the groups ${procedure.stepGroups.join(', ')}.`
  throw usageError(`unknown group of steps "${text}"${didYouMean(text, procedure.stepGroups)}`, hint)
}

function runChoice(words: Words) {
  const workflowId = words.next()
  words.noMore()
  if (workflowId === null) throw usageError('no workflow id is given', '`ops list` shows the ids of runs.')
  return { workflowId, runId: words.value('run') }
}

function parseSchedules(words: Words): Command {
  const action = words.action(['list', 'sync', 'upcoming', 'pause', 'resume', 'trigger'], 'list')
  switch (action) {
    case 'pause':
    case 'resume': {
      const { id } = procedureOf(words)
      words.noMore()
      return { verb: 'schedules', action, procedure: id, reason: reasonOf(words) }
    }
    case 'trigger': {
      const { id } = procedureOf(words)
      words.noMore()
      return { verb: 'schedules', action, procedure: id }
    }
    default:
      words.noMore()
      return { verb: 'schedules', action }
  }
}

function parseLedger(words: Words): Command {
  const action = words.action(['verify', 'list', 'migrate', 'note'], 'list')
  if (action === 'note') {
    const kind = words.action(['planned-restart', 'note'], 'note')
    words.noMore()
    const target = words.need('target')
    if (target !== ALL_HOSTS && target !== ESTATE) hostOf(target)
    return { verb: 'ledger', action, kind, target, reason: reasonOf(words) }
  }
  words.noMore()
  switch (action) {
    case 'list':
      return { verb: 'ledger', action, sinceMs: duration(words) }
    case 'verify':
      return { verb: 'ledger', action, head: headOf(words) }
    case 'migrate':
      return { verb: 'ledger', action }
  }
}

function parseSlack(words: Words): Command {
  const action = words.action(['manifest'], 'manifest')
  const [url, command] = [words.next(), words.next()]
  words.noMore()
  if (url !== null && URL.parse(url)?.protocol !== 'https:') {
    const hint = 'Slack speaks https only: write https://ops.example.com/slack/events, with your own name.'
    throw usageError(`"${url}" is no address that Slack can reach`, hint)
  }
  if (command !== null && !/^\/[a-z0-9_-]{1,31}$/.test(command)) {
    throw usageError(`"${command}" is no slash command`, 'Write it as /ops: a slash, then up to 31 small letters.')
  }
  return { verb: 'slack', action, url, command }
}

function headOf(words: Words): ChainHead | null {
  const text = words.value('head')
  if (text === null) return null
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (hash !== undefined) return { sequence: Number(sequence), hash }
  throw usageError(
    `"${text}" is no head`,
    'Write --head SEQUENCE:HASH, a number and 64 hexadecimal digits, as a report names them.',
  )
}

/** What a person typed goes into histories and the ledger, where it stays: secrets are taken out before. */
function reasonOf(words: Words): string {
  return redact(words.need('reason'))
}

function duration(words: Words): number | null {
  const text = words.value('since')
  if (text === null) return null
  const ms = durationMs(text)
  if (ms > 0) return ms
  throw usageError(`"${text}" is no length of time`, 'Write --since 30m, 12h, 7d or 4w.')
}
