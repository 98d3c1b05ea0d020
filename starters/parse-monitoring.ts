/** Words about the monitoring's rules into commands (S54). */
import { parseIncidentName } from '../domain/incident/incident.ts'
import { redact } from '../domain/redact.ts'
import type { MonitoringCommand } from '../domain/response-commands.ts'
import { usageError } from './exit-codes.ts'
import type { Words } from './read-words.ts'

export function parseMonitoringWords(words: Words): MonitoringCommand {
  const action = words.action(['propose'], 'propose')
  const rules = words.next()
  words.noMore()
  if (rules === null) {
    throw usageError('no rules file is named', 'Write ops monitoring propose RULES.yml --tests TEST.yml --reason R.')
  }
  return {
    verb: 'monitoring',
    action,
    rules,
    tests: testsOf(words),
    // Goes into histories and the ledger, where it stays: secrets are taken out before.
    reason: redact(words.need('reason')),
    incident: incidentOf(words),
    as: words.value('as'),
  }
}

function testsOf(words: Words): readonly string[] {
  const text = words.need('tests')
  const files = text.split(',').map(file => file.trim())
  if (files.every(file => file !== '')) return files
  throw usageError(`--tests "${text}" names no file somewhere`, 'Write --tests ONE.yml,TWO.yml.')
}

function incidentOf(words: Words): number | null {
  const text = words.value('incident')
  if (text === null) return null
  const number = parseIncidentName(text.toUpperCase())
  if (number !== null) return number
  throw usageError(`"${text}" is no incident`, 'Write --incident INC-7; `ops incident list` shows them.')
}
