/** Incidents that live for hours, days and months, and whatever people, machines and clocks do to them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { IncidentCommand } from '../../../domain/incident/commands.ts'
import { nextDuty } from '../../../domain/incident/duties.ts'
import type { Effect } from '../../../domain/incident/effects.ts'
import type { Incident } from '../../../domain/incident/incident.ts'
import type { Outcome } from '../../../domain/incident/outcomes.ts'
import { TIMELINE_LENGTH } from '../../../domain/incident/step.ts'
import { isOfficeTime, nextBusinessDay, officeTime } from '../../../domain/team/business-time.ts'
import { localMoment } from '../../../domain/team/zone.ts'
import { ana, ben, cy, dee } from '../../support/team.ts'
import { alert, at, MONDAY, type Story, sandboxTeam, story } from './sample-incident.ts'

const HOUR = 60
const DAY = 24 * HOUR

/** Steps through a life and keeps every line, which the state itself does not. */
function live(
  tale: Story,
  minutes: number,
  from = MONDAY,
): readonly { readonly at: string; readonly kind: string; readonly text: string }[] {
  const all = new Map(tale.incident.timeline.map(entry => [entry.seq, entry]))
  for (;;) {
    const next = nextDuty(tale.incident, { team: tale.team })
    if (next === null || next > at(minutes, from)) break
    tale.until(next)
    for (const entry of tale.incident.timeline) all.set(entry.seq, entry)
  }
  assert.equal(all.size, tale.incident.entries)
  return [...all.values()]
}

const minutesOf = (lines: readonly { readonly at: string }[]) =>
  lines.map(line => (Date.parse(line.at) - Date.parse(MONDAY)) / 60_000)

const multiples = (step: number, until: number) =>
  Array.from({ length: Math.floor(until / step) }, (_, i) => (i + 1) * step)

test('critical, 24 hours without an acknowledgement: rung every five minutes, reminded every thirty', () => {
  const lines = live(story(), DAY)
  const paged = lines.filter(({ kind, text }) => kind === 'paged' && /nobody has acknowledged/.test(text))
  assert.deepEqual(minutesOf(paged), multiples(5, DAY))
  const updates = lines.filter(({ text }) => /status update is (due\.|overdue)/.test(text))
  assert.deepEqual(minutesOf(updates), multiples(30, DAY))
  assert.deepEqual(minutesOf(lines.filter(({ text }) => /no response in time/.test(text))), [15])
  assert.deepEqual(minutesOf(lines.filter(({ text }) => /four hours/.test(text))), [240])
})

test('high, three days: rung every fifteen minutes, reminded every hour', () => {
  const lines = live(story({ severity: 'high' }), 3 * DAY)
  const paged = lines.filter(({ kind, text }) => kind === 'paged' && /nobody has acknowledged/.test(text))
  assert.deepEqual(minutesOf(paged), multiples(15, 3 * DAY))
  assert.deepEqual(
    minutesOf(lines.filter(({ text }) => /status update is/.test(text) && !/soon/.test(text))),
    multiples(60, 3 * DAY),
  )
})

test('low, thirty days: one word each business day, in office hours, and nobody is rung', () => {
  const tale = story({ severity: 'low' })
  const lines = live(tale, 30 * DAY)
  const updates = lines.filter(({ text }) => /status update is (due\.|overdue)/.test(text))
  assert.equal(updates.length, 22)
  for (const { at: when } of updates) assert.ok(isOfficeTime(when, tale.team), when)
  assert.equal(new Set(updates.map(({ at: when }) => when.slice(0, 10))).size, 22)
  assert.ok(tale.effects.every(({ kind }) => kind !== 'page'))
})

test('low, whenever it began: one word on each business day from the first update on, in office hours', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30 * DAY }), offset => {
      const startedAt = at(offset)
      const tale = story({ severity: 'low', startedAt })
      const { team } = tale
      const words = live(tale, 30 * DAY, startedAt).filter(({ text }) => /status update is (due\.|overdue)/.test(text))
      for (const word of words) assert.ok(isOfficeTime(word.at, team), word.at)
      const dayOf = (time: string) => localMoment(time, team.timezone).day
      const first = officeTime(at(DAY, startedAt), team)
      const days = [dayOf(first)]
      for (let day = nextBusinessDay(dayOf(first), team); days.length < words.length; day = nextBusinessDay(day, team))
        days.push(day)
      assert.deepEqual(
        words.map(word => dayOf(word.at)),
        days,
        startedAt,
      )
      assert.ok(words.length >= 20, `${words.length} words`)
    }),
    { numRuns: 60 },
  )
})

test('however long it takes and whenever it began, escalations are the whole intervals that have passed', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(['critical', 5] as const, ['high', 15] as const),
      fc.integer({ min: 0, max: 2_000 }),
      fc.integer({ min: 0, max: 400 * DAY }),
      ([severity, interval], minutes, offset) => {
        const tale = story({ severity, startedAt: at(offset) })
        const before = pages(tale.effects)
        tale.until(at(minutes, at(offset)))
        assert.equal(pages(tale.effects) - before, Math.floor(minutes / interval))
      },
    ),
    { numRuns: 40 },
  )
})

function pages(effects: readonly Effect[]): number {
  return effects.filter(({ kind }) => kind === 'page').length
}

