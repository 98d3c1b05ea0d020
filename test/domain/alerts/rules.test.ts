import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Alert, AlertBatch } from '../../../domain/alerts/alert.ts'
import { mayForget, nextDue } from '../../../domain/alerts/due.ts'
import type { AlertEffect } from '../../../domain/alerts/effects.ts'
import { type AlertContext, elapse, judge, silence, withoutIncident } from '../../../domain/alerts/rules.ts'
import { type AlertState, newAlertState, phaseOf } from '../../../domain/alerts/state.ts'
import { viewOf } from '../../../domain/alerts/view.ts'
import { alert, at, batch, context, MONDAY, over, warning } from './samples.ts'

const DISK = 'opencode-acp/disk'

/** A cause on which deliveries and the clock are played one after the other. */
function play(cause = 'opencode-acp/availability') {
  let state: AlertState = newAlertState(cause, MONDAY)
  const take = (step: { readonly state: AlertState; readonly effects: readonly AlertEffect[] }) => {
    state = step.state
    return step.effects.filter(({ kind }) => kind !== 'log')
  }
  return {
    state: () => state,
    hear: (
      alerts: readonly Alert[],
      minutes: number,
      changes: Partial<AlertContext> = {},
      delivery: Partial<AlertBatch> = {},
    ) => take(judge(state, batch(alerts, at(minutes), delivery), context(at(minutes), changes))),
    clock: (minutes: number) => take(elapse(state, context(at(minutes)))),
    silence: (minutes: number, until: number | null) =>
      take(
        silence(state, until === null ? null : { until: at(until), by: 'ana', reason: 'known' }, context(at(minutes))),
      ),
    closed: (minutes: number) => take(withoutIncident(state, context(at(minutes)))),
  }
}

const kinds = (effects: readonly AlertEffect[]) => effects.map(({ kind }) => kind)

test('a critical alert opens the incident of its cause at once, with the hosts and the time of the first sign', () => {
  const [effect, ...rest] = play().hear(
    [alert({ startsAt: at(-2) }), alert({ fingerprint: 'f2', instance: 'beta' })],
    0,
  )
  assert.deepEqual(rest, [])
  assert.ok(effect?.kind === 'open-incident')
  const { declaration, message } = effect
  assert.equal(declaration.severity, 'critical')
  assert.equal(declaration.title, 'OpenCode ACP is down on alpha (and 1 more)')
  assert.equal(declaration.startedAt, at(-2))
  assert.deepEqual(declaration.hosts, ['alpha', 'beta'])
  assert.equal(declaration.cause, 'opencode-acp/availability')
  assert.deepEqual(declaration.by, { person: null, door: 'alert' })
  assert.equal(message.id, declaration.id)
  assert.ok(message.command.kind === 'alerts' && message.command.alerts.length === 2)
})

for (const [category, severity] of [
  ['availability', 'critical'],
  ['data', 'critical'],
  ['performance', 'high'],
  ['security', 'high'],
] as const) {
  test(`a critical alert about ${category} is ${severity} until assessed (A2.2)`, () => {
    const [effect] = play().hear([alert({ category })], 0)
    assert.ok(effect?.kind === 'open-incident')
    assert.equal(effect.declaration.severity, severity)
  })
}

test('what begins again joins the incident', () => {
  const story = play()
  story.hear([alert()], 0)
  assert.deepEqual(kinds(story.hear([alert({ startsAt: at(9) })], 10)), ['open-incident'])
})

test('a critical alert that is told again after hours goes to its incident again: whether that is over, it knows itself', () => {
  const story = play()
  story.hear([alert()], 0)
  const ids = [240, 480].map(minutes => {
    const [effect, ...rest] = story.hear([alert()], minutes, {}, { id: 'the same payload' })
    assert.deepEqual(rest, [])
    assert.ok(effect?.kind === 'open-incident' && effect.message.command.kind === 'alerts')
    assert.equal(effect.message.command.again, true)
    assert.equal(effect.declaration.startedAt, at(minutes), 'the deadlines of the next one count from here')
    return effect.message.id
  })
  assert.equal(new Set(ids).size, 2)
  assert.deepEqual(story.hear([alert()], 481, {}, { id: 'the same payload' }), [], 'the same delivery once more')
  assert.deepEqual(story.hear([alert()], 483, {}, { id: 'another group' }), [], 'at most every five minutes')
  assert.deepEqual(kinds(story.hear([alert()], 485, {}, { id: 'another group' })), ['open-incident'])
})

