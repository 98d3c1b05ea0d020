/** The pace towards Slack: never faster than allowed in any minute, in the order of asking, and everybody gets a turn. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Call, createPace, type Pace } from '../../../domain/chat/pace.ts'

const MINUTE = 60_000

interface Granted extends Call {
  readonly ticket: number
  readonly at: number
}

interface Asked extends Call {
  readonly at: number
}

/** Plays a day on a clock of its own; asks come in the order of their times. */
function play(asked: readonly Asked[], before: (pace: Pace) => void = () => {}): readonly Granted[] {
  const pace = createPace()
  before(pace)
  const granted: Granted[] = []
  let now = 0
  let next: number | null = null
  const serve = () => {
    const { tickets, nextAt } = pace.grant(now)
    for (const ticket of tickets) {
      const call = asked[ticket]
      if (call !== undefined) granted.push({ ...call, ticket, at: now })
    }
    next = nextAt
  }
  asked.forEach((call, ticket) => {
    while (next !== null && next <= call.at) {
      now = next
      serve()
    }
    now = call.at
    pace.ask(ticket, call, now)
    serve()
  })
  while (next !== null) {
    now = next
    serve()
  }
  return granted
}

/** The most in any minute, both ends included. */
function busiestMinute(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  return Math.max(0, ...sorted.map(start => sorted.filter(at => at >= start && at <= start + MINUTE).length))
}

const call = fc.record({
  method: fc.constantFrom('chat.update', 'chat.postMessage', 'conversations.history'),
  channel: fc.constantFrom('C1', 'C2'),
})
const day = fc
  .array(fc.record({ call, gap: fc.oneof(fc.constant(0), fc.nat(3_000)) }), { maxLength: 300 })
  .map(steps => {
    let at = 0
    return steps.map(({ call: { method, channel }, gap }): Asked => {
      at += gap
      return { method, channel: method === 'chat.postMessage' ? channel : null, at }
    })
  })

describe('the pace', () => {
  it('keeps the limits of methods and channels in every minute, in order, and leaves nobody waiting', () => {
    fc.assert(
      fc.property(day, asked => {
        const granted = play(asked)
        assert.equal(granted.length, asked.length)
        const lanes = Object.groupBy(granted, ({ method, channel }) => `${method} ${channel ?? ''}`)
        for (const lane of Object.values(lanes)) {
          const tickets = (lane ?? []).map(({ ticket }) => ticket)
          assert.deepEqual(
            tickets,
            tickets.toSorted((a, b) => a - b),
          )
        }
        const times = (method: string, channel?: string) =>
          granted.filter(one => one.method === method && (channel ?? one.channel) === one.channel).map(({ at }) => at)
        assert.ok(busiestMinute(times('chat.update')) <= 50)
        assert.ok(busiestMinute(times('conversations.history')) <= 50)
        assert.ok(busiestMinute(times('chat.postMessage')) <= 200)
        assert.ok(busiestMinute(times('chat.postMessage', 'C1')) <= 60)
      }),
      { numRuns: 60 },
    )
  })

  it('lets a few through at once and the rest one by one', () => {
    const updates = Array.from({ length: 8 }, (): Asked => ({ method: 'chat.update', channel: null, at: 0 }))
    const times = play(updates).map(({ at }) => Math.round(at))
    assert.deepEqual(times, [0, 0, 0, 0, 0, 1_333, 2_667, 4_000])
  })

  it('a busy channel does not hold up another one', () => {
    const busy = Array.from({ length: 12 }, (): Asked => ({ method: 'chat.postMessage', channel: 'C1', at: 0 }))
    const granted = play([...busy, { method: 'chat.postMessage', channel: 'C2', at: 1 }])
    assert.equal(granted.find(({ channel }) => channel === 'C2')?.at, 1)
  })

  it('a pause holds for its method alone, and nobody bursts after it', () => {
    const calls = ['chat.update', 'chat.update', 'chat.postMessage'].map(
      (method): Asked => ({ method, channel: null, at: 0 }),
    )
    const granted = play(calls, pace => pace.limited('chat.update', 30_000, 0))
    assert.deepEqual(
      granted.map(({ method, at }) => [method, Math.round(at)]),
      [
        ['chat.postMessage', 0],
        ['chat.update', 30_000],
        ['chat.update', 31_333],
      ],
    )
  })

  it('whoever comes back is served by when they first came, and whoever leaves is not served', () => {
    const pace = createPace()
    pace.limited('chat.update', 1_000, 0)
    const update = { method: 'chat.update', channel: null }
    pace.ask(1, update, 10)
    pace.ask(2, update, 20)
    pace.ask(3, update, 15)
    pace.leave(1)
    assert.deepEqual(pace.grant(1_000).tickets, [3])
    assert.deepEqual(pace.grant(10_000), { tickets: [2], nextAt: null })
  })
})
