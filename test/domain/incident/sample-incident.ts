/** The sandbox team, an incident in it, and somebody who talks to it: what all tests of the rules begin with. */
import assert from 'node:assert/strict'
import type { IncidentAnswer, IncidentCommand, IncidentDeclaration } from '../../../domain/incident/commands.ts'
import { decide } from '../../../domain/incident/decide.ts'
import { dutiesDue, nextDuty } from '../../../domain/incident/duties.ts'
import type { Effect, Step } from '../../../domain/incident/effects.ts'
import type { Actor, Incident, LinkedAlert } from '../../../domain/incident/incident.ts'
import type { AlertReading } from '../../../domain/incident/looked-up.ts'
import { openIncident } from '../../../domain/incident/open.ts'
import type { Outcome } from '../../../domain/incident/outcomes.ts'
import { settle } from '../../../domain/incident/settle.ts'
import type { Standing } from '../../../domain/incident/start.ts'
import type { Person, PersonId, Team } from '../../../domain/team/team.ts'
import { ana, ben, cy, dee, team } from '../../support/team.ts'

/** Monday, 23 November 2026, 10:00 in Berlin. */
export const MONDAY = '2026-11-23T09:00:00.000Z'

/** In Berlin, with two who take turns in the first tier. */
export function sandboxTeam(differs: Partial<Team> = {}): Team {
  const person = (id: PersonId, name: string, phone: string | null): Person => ({
    id,
    name,
    phone,
    email: `${id}@example.com`,
    slackUsers: [`U0${id.toUpperCase()}`],
  })
  return {
    ...team,
    timezone: 'Europe/Berlin',
    people: [person(ana, 'Ana', '+1'), person(ben, 'Ben', '+2'), person(cy, 'Cy', null), person(dee, 'Dee', '+4')],
    roster: {
      handoverHour: 9,
      tiers: [
        { name: 'first', rotation: [ana, ben], days: 7, start: '2026-11-23' },
        { name: 'second', rotation: [cy], days: 7, start: '2026-11-23' },
        { name: 'manager', rotation: [dee], days: 7, start: '2026-11-23' },
      ],
      overrides: [],
    },
    slack: null,
    ...differs,
  }
}

export function declaration(differs: Partial<IncidentDeclaration> = {}): IncidentDeclaration {
  return {
    title: 'acp down',
    severity: 'critical',
    category: 'availability',
    cause: null,
    hosts: ['alpha'],
    impact: null,
    by: { person: ana, door: 'cli' },
    id: 'declared-1',
    startedAt: MONDAY,
    alerts: [],
    ...differs,
  }
}

export function alert(differs: Partial<LinkedAlert> = {}): LinkedAlert {
  return {
    fingerprint: 'f1',
    name: 'ServiceDown',
    instance: 'alpha',
    state: 'firing',
    since: MONDAY,
    severity: 'critical',
    summary: 'no answer',
    ...differs,
  }
}

export const ROOT_CAUSE: IncidentCommand = {
  kind: 'root-cause',
  rootCause: { trigger: 'a full disk', propagation: 'no log', contributingFactors: 'no alert', findings: 'see above' },
}

export const RESOLVE: IncidentCommand = { kind: 'resolve', resolution: 'freed the disk' }

/** Minutes after the start. */
export function at(minutes: number, from: string = MONDAY): string {
  return new Date(Date.parse(from) + minutes * 60_000).toISOString()
}

export interface Story {
  incident: Incident
  now: string
  readonly team: Team
  /** How whatever incident a merge names stands. */
  survivor: Standing
  /** All effects so far, oldest first. */
  readonly effects: Effect[]
  tell(
    who: Actor | PersonId,
    command: IncidentCommand,
    missing?: readonly string[],
    readings?: readonly AlertReading[],
  ): IncidentAnswer
  /** The same, and it must be done. */
  does(who: PersonId, ...commands: readonly IncidentCommand[]): void
  /** The same, and it must be refused with words that match. */
  refuses(who: Actor | PersonId, command: IncidentCommand, words: RegExp): void
  hears(outcome: Outcome): void
  /** Lets time pass, doing each duty when it is due; returns the moments at which something was. */
  until(moment: string): readonly string[]
  /** What was asked for since the last call of this. */
  fresh<K extends Effect['kind']>(kind: K): readonly Extract<Effect, { kind: K }>[]
}

export function story(differs: Partial<IncidentDeclaration> = {}, team: Team = sandboxTeam()): Story {
  const now = differs.startedAt ?? MONDAY
  const opened = openIncident(declaration(differs), { number: 7, workflowId: 'incident:x', key: 'k', now, team })
  let seen = 0
  let messages = 0
  const took = (step: Step): void => {
    self.incident = step.incident
    self.effects.push(...step.effects)
  }
  const self: Story = {
    incident: opened.incident,
    now,
    team,
    survivor: 'open',
    effects: [...opened.effects],
    tell(who, command, missing = [], readings = []) {
      messages += 1
      const by: Actor = typeof who === 'string' ? { person: who, door: 'slack' } : who
      const message = { id: `m${messages}`, by, at: self.now, command }
      const { answer, ...step } = decide(self.incident, message, {
        now: self.now,
        team,
        missing,
        readings,
        survivor: self.survivor,
      })
      took(step)
      return answer
    },
    does(who, ...commands) {
      for (const command of commands) assert.deepEqual({ ...self.tell(who, command), text: '', id: '' }, DONE)
    },
    refuses(who, command, words) {
      const before = { incident: self.incident, effects: self.effects.length }
      const answer = self.tell(who, command)
      assert.equal(answer.outcome, 'refused')
      assert.match(answer.text, words)
      assert.deepEqual({ incident: self.incident, effects: self.effects.length }, before)
    },
    hears(outcome) {
      took(settle(self.incident, outcome, { now: self.now, team }))
    },
    until(moment) {
      const moments: string[] = []
      for (;;) {
        const next = nextDuty(self.incident, { team })
        if (next === null || next > moment) break
        if (next > self.now) self.now = next
        moments.push(self.now)
        took(dutiesDue(self.incident, { now: self.now, team }))
        const after = nextDuty(self.incident, { team })
        assert.ok(after === null || after > self.now, `busy at ${self.now}`)
      }
      self.now = moment
      return moments
    },
    fresh(kind) {
      const fresh = self.effects.slice(seen)
      seen = self.effects.length
      return fresh.filter((effect): effect is Extract<Effect, { kind: typeof kind }> => effect.kind === kind)
    },
  }
  return self
}

const DONE = { outcome: 'done', text: '', id: '' }

export function people(effects: readonly { readonly person: PersonId }[]): readonly PersonId[] {
  return effects.map(({ person }) => person)
}