test('what is over, expected, silenced or a warning is not told again, nor by a run that began before', () => {
  const restarts = [{ target: 'alpha', at: at(-1), reason: 'patch' }]
  const expected = play()
  expected.hear([alert()], 0, { restarts })
  assert.deepEqual(expected.hear([alert()], 4), [])

  const silenced = play()
  silenced.hear([alert()], 0)
  silenced.silence(1, 600)
  assert.deepEqual(silenced.hear([alert()], 240), [])

  const warned = play(DISK)
  warned.hear([warning()], 0)
  warned.clock(23 * 60)
  assert.equal(phaseOf(warned.state()), 'incident')
  assert.deepEqual(warned.hear([warning()], 27 * 60), [])

  const other = play()
  other.hear([alert(), alert({ fingerprint: 'f2', level: 'warning' })], 0)
  const about = [alert({ fingerprint: 'f2', level: 'warning' })]
  assert.deepEqual(other.hear(about, 240), [], 'a delivery that does not name the critical one')

  const old = play()
  old.hear([alert()], 0)
  assert.deepEqual(old.hear([alert()], 240, { tellsCritical: false }), [])
})

test('a repeated delivery is neither judged nor counted', () => {
  const same = batch([alert()], at(0))
  const first = judge(newAlertState(same.cause, MONDAY), same, context(at(0)))
  const second = judge(first.state, { ...same, at: at(1) }, context(at(1)))
  assert.equal(second.state, first.state)
  assert.deepEqual(second.effects, [])
})

test('that it stopped is told to the incident and never closes it; a re-fire joins', () => {
  const story = play()
  story.hear([alert()], 0)
  const [told, ...rest] = story.hear([over(alert(), at(3))], 3)
  assert.deepEqual(rest, [])
  assert.ok(told?.kind === 'tell-incident' && told.message.command.kind === 'alerts')
  assert.equal(told.message.command.alerts[0]?.state, 'resolved')
  assert.deepEqual(kinds(story.hear([alert({ startsAt: at(4) })], 4)), ['open-incident'])
})

test('a warning is a ticket, told once, and reviewed on the next business day', () => {
  const story = play(DISK)
  const [effect, ...rest] = story.hear([warning()], 0)
  assert.deepEqual(rest, [])
  assert.ok(effect?.kind === 'notify-ops')
  assert.match(effect.subject, /^\[TICKET\] OpenCode ACP - Warning - Disk filling on alpha/)
  assert.equal(story.state().ticket?.reviewAt, '2026-11-24T09:00:00.000Z')
  assert.equal(phaseOf(story.state()), 'ticket')
  assert.equal(nextDue(story.state()), '2026-11-24T09:00:00.000Z')
})

test('a warning that still fires at its review is an incident of severity Medium, whose time begins then', () => {
  const story = play(DISK)
  story.hear([warning()], 0)
  assert.deepEqual(story.clock(23 * 60 - 1), [])
  const [effect] = story.clock(23 * 60)
  assert.ok(effect?.kind === 'open-incident')
  assert.equal(effect.declaration.severity, 'medium')
  assert.equal(effect.declaration.startedAt, at(23 * 60))
  assert.equal(story.state().ticket, null)
})

test('a warning that is over at its review closes its ticket', () => {
  const story = play(DISK)
  story.hear([warning()], 0)
  assert.deepEqual(kinds(story.hear([over(warning(), at(30))], 30)), ['post-ops'])
  assert.deepEqual(kinds(story.clock(23 * 60)), ['post-ops'])
  assert.equal(phaseOf(story.state()), 'quiet')
})

