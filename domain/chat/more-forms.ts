/** The forms behind "More…": their fields, and the command that they make. A field has the name of what it fills. */
import { OpsError } from '../failures.ts'
import type { IncidentCommand } from '../incident/commands.ts'
import { type Incident, incidentName, type Role } from '../incident/incident.ts'
import { CATEGORIES, SEVERITIES, SEVERITY_RULES } from '../incident/severity.ts'
import { LONGEST } from '../incident/text.ts'
import type { PersonId, Team } from '../team/team.ts'
import { section } from './blocks.ts'
import { type Block, type ButtonValue, type MoreForm, moreCallback } from './chat.ts'
import { area, field, hint, picker } from './inputs.ts'
import { form, type ModalView } from './modals.ts'
import { moreLabel } from './more.ts'
import { markup } from './text.ts'

export interface MoreState {
  /** Null when nobody answers: the form is empty then. */
  readonly incident: Incident | null
  readonly team: Team
  readonly hosts: readonly string[]
  /** Open ones that it may be the same as. */
  readonly others: readonly Pick<Incident, 'number' | 'title'>[]
  /** Local day until which its post-mortem has to take place. */
  readonly reviewBy: string | null
}

const ROLES: readonly Role[] = ['commander', 'communications', 'scribe']
const DAY = 'as 2026-11-30'
const MOMENT = 'as 2026-11-30 14:00'

export function moreFormModal(name: MoreForm, value: ButtonValue, state: MoreState): ModalView {
  const title = moreLabel(name)
  return form({ callback: moreCallback(name), title, submit: 'Send', value }, blocksOf(name, state))
}

function blocksOf(name: MoreForm, state: MoreState): readonly Block[] {
  const { incident } = state
  switch (name) {
    case 'classify':
      return [
        ...asItIs(incident),
        choice('severity', 'Severity', severities(), { isOptional: true }),
        choice('category', 'Category', same(CATEGORIES), { isOptional: true }),
        area({ name: 'impact', label: 'Impact', value: '', max: LONGEST.impact, isOptional: true }),
        field({ name: 'systems', label: 'Systems, all of them', value: '', isOptional: true }),
      ]
    case 'hand-off':
      return [
        choice('what', 'What', same(['acknowledgement', ...ROLES]), { chosen: 'acknowledgement' }),
        people('to', 'To', state),
        ...hint('It is theirs when they accept; until then it is yours.'),
      ]
    case 'role':
      return [choice('role', 'Role', same(ROLES), { chosen: 'commander' }), people('person', 'Who', state)]
    case 'page':
      return [
        people('person', 'Who', state),
        area({ name: 'message', label: 'Why', value: '', max: LONGEST.page, isOptional: true }),
      ]
    case 'note':
      return [area({ name: 'text', label: 'A line of the timeline', value: '', max: LONGEST.line })]
    case 'fix':
      return [
        choice('host', 'Where', same(state.hosts), { chosen: state.hosts[0] }),
        field({ name: 'fix', label: 'The registered fix', value: '', max: 200 }),
        ...hint('Nothing changes yet: it is tested on staging, and its plan needs an approval.'),
      ]
    case 'follow-up':
      return [
        choice('about', 'About', same(['prevention', 'monitoring']), { chosen: 'prevention' }),
        field({ name: 'title', label: 'What is to be done', value: '', max: 200 }),
        people('owner', 'Who', state),
        field({ name: 'due', label: `Until, ${DAY}`, value: '', max: 10 }),
      ]
    case 'follow-up-done':
      return [choice('number', 'Which', dueIn(incident))]
    case 'review':
      return [
        ...reviewWords(state),
        field({
          name: 'at',
          label: `When, ${MOMENT}, local time`,
          value: incident?.review.at ?? '',
          max: 40,
          isOptional: true,
        }),
        area({ name: 'notes', label: 'What came of it', value: incident?.review.notes ?? '', isOptional: true }),
      ]
    case 'false-alarm':
    case 'reopen':
      return [area({ name: 'reason', label: 'Why', value: '', max: LONGEST.reason })]
    case 'merge': {
      const others = state.others.map(({ number, title }): Option => {
        const known = incidentName(number)
        return [known, `${known} ${title}`]
      })
      return [
        choice('into', 'The one that goes on, as INC-7', others),
        ...hint('This one ends as its duplicate; there is no way back.'),
      ]
    }
  }
}

