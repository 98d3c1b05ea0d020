/** Words about incidents and decisions into commands. The words of an incident are the same as in Slack (domain/incident/words.ts). */

import { WATCHDOG_CAUSE } from '../domain/alerts/state.ts'
import { refuseLongReason } from '../domain/approvals/statement.ts'
import { durationMs } from '../domain/calendar.ts'
import type { Command } from '../domain/commands.ts'
import { redact } from '../domain/redact.ts'
import { usageError } from './exit-codes.ts'
import { parseFixWords } from './parse-fix.ts'
import { parseMonitoringWords } from './parse-monitoring.ts'
import type { Words } from './read-words.ts'

export const RESPONSE_PARSERS: Readonly<Record<string, (words: Words) => Command>> = {
  approve: words => decision('approve', words),
  deny: words => decision('deny', words),
  withdraw: words => decision('withdraw', words),
  'approve-alone': words => decision('approve-alone', words),
  breakglass: words => decision('breakglass', words),
  approvals: words => {
    words.noMore()
    return { verb: 'approvals' }
  },
  review: words => ({
    verb: 'review',
    approvalId: approvalOf(words),
    reason: signedReasonOf(words),
    as: words.value('as'),
  }),
  oncall: words => {
    words.noMore()
    return { verb: 'oncall', at: words.value('at') }
  },
  page: words => {
    const [what, person] = [words.next() ?? 'test', words.next()]
    words.noMore()
    if (what !== 'test') {
      const hint = `To ring ${what} as a test, write ops page test ${what}; in an incident, ops incident page INC-7 ${what}.`
      throw usageError(`ops page rings as a test only: the word test is missing before "${what}"`, hint)
    }
    if (person === null) throw usageError('nobody is named for the test page', 'Write ops page test PERSON.')
    return { verb: 'page', person, as: words.value('as') }
  },
  tickets: words => {
    words.noMore()
    return { verb: 'tickets' }
  },
  silence: parseSilence,
  fix: parseFixWords,
  monitoring: parseMonitoringWords,
  freeze: words => switched('freeze', words),
  thaw: words => switched('thaw', words),
}

function decision(verb: 'approve' | 'deny' | 'withdraw' | 'approve-alone' | 'breakglass', words: Words): Command {
  const approvalId = approvalOf(words)
  // As in Slack: what is agreed to stands in the plan; whoever says no, or decides without the others, says why.
  const isOptional = (verb === 'approve' || verb === 'withdraw') && !words.has('reason')
  return { verb, approvalId, reason: isOptional ? '' : signedReasonOf(words), as: words.value('as') }
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
  const cause = causeOf(words.next())
  if (cause === WATCHDOG_CAUSE) {
    throw usageError(
      `${cause} is the watch over the monitoring itself, which cannot be silenced`,
      'Acknowledge its incident: pages fall silent, and it is over when the alert arrives again.',
    )
  }
  words.noMore()
  if (action === 'end') return { verb: 'silence', action, cause, as: words.value('as') }
  return { verb: 'silence', action, cause, forMs: silenceOf(words), reason: reasonOf(words), as: words.value('as') }
}

function causeOf(text: string | null): string {
  if (text !== null && /^[\w.-]+\/[\w.-]+$/.test(text)) return text
  throw usageError(
    text === null ? 'no cause is named' : `"${text}" is no cause: a cause is a service and a metric`,
    `Write SERVICE/METRIC, for example opencode-acp/${text !== null && /^[\w.-]+$/.test(text) ? text : 'cpu'}; \`ops tickets\` shows what fires.`,
  )
}

/** What has to be quiet for longer needs another rule or threshold, not a silence that everybody has forgotten. */
const LONGEST_SILENCE = '30d'

function silenceOf(words: Words): number {
  const text = words.need('for')
  const forMs = durationMs(text)
  if (!(forMs > 0)) throw usageError(`"${text}" is no length of time`, 'Write --for 30m, 12h or 7d.')
  if (forMs <= durationMs(LONGEST_SILENCE)) return forMs
  const hint = `Silence it for ${LONGEST_SILENCE} at most, and change its rule in that time.`
  throw usageError(`${text} is too long for a silence: ${LONGEST_SILENCE} is the longest`, hint)
}

/** Of a statement that is signed as it stands. */
function signedReasonOf(words: Words): string {
  const reason = reasonOf(words)
  refuseLongReason(reason)
  return reason
}

/** What a person typed goes into histories and the ledger, where it stays: secrets are taken out before. */
export function reasonOf(words: Words): string {
  return redact(words.need('reason'))
}