test('the third firing of one alert within 7 days is an incident; three alerts are not', () => {
  const story = play(DISK)
  const fire = (day: number) => story.hear([warning({ startsAt: at(day * 1_440) })], day * 1_440)
  const end = (day: number) =>
    story.hear([over(warning({ startsAt: at(day * 1_440) }), at(day * 1_440 + 60))], day * 1_440 + 60)
  fire(0)
  end(0)
  assert.deepEqual(kinds(fire(2)), ['post-ops'])
  end(2)
  const [effect] = fire(4)
  assert.ok(effect?.kind === 'open-incident')
  assert.equal(effect.declaration.severity, 'medium')

  const other = play(DISK)
  other.hear([warning()], 0)
  other.hear([warning({ fingerprint: 'f2' })], 1)
  assert.deepEqual(kinds(other.hear([warning({ fingerprint: 'f3' })], 2)), ['post-ops'])
})

test('firings of more than 7 days ago are no trend', () => {
  const story = play(DISK)
  for (const day of [0, 4]) {
    story.hear([warning({ startsAt: at(day * 1_440) })], day * 1_440)
    story.hear([over(warning({ startsAt: at(day * 1_440) }), at(day * 1_440 + 60))], day * 1_440 + 60)
  }
  assert.deepEqual(kinds(story.hear([warning({ startsAt: at(8 * 1_440) })], 8 * 1_440)), ['post-ops'])
})

test('a warning that turns critical is one incident, which takes the ticket along', () => {
  const story = play(DISK)
  story.hear([warning()], 0)
  const [effect, ...rest] = story.hear(
    [warning({ fingerprint: 'f9', level: 'critical', name: 'DiskSpaceCritical' })],
    5,
  )
  assert.deepEqual(rest, [])
  assert.ok(effect?.kind === 'open-incident')
  assert.equal(effect.declaration.cause, DISK)
  assert.equal(story.state().ticket, null)
  assert.ok(effect.message.command.kind === 'alerts' && effect.message.command.alerts.length === 2)
})

test('info is written down and nothing else', () => {
  const info = alert({ level: 'info', name: 'ServiceRestarted', metric: 'restarts' })
  const { state, effects } = judge(newAlertState('opencode-acp/restarts', MONDAY), batch([info], at(0)), context(at(0)))
  assert.deepEqual(kinds(effects), ['log'])
  assert.equal(phaseOf(state), 'firing')
})

test('an alert of our own planned restart is expected, unless it outlasts the grace (T88)', () => {
  const restarts = [{ target: 'alpha', at: at(-1), reason: 'patch' }]
  const brief = play()
  assert.deepEqual(brief.hear([alert()], 0, { restarts }), [])
  assert.equal(phaseOf(brief.state()), 'expected')
  assert.deepEqual(brief.hear([over(alert(), at(2))], 2), [])
  assert.deepEqual(brief.clock(6), [])

  const long = play()
  long.hear([alert()], 0, { restarts })
  assert.equal(nextDue(long.state()), at(5))
  assert.deepEqual(long.clock(4), [])
  const [effect] = long.clock(5)
  assert.ok(effect?.kind === 'open-incident')
  assert.equal(effect.declaration.startedAt, MONDAY)
})

test('another host, an earlier hour and a full disk are not explained by a restart', () => {
  for (const [one, restart] of [
    [alert(), { target: 'beta', at: at(-1) }],
    [alert(), { target: 'alpha', at: at(-3) }],
    [alert({ metric: 'response_time' }), { target: 'alpha', at: at(-11) }],
    [alert({ metric: 'disk' }), { target: 'alpha', at: at(-1) }],
  ] as const) {
    const restarts = [{ ...restart, reason: 'patch' }]
    assert.deepEqual(kinds(play().hear([one], 0, { restarts })), ['open-incident'])
  }
})