const everybody = fc.constantFrom(ana, ben, cy, dee)
const severity = fc.constantFrom('critical', 'high', 'medium', 'low', null)
const rest = { category: null, impact: null, systems: null, expectedResolution: null }
const role = fc.constantFrom('commander', 'communications', 'scribe')
const rootCause = { trigger: 'a', propagation: 'b', contributingFactors: 'c', findings: 'd' }

const command: fc.Arbitrary<IncidentCommand> = fc.oneof(
  fc.constantFrom<IncidentCommand>(
    { kind: 'acknowledge' },
    { kind: 'still-on-it' },
    { kind: 'no-change' },
    { kind: 'subscribe' },
    { kind: 'close' },
    { kind: 'root-cause', rootCause },
    { kind: 'resolve', resolution: 'x' },
    { kind: 'reopen', reason: 'x' },
    { kind: 'review', at: '2026-11-26 10:00', notes: 'n' },
    { kind: 'workaround', name: 'restart', host: 'alpha', parameters: {} },
    { kind: 'status', status: 'identified', findings: 'a', actions: 'b', expectedResolution: 'c' },
    { kind: 'alerts', alerts: [alert()] },
    { kind: 'alerts', alerts: [alert({ state: 'resolved' })] },
    { kind: 'declared-again', title: 'x' },
  ),
  severity.map((value): IncidentCommand => ({ kind: 'classify', severity: value, ...rest })),
  fc.integer({ min: 0, max: 60 }).map((minutes): IncidentCommand => ({ kind: 'snooze', minutes })),
  fc.tuple(role, everybody).map(([name, person]): IncidentCommand => ({ kind: 'role', role: name, person })),
  fc
    .oneof(role, fc.constant('acknowledgement' as const))
    .chain(what => everybody.map((to): IncidentCommand => ({ kind: 'hand-off', what, to }))),
  fc.integer({ min: 1, max: 40 }).map((seq): IncidentCommand => ({ kind: 'accept', offer: `offer-${seq}` })),
  fc
    .constantFrom('2026-11-24', '2026-12-24')
    .map((due): IncidentCommand => ({ kind: 'follow-up', about: 'prevention', title: 't', owner: ben, due })),
)

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  everybody.map((person): Outcome => ({ kind: 'page-sent', person, delivered: null, failed: [], phone: null })),
  everybody.map((person): Outcome => ({ kind: 'page-sent', person, delivered: 'mail', failed: [], phone: null })),
  fc
    .constantFrom('running', 'done', 'failed')
    .map((state): Outcome => ({ kind: 'change-moved', number: 1, state, outcome: null })),
)

type Move =
  | { readonly kind: 'tell'; readonly who: typeof ana; readonly command: IncidentCommand }
  | { readonly kind: 'hear'; readonly outcome: Outcome }
  | { readonly kind: 'wait'; readonly minutes: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('tell'), who: everybody, command }),
  fc.record({ kind: fc.constant('hear'), outcome }),
  fc.record({
    kind: fc.constant('wait'),
    minutes: fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 3 * DAY })),
  }),
)

function hasEnd({ status, paging, nextUpdateAt }: Incident): boolean {
  return (status !== 'resolved' && status !== 'closed') || (paging.nextAt === null && nextUpdateAt === null)
}

test('whatever happens: no gap in the timeline, no key twice, no page while somebody has it, no busy clock', () => {
  const teams = [
    sandboxTeam(),
    sandboxTeam({ roster: null }),
    sandboxTeam({ timezone: 'America/New_York', holidays: ['2026-11-26'] }),
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...teams),
      fc.constantFrom('critical', 'high', 'medium', 'low'),
      fc.array(move, { maxLength: 40 }),
      (team, first, moves) => {
        const tale = story({ severity: first }, team)
        for (const step of moves) {
          const before = {
            count: tale.effects.length,
            entries: tale.incident.entries,
            held: tale.incident.acknowledged,
          }
          if (step.kind === 'tell') tale.tell(step.who, step.command)
          else if (step.kind === 'hear') tale.hears(step.outcome)
          else tale.until(at(step.minutes, tale.now))
          const { timeline, entries, acknowledged, paging } = tale.incident
          assert.ok(entries >= before.entries)
          assert.deepEqual(
            timeline.map(({ seq }) => seq),
            Array.from(
              { length: Math.min(entries, TIMELINE_LENGTH) },
              (_, i) => entries - Math.min(entries, TIMELINE_LENGTH) + i + 1,
            ),
          )
          assert.ok(acknowledged === null || paging.nextAt === null)
          assert.ok(hasEnd(tale.incident))
          // Nobody is rung by a step before and after which the same person has it.
          if (before.held !== null && acknowledged?.at === before.held.at)
            assert.ok(tale.effects.slice(before.count).every(({ kind }) => kind !== 'page'))
        }
        const keys = tale.effects.flatMap(effect => ('key' in effect ? [effect.key] : []))
        assert.equal(new Set(keys).size, keys.length)
        for (const effect of tale.effects)
          if (effect.kind === 'announce') assert.doesNotMatch(effect.subject + effect.text, /\{[^{}]*\}/)
      },
    ),
    { numRuns: 300 },
  )
})