function reviewWords({ incident, reviewBy }: MoreState): readonly Block[] {
  if (incident === null || !SEVERITY_RULES[incident.severity].needsReview) return []
  const by = reviewBy === null ? markup`` : markup` It takes place until ${reviewBy}.`
  return section([
    markup`A ${SEVERITY_RULES[incident.severity].title} one is closed once the date of its post-mortem and its notes are there.${by}`,
  ])
}

type Option = readonly [value: string, label: string]

interface Choosing {
  readonly chosen?: string | undefined
  readonly isOptional?: boolean
}

function choice(name: string, label: string, options: readonly Option[], choosing: Choosing = {}): Block {
  const { chosen = null, isOptional = false } = choosing
  return picker({ name, label, options: options.map(([value, text]) => ({ value, label: text })), chosen, isOptional })
}

function severities(): readonly Option[] {
  return SEVERITIES.map(one => [one, `${SEVERITY_RULES[one].title}: ${SEVERITY_RULES[one].words}`])
}

/** Whoever fills in one field does not say the others once more. */
function asItIs(incident: Incident | null): readonly Block[] {
  if (incident === null) return hint('What stays empty stays as it is.')
  const { severity, category, systems } = incident
  const where = systems.length === 0 ? 'systems not named' : systems.join(', ')
  return section([markup`${SEVERITY_RULES[severity].title}, ${category}, ${where}. What stays empty stays as it is.`])
}

function same(values: readonly string[]): readonly Option[] {
  return values.map(value => [value, value])
}

function people(name: string, label: string, { team }: MoreState): Block {
  return choice(
    name,
    label,
    team.people.map(person => [person.id, person.name]),
  )
}

function dueIn(incident: Incident | null): readonly Option[] {
  const due = incident?.followUps.filter(({ doneAt }) => doneAt === null) ?? []
  return due.map(({ number, title }) => [String(number), `${number}: ${title}`])
}

/** What a filled form says. The incident judges it. Throws OpsError when a field cannot be read. */
export function moreCommand(name: MoreForm, value: (field: string) => string): IncidentCommand {
  const person = (field: string) => value(field) as PersonId
  const optional = (field: string) => value(field) || null
  switch (name) {
    case 'classify':
      return {
        kind: 'classify',
        severity: SEVERITIES.find(one => one === value('severity')) ?? null,
        category: CATEGORIES.find(one => one === value('category')) ?? null,
        impact: optional('impact'),
        systems: listed(value('systems')),
        expectedResolution: null,
      }
    case 'hand-off': {
      const what = value('what') === 'acknowledgement' ? 'acknowledgement' : roleIn(value('what'))
      return { kind: 'hand-off', what, to: person('to') }
    }
    case 'role':
      return { kind: 'role', role: roleIn(value('role')), person: person('person') }
    case 'page':
      return { kind: 'page', person: person('person'), message: value('message') }
    case 'note':
      return { kind: 'note', text: value('text') }
    case 'fix':
      return { kind: 'fix', host: value('host'), fix: value('fix') }
    case 'follow-up': {
      const about = value('about') === 'monitoring' ? 'monitoring' : 'prevention'
      return { kind: 'follow-up', about, title: value('title'), owner: person('owner'), due: value('due') }
    }
    case 'follow-up-done':
      return { kind: 'follow-up-done', number: numberIn(value('number')) }
    case 'review':
      return { kind: 'review', at: optional('at'), notes: optional('notes') }
    case 'false-alarm':
    case 'reopen':
      return { kind: name, reason: value('reason') }
    case 'merge':
      return { kind: 'merge', into: value('into') }
  }
}

function listed(text: string): readonly string[] | null {
  const words = text
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')
  return words.length === 0 ? null : words
}

function roleIn(text: string): Role {
  const role = ROLES.find(one => one === text)
  if (role !== undefined) return role
  throw new OpsError({
    owner: 'operator',
    message: `there is no role "${text}"`,
    hint: `There are ${ROLES.join(', ')}.`,
  })
}

function numberIn(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  const hint = 'The card and `status` list the follow-ups.'
  throw new OpsError({ owner: 'operator', message: `"${text}" is no number of a follow-up`, hint })
}