test('flapping is told once, then counted, then told when calm', () => {
  const story = play(DISK)
  const lines: string[] = []
  for (let minute = 0; minute < 12; minute += 1) {
    const one = warning({ startsAt: at(minute - (minute % 2)) })
    const effects = story.hear([minute % 2 === 0 ? one : over(one, at(minute))], minute)
    lines.push(...kinds(effects))
  }
  // Opened, resolved, fired, resolved; the third firing is an incident; the sixth change is the one line.
  assert.deepEqual(lines, ['notify-ops', 'post-ops', 'post-ops', 'post-ops', 'open-incident', 'post-ops'])
  assert.equal(story.state().flapping?.untold, 7)
  // What is hidden is told after a quarter of an hour.
  assert.equal(nextDue(story.state()), at(20))
  assert.deepEqual(kinds(story.clock(20)), ['tell-incident'])
  assert.equal(nextDue(story.state()), at(26))
  const [post, told] = story.clock(26)
  assert.ok(post?.kind === 'post-ops')
  assert.match(post.text, /7 changes were not posted/)
  assert.equal(told?.kind, 'tell-incident')
  assert.equal(phaseOf(story.state()), 'quiet')
})

test('flapping never keeps a critical alert from its incident', () => {
  const story = play(DISK)
  for (let minute = 0; minute < 12; minute += 1) {
    const one = alert({ level: 'info', metric: 'disk', startsAt: at(minute - (minute % 2)) })
    story.hear([minute % 2 === 0 ? one : over(one, at(minute))], minute)
  }
  assert.notEqual(story.state().flapping, null)
  assert.deepEqual(kinds(story.hear([alert({ fingerprint: 'f2', metric: 'disk' })], 12)), ['open-incident'])
})

test('under a silence nothing is opened; what fires at its end is judged then', () => {
  const story = play()
  story.silence(0, 60)
  assert.deepEqual(story.hear([alert({ startsAt: at(1) })], 1), [])
  assert.equal(phaseOf(story.state()), 'silenced')
  assert.equal(nextDue(story.state()), at(60))
  assert.deepEqual(kinds(story.clock(60)), ['open-incident'])
})

test('a silence can be lifted, and one over a quiet cause ends quietly', () => {
  const loud = play()
  loud.silence(0, 60)
  loud.hear([alert({ startsAt: at(1) })], 1)
  assert.deepEqual(kinds(loud.silence(2, null)), ['open-incident'])
  const quiet = play()
  quiet.silence(0, 60)
  assert.deepEqual(quiet.clock(60), [])
  assert.deepEqual(quiet.silence(61, null), [])
})

test('what still fires when its incident was closed is judged anew', () => {
  const story = play()
  story.hear([alert()], 0)
  assert.deepEqual(kinds(story.closed(1)), ['open-incident'])
  story.hear([over(alert(), at(2))], 2)
  assert.deepEqual(story.closed(3), [])
})

test('every firing is a row for the ledger, once', () => {
  const first = judge(newAlertState(DISK, MONDAY), batch([warning()], at(0)), context(at(0)))
  const log = first.effects.find(({ kind }) => kind === 'log')
  assert.ok(log?.kind === 'log')
  assert.deepEqual(log.rows, [
    {
      id: `alert/f1/${MONDAY}`,
      kind: 'alert',
      target: 'alpha',
      at: MONDAY,
      reason: 'DiskSpaceLow warning: Disk filling on alpha /var',
      by: 'alertmanager',
    },
  ])
  assert.deepEqual(judge(first.state, batch([warning()], at(60)), context(at(60))).effects, [])
})

test('500 alerts in one delivery are counted, and the state stays small', () => {
  const alerts = Array.from({ length: 20 }, (_, index) => alert({ fingerprint: `f${index}` }))
  const many = batch(alerts, at(0), { count: 500, truncated: 480 })
  const { state } = judge(newAlertState(many.cause, MONDAY), many, context(at(0)))
  assert.equal(state.count, 500)
  assert.equal(state.truncated, 480)
  let crowded = state
  for (let index = 0; index < 300; index += 1) {
    const one = batch([alert({ fingerprint: `g${index}` })], at(index))
    crowded = judge(crowded, one, context(at(index))).state
  }
  assert.equal(crowded.count, 800)
  assert.ok(JSON.stringify(crowded).length < 60_000)
})

