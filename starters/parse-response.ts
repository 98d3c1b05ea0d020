/** Words about incidents and decisions into commands. The words of an incident are the same as in Slack (domain/incident/words.ts). */

import { durationMs } from '../domain/calendar.ts'
import type { Command } from '../domain/commands.ts'
import { redact } from '../domain/redact.ts'
import { usageError } from './exit-codes.ts'
import { parseFixWords } from './parse-fix.ts'
import type { Words } from './read-words.ts'

export const RESPONSE_PARSERS: Readonly<Record<string, (words: Words) => Command>> = {
  approve: words => decision('approve', words),
  deny: words => decision('deny', words),
  withdraw: words => decision('withdraw', words),
  'approve-alone': words => decision('approve-alone', words),
  breakglass: words => decision('breakglass', words),
  approvals: words => {
    words.noMore()
    return { verb: 'approvals', sinceMs: null }
  },
  review: words => ({ verb: 'review', approvalId: approvalOf(words), reason: reasonOf(words), as: words.value('as') }),
  oncall: words => {
    words.noMore()
    return { verb: 'oncall', at: words.value('at') }
  },
  page: words => {
    const what = words.action(['test'], 'test')
    const person = words.next()
    words.noMore()
    if (person === null) throw usageError(`nobody is named for the page ${what}`, 'Write ops page test PERSON.')
    return { verb: 'page', person, as: words.value('as') }
  },
  tickets: words => {
    words.noMore()
    return { verb: 'tickets' }
  },
  silence: parseSilence,
  fix: parseFixWords,
  freeze: words => switched('freeze', words),
  thaw: words => switched('thaw', words),
}

function decision(verb: 'approve' | 'deny' | 'withdraw' | 'approve-alone' | 'breakglass', words: Words): Command {
  return { verb, approvalId: approvalOf(words), reason: reasonOf(words), as: words.value('as') }
}

function approvalOf(words: Words): string {
  const text = words.next()
  words.noMore()
  if (text !== null && /^APR-[0-9A-Z]{4,32}$/i.test(text)) return text.toUpperCase()
  throw usageError(
    text === null ? 'no approval is named' : `"${text}" is no approval id`,
    '`ops approvals` lists them; an id looks like APR-1A2B3C4D5E.',
  )
}

function switched(verb: 'freeze' | 'thaw', words: Words): Command {
  words.noMore()
  return { verb, reason: reasonOf(words), as: words.value('as') }
}

function parseSilence(words: Words): Command {
  const action = words.action(['list', 'add', 'end'], 'list')
  if (action === 'list') {
    words.noMore()
    return { verb: 'silence', action }
  }
  const cause = words.next()
  words.noMore()
  if (cause === null || !/^[\w.-]+\/[\w.-]+$/.test(cause)) {
    throw usageError(
      'no cause is named',
      'Write SERVICE/METRIC, for example opencode-acp/cpu; `ops tickets` shows what fires.',
    )
  }
  if (action === 'end') return { verb: 'silence', action, cause, as: words.value('as') }
  const forMs = durationMs(words.need('for'))
  if (!(forMs > 0)) throw usageError(`"${words.need('for')}" is no length of time`, 'Write --for 30m, 12h or 7d.')
  return { verb: 'silence', action, cause, forMs, reason: reasonOf(words), as: words.value('as') }
}

/** What a person typed goes into histories and the ledger, where it stays: secrets are taken out before. */
export function reasonOf(words: Words): string {
  return redact(words.need('reason'))
}
