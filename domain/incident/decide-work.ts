/** What people ask for: workarounds and fixes of hosts, and what is to be done afterwards. */
import type { WorkaroundName } from '../changes.ts'
import { changeWorkflowId, parseHostName } from '../ids.ts'
import { isDay, localMoment } from '../team/zone.ts'
import { openChanges } from './closing.ts'
import { wakesPeople } from './deadlines.ts'
import { unknownPerson } from './decide-holding.ts'
import type { IncidentChange } from './incident.ts'
import { FOLLOW_UPS } from './inherited.ts'
import { tell } from './offers.ts'
import { isKnown, isResponder } from './people.ts'
import { type CommandOf, done, type PersonalCase, type Ruling, refused } from './ruling.ts'
import { asked, begin, changed, logged } from './step.ts'
import { clean, cleanLine, SHORT_TEXT } from './text.ts'

const CHANGES = 100

/** The catalogue (S47), as a title reads. */
const WORKAROUNDS: Readonly<Record<WorkaroundName, string>> = {
  restart: 'restart the service on',
  'free-disk': 'free disk space on',
  'raise-limit': 'raise a limit on',
  'block-client': 'block a client on',
  rollback: 'roll back the last deploy on',
}

/** Nobody changes a host while an incident that wakes people is nobody's; and one host has one change at a time. */
export function requestChange(command: CommandOf<'workaround' | 'fix'>, situation: PersonalCase): Ruling {
  const { incident, by, actor, now, proof } = situation
  const host = parseHostName(command.host)
  if (host === null) return refused(`"${clean(command.host, 40)}" is no host`, 'Name one host of the estate.')
  const what = titleOf(command)
  if (what === null) {
    const name = command.kind === 'fix' ? command.fix : command.name
    const names = Object.keys(WORKAROUNDS).join(', ')
    const hint = command.kind === 'fix' ? 'Name a registered fix.' : `There are ${names}.`
    return refused(`there is no ${command.kind} "${clean(name, 40)}"`, hint)
  }
  if (wakesPeople(incident.severity) && incident.acknowledged === null) {
    return refused('nobody has acknowledged it', 'Acknowledge it first: whoever changes something has to be there.')
  }
  if (!isResponder(incident, by, situation)) {
    return refused('only responders may change something', 'Ask somebody who is on call, or have them page you.')
  }
  const workflowId = changeWorkflowId(host)
  const other = openChanges(incident).find(change => change.workflowId === workflowId)
  if (other !== undefined) {
    return refused(`change ${other.number} (${other.title}) is ${other.state}`, 'One change of a host at a time.')
  }
  if (incident.changes.length >= CHANGES) return refused('there are too many changes', 'Look for the cause instead.')
  const change: IncidentChange = {
    number: incident.changes.length + 1,
    kind: command.kind,
    title: `${what} ${host}`,
    workflowId,
    requestedBy: by,
    at: now,
    state: 'planning',
    outcome: null,
  }
  const next = changed(begin(incident), { changes: [...incident.changes, change] })
  const told = logged(next, now, actor, 'change-requested', `${by} asks for change ${change.number}: ${change.title}`)
  const start = { kind: 'start-change', change, command, ...(proof === null ? {} : { proof }) } as const
  return done(asked(told, start), `change ${change.number} is being planned`)
}

/** Null when there is no such thing. */
function titleOf(command: CommandOf<'workaround' | 'fix'>): string | null {
  if (command.kind === 'workaround') {
    return Object.hasOwn(WORKAROUNDS, command.name) ? WORKAROUNDS[command.name as WorkaroundName] : null
  }
  const fix = cleanLine(command.fix, SHORT_TEXT)
  return fix === '' ? null : `deploy the fix ${fix} on`
}

/** I2.4b, S53 and S54: tracked work with an owner and a day. */
export function addFollowUp(command: CommandOf<'follow-up'>, situation: PersonalCase): Ruling {
  const { incident, by, actor, now, team } = situation
  const title = cleanLine(command.title, SHORT_TEXT)
  if (title === '') return refused('the follow-up has no title', 'Say what is to be done.')
  if (!isKnown(team, command.owner)) return unknownPerson(command.owner)
  const today = localMoment(now, team.timezone).day
  if (!isDay(command.due) || command.due < today) {
    return refused(`"${clean(command.due, 40)}" is no day to come`, `Write a day as ${today}, today or later.`)
  }
  if (incident.followUps.length >= FOLLOW_UPS) return refused('there are too many follow-ups', 'Join some of them.')
  const { owner, due, about } = command
  const number = incident.followUps.length + 1
  const followUp = { number, kind: about, title, owner, due, doneAt: null }
  const next = changed(begin(incident), { followUps: [...incident.followUps, followUp] })
  const told = logged(next, now, actor, 'follow-up', `follow-up ${number} (${about}): ${title}, ${owner}, due ${due}`)
  const word = tell(told, owner, `You have follow-up ${number} of ${incident.title}: ${title}, due ${due}`)
  return done(by === owner ? told : asked(told, word), `follow-up ${number} is with ${owner}, due ${due}`)
}

export function finishFollowUp(
  { number }: CommandOf<'follow-up-done'>,
  { incident, actor, now }: PersonalCase,
): Ruling {
  const followUp = incident.followUps.find(candidate => candidate.number === number)
  if (followUp === undefined)
    return refused(`there is no follow-up ${number}`, 'The card and ops incident show list them.')
  if (followUp.doneAt !== null) return refused(`follow-up ${number} is done already`, 'Nothing has to be done.')
  const followUps = incident.followUps.map(one => (one.number === number ? { ...one, doneAt: now } : one))
  const next = changed(begin(incident), { followUps })
  const told = logged(next, now, actor, 'follow-up-done', `follow-up ${number} is done: ${followUp.title}`)
  return done(told, `follow-up ${number} is done`)
}