test('what was cut off is named in title, ticket, timeline and view, for the newest delivery', () => {
  const cut = { count: 481, truncated: 480 }
  const story = play()
  const [opened] = story.hear([alert()], 0, {}, cut)
  assert.ok(opened?.kind === 'open-incident')
  assert.equal(opened.declaration.title, 'OpenCode ACP is down on alpha (480 cut off)')
  const [joined] = story.hear([alert({ fingerprint: 'f2' })], 1, {}, { count: 3, truncated: 2 })
  assert.ok(joined?.kind === 'open-incident' && joined.message.command.kind === 'alerts')
  assert.equal(joined.message.command.cutOff, 2)
  const [told] = story.hear([over(alert(), at(2))], 2)
  assert.ok(told?.kind === 'tell-incident' && told.message.command.kind === 'alerts')
  assert.equal('cutOff' in told.message.command, false)
  assert.equal(viewOf(story.state()).truncated, 482)

  const [ticket] = play(DISK).hear([warning(), warning({ fingerprint: 'f2' })], 0, {}, cut)
  assert.ok(ticket?.kind === 'notify-ops')
  assert.match(ticket.subject, /\(and 1 more, 480 cut off\)$/)
  assert.match(ticket.text, /and 480 more that were cut off by Alertmanager/)
})

test('what ends beyond the sample of a delivery ends here, too', () => {
  const story = play()
  story.hear([alert(), alert({ fingerprint: 'f2' }), alert({ fingerprint: 'f3' })], 0)
  const [told] = story.hear([over(alert(), at(1))], 1, {}, { count: 2, truncated: 1, over: ['f2', 'f9'] })
  assert.ok(told?.kind === 'tell-incident' && told.message.command.kind === 'alerts')
  assert.deepEqual(
    told.message.command.alerts.map(({ fingerprint, state, since }) => [fingerprint, state, since]),
    [
      ['f1', 'resolved', at(1)],
      ['f2', 'resolved', at(1)],
    ],
  )
  assert.equal(phaseOf(story.state()), 'incident')
  story.hear([over(alert({ fingerprint: 'f3' }), at(2))], 2)
  assert.equal(phaseOf(story.state()), 'quiet')
})

test('a delivery in which all of its group is over ends the group, and no other one of the cause', () => {
  const story = play(DISK)
  const crowd = Array.from({ length: 30 }, (_, index) => alert({ fingerprint: `f${index}`, metric: 'disk' }))
  story.hear(crowd.slice(10), 0, {}, { group: 'critical' })
  story.hear([warning({ fingerprint: 'w' })], 1, {}, { group: 'default' })
  const ends = crowd.slice(0, 20).map(one => over(one, at(2)))
  story.hear(ends, 2, {}, { group: 'critical', isOver: true, count: 30, truncated: 10 })
  const left = story.state().alerts.filter(({ state }) => state === 'firing')
  assert.deepEqual(
    left.map(({ fingerprint }) => fingerprint),
    ['w'],
  )
  story.hear([over(warning({ fingerprint: 'w' }), at(3))], 3, {}, { group: 'default', isOver: true })
  assert.equal(phaseOf(story.state()), 'quiet')
})

test('an incident that something joins hears of what stopped in the same delivery', () => {
  const story = play()
  story.hear([alert()], 0)
  const [joined] = story.hear([over(alert(), at(1)), alert({ fingerprint: 'f2', startsAt: at(1) })], 1)
  assert.ok(joined?.kind === 'open-incident' && joined.message.command.kind === 'alerts')
  assert.deepEqual(
    joined.message.command.alerts.map(({ fingerprint, state }) => [fingerprint, state]),
    [
      ['f2', 'firing'],
      ['f1', 'resolved'],
    ],
  )
})

test('an alert that nobody resolves ends at its time, which each word about it puts off', () => {
  const story = play()
  const flood = (minutes: number) => alert({ endsAt: at(minutes + 15) })
  story.hear([flood(0)], 0)
  assert.equal(nextDue(story.state()), at(15))
  assert.deepEqual(kinds(story.hear([flood(10)], 10)), ['open-incident'], 'told again')
  assert.deepEqual(story.clock(15), [])
  assert.equal(nextDue(story.state()), at(25))
  const [told, ...rest] = story.clock(25)
  assert.deepEqual(rest, [])
  assert.ok(told?.kind === 'tell-incident' && told.message.command.kind === 'alerts')
  assert.equal(told.message.command.alerts[0]?.state, 'resolved')
  assert.equal(phaseOf(story.state()), 'quiet')
})

test('a cause is forgotten 7 days after its last word, unless something of it is open', () => {
  const story = play(DISK)
  story.hear([alert({ level: 'info', metric: 'disk' })], 0)
  assert.equal(nextDue(story.state()), null)
  story.hear([over(alert({ level: 'info', metric: 'disk' }), at(1))], 1)
  assert.equal(nextDue(story.state()), at(1 + 7 * 1_440))
  assert.equal(mayForget(story.state(), at(7 * 1_440)), false)
  assert.equal(mayForget(story.state(), at(1 + 7 * 1_440)), true)
})

test('a warning that follows joins the incident as long as nobody has closed it, and is a ticket afterwards', () => {
  const story = play(DISK)
  story.hear([alert({ fingerprint: 'f9', metric: 'disk' })], 0)
  story.hear([over(alert({ fingerprint: 'f9', metric: 'disk' }), at(1))], 1)
  assert.equal(phaseOf(story.state()), 'quiet')
  assert.deepEqual(kinds(story.hear([warning({ startsAt: at(2) })], 2)), ['tell-incident'])
  assert.deepEqual(kinds(story.closed(3)), ['notify-ops'])
})

test('whatever comes, the clock never has to be asked twice at one time', () => {
  const moment = fc.record({
    minutes: fc.integer({ min: 0, max: 3_000 }),
    level: fc.constantFrom('critical', 'warning', 'info'),
    print: fc.constantFrom('f1', 'f2', 'f3'),
    isOver: fc.boolean(),
    isOurs: fc.boolean(),
    silence: fc.constantFrom(null, null, null, 30),
  } as const)
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 40 }), moments => {
      let minutes = 0
      let state = newAlertState('opencode-acp/availability', MONDAY)
      const tick = () => {
        state = elapse(state, context(at(minutes))).state
        const due = nextDue(state)
        assert.ok(due === null || Date.parse(due) > Date.parse(at(minutes)) || mayForget(state, at(minutes)))
      }
      for (const { minutes: wait, level, print, isOver, isOurs, silence: hush } of moments) {
        minutes += wait
        tick()
        const one = alert({ fingerprint: print, level, startsAt: at(minutes) })
        const restarts = isOurs ? [{ target: 'alpha', at: at(minutes), reason: 'patch' }] : []
        state = judge(
          state,
          batch([isOver ? over(one, at(minutes)) : one], at(minutes)),
          context(at(minutes), { restarts }),
        ).state
        tick()
        if (hush !== null)
          state = silence(state, { until: at(minutes + hush), by: 'ana', reason: 'r' }, context(at(minutes))).state
        tick()
      }
    }),
  )
})

test('a critical alert that nothing excuses has an incident, whatever came before', () => {
  const before = fc.array(
    fc.record({
      level: fc.constantFrom('critical', 'warning', 'info'),
      print: fc.constantFrom('f1', 'f2'),
      isOver: fc.boolean(),
    } as const),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(before, moments => {
      let state = newAlertState('opencode-acp/availability', MONDAY)
      for (const [minutes, { level, print, isOver }] of moments.entries()) {
        const one = alert({ fingerprint: print, level, startsAt: at(minutes) })
        state = judge(state, batch([isOver ? over(one, at(minutes)) : one], at(minutes)), context(at(minutes))).state
      }
      const now = at(moments.length)
      state = judge(state, batch([alert({ fingerprint: 'f9', startsAt: now })], now), context(now)).state
      assert.equal(state.hasIncident, true)
    }),
  )
})
