/** Incidents that live for long, most of them on skipped time: escalation, cadences, renewal. They run side by side. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Context } from '@temporalio/activity'
import type { PageOrder, PageReceipt } from '../../activities/incident-response.ts'
import type { Severity } from '../../domain/incident/severity.ts'
import { isOfficeTime, officeTime } from '../../domain/team/business-time.ts'
import { incidentSignal } from '../../workflows/messages.ts'
import {
  declaration,
  declare,
  type IncidentHandle,
  incidentHands,
  incidentWhen,
  message,
} from '../support/incident-rig.ts'
import { ana, ben, cy, dee, team } from '../support/team.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Until the run that has begun it ends. */
const HANGS = 'its first page hangs'

describe('a long incident', { concurrency: true }, () => {
  let rig: Rig
  let stop: () => void
  let stopped: Promise<unknown>
  const pages: PageOrder[] = []
  const { hands, notebook } = incidentHands({
    chat: {
      async page(order): Promise<PageReceipt> {
        pages.push(order)
        if (order.title.includes(HANGS) && order.again !== true) await Context.current().cancelled
        return { delivered: 'slack', failed: [], phone: null }
      },
    },
  })

  before(async () => {
    rig = await openRig('127.81.0.12')
    const story = new Promise<void>(resolve => {
      stop = resolve
    })
    await new Promise<void>(resolve => {
      stopped = rig.withWorkers(hands, () => {
        resolve()
        return story
      })
    })
  })
  after(async () => {
    stop?.()
    await stopped
    await rig?.close()
  })

  function rowsOf({ workflowId }: IncidentHandle) {
    return notebook.rows.filter(row => row.workflowId === workflowId)
  }

  /** Lets it live for so long; `does` is what happens at its beginning. */
  async function live(
    severity: Severity,
    hours: number,
    does: (handle: IncidentHandle) => Promise<void> = async () => {},
  ) {
    const declared = declaration({ severity, title: `${severity} for ${hours} h` })
    const handle = await declare(rig, declared, { skipTime: true })
    await does(handle)
    const startedAt = Date.parse(declared.startedAt)
    const end = startedAt + hours * HOUR_MS
    // Whoever asks all the time keeps the worker from what it is asked about.
    await incidentWhen(handle, ({ timeline }) => Date.parse(timeline.at(-1)?.at ?? '') >= end, 550_000, 2_000)
    await handle.terminate()
    const rows = rowsOf(handle)
    assert.deepEqual(
      rows.map(({ entry }) => entry),
      Array.from({ length: rows.length }, (_, index) => index + 1),
      'every line is in the ledger once and in order, through all runs',
    )
    const lines = rows.map(row => ({ ...row, minute: (Date.parse(row.at) - startedAt) / MINUTE_MS }))
    return { handle, lines: lines.filter(({ minute }) => minute < hours * 60), startedAt, end }
  }

  /** The moments lie on a grid, none is missing, and what happens takes no minute of waiting. */
  function assertEvery(minutes: number, from: number, until: number, found: readonly number[], what: string): void {
    const expected = Math.ceil((until - from) / minutes)
    assert.equal(found.length, expected, `${what}: how often`)
    for (const [index, minute] of found.entries()) {
      const due = from + minutes * index
      assert.ok(minute >= due && minute < due + 1, `${what} ${index + 1} was due at ${due} and came at ${minute}`)
    }
  }

  test('Critical for a day without anybody: all hands, then tier after tier, every 5 minutes', async () => {
    const { handle, lines } = await live('critical', 24)
    const rung = pages.filter(({ workflowId }) => workflowId === handle.workflowId)
    assert.equal(new Set(rung.map(({ key }) => key)).size, rung.length, 'no page twice')
    assert.deepEqual(new Set(rung.slice(0, 3).map(({ person }) => person)), new Set([ana, cy, dee]))
    const escalations = lines.filter(({ kind, minute }) => kind === 'paged' && minute > 1)
    assertEvery(
      5,
      5,
      24 * 60,
      escalations.map(({ minute }) => minute),
      'escalation',
    )
    const tiers = escalations.map(({ text }) => /paged (\w+)/.exec(text)?.[1])
    for (const [index, person] of tiers.entries()) assert.equal(person, [cy, dee, ana][index % 3])

    const minutesOf = (words: RegExp) => lines.filter(({ text }) => words.test(text)).map(({ minute }) => minute)
    assertEvery(30, 30, 24 * 60, minutesOf(/status update is (due\.|overdue)/), 'status update')
    for (const [due, words] of [
      [10, /goes to stakeholders$/],
      [15, /no response in time/],
      [240, /not resolved after four hours/],
    ] as const)
      assertEvery(24 * 60, due, due + 1, minutesOf(words), String(words))
  })

  test('High for three days: who has it is asked after an hour and loses it; every hour a status update is due', async () => {
    const { lines } = await live('high', 72, handle =>
      handle.signal(incidentSignal, message(ana, { kind: 'acknowledge' })),
    )
    const firstOf = (wanted: string) => Math.floor(lines.find(({ kind }) => kind === wanted)?.minute ?? -1)
    assert.deepEqual([firstOf('asked'), firstOf('unacknowledged')], [60, 70])
    const moments = (kind: string, words: RegExp) =>
      lines.filter(line => line.kind === kind && words.test(line.text)).map(({ minute }) => minute)
    assertEvery(
      15,
      70,
      72 * 60,
      moments('paged', /./).filter(minute => minute > 1),
      'page',
    )
    assertEvery(60, 120, 72 * 60, moments('escalated', /status update is overdue/), 'reminder')
  })

  test('Low for thirty days: a word on every business morning, and nothing at night', async () => {
    const { lines, startedAt, end } = await live('low', 720)
    const heard = lines.filter(({ kind }) => kind === 'reminded' || kind === 'escalated')
    for (const { at, text } of heard) assert.ok(isOfficeTime(at, team), `${at}: ${text}`)
    // Whenever the test runs: what is due at night or at a weekend waits for the next morning.
    const mornings: string[] = []
    for (let due = startedAt + 24 * HOUR_MS; due < end; due += 24 * HOUR_MS) {
      const day = officeTime(new Date(due).toISOString(), team).slice(0, 10)
      if (!mornings.includes(day)) mornings.push(day)
    }
    const updates = heard.filter(({ text }) => /status update is (due\.|overdue)/.test(text))
    const days = updates.map(({ at }) => at.slice(0, 10))
    assert.deepEqual(days.slice(0, mornings.length - 1), mornings.slice(0, -1))
    assert.equal(pages.filter(({ title }) => title.includes('low for')).length, 0, 'nobody is rung')
  })

  test('it continues as new and forgets nothing', async () => {
    const handle = await declare(rig, declaration(), { renewAfter: 100 })
    const firstRun = await runOf(handle)
    await incidentWhen(handle, ({ evidenceAt }) => evidenceAt !== null)
    await handle.signal(incidentSignal, message(ben, { kind: 'acknowledge' }))
    const repeated = message(ana, { kind: 'note', text: 'said once' })
    await handle.signal(incidentSignal, repeated)
    let notes = 0
    for (const renewal of [1, 2]) {
      const run = await runOf(handle)
      // How many it takes depends on how many come at once; while they come all the time, no run can end.
      while ((await runOf(handle)) === run) {
        for (let count = 1; count <= 20; count += 1) {
          notes += 1
          await handle.signal(incidentSignal, message(ana, { kind: 'note', text: `note ${renewal}/${notes}` }))
        }
        await pause(5_000)
      }
    }
    await handle.signal(incidentSignal, repeated)
    await handle.signal(incidentSignal, message(ana, { kind: 'note', text: 'the last' }))
    const now = await incidentWhen(handle, ({ timeline }) => timeline.some(({ text }) => text.includes('the last')))
    assert.equal(now.acknowledged?.by, ben)
    assert.equal(now.key, firstRun)
    while (rowsOf(handle).length < now.entries) await pause(50)
    const rows = rowsOf(handle)
    assert.deepEqual(
      rows.map(({ entry }) => entry),
      Array.from({ length: now.entries }, (_, index) => index + 1),
    )
    assert.equal(rows.filter(({ text }) => text.includes('said once')).length, 1)
    assert.equal(rows.filter(({ text }) => /note \d/.test(text)).length, notes)
    await handle.terminate()
  })

  test('what is under way when it continues as new is tried again by its key', async () => {
    const handle = await declare(rig, declaration({ title: HANGS }), { renewAfter: 30 })
    const firstRun = await runOf(handle)
    await incidentWhen(handle, ({ timeline }) => timeline.some(({ kind }) => kind === 'page-delivered'), 120_000)
    assert.notEqual(await runOf(handle), firstRun)
    const sent = pages.filter(({ workflowId }) => workflowId === handle.workflowId)
    const [first, last] = [sent[0], sent.at(-1)]
    assert.ok(first !== undefined)
    assert.equal(first.again, false)
    assert.deepEqual(last, { ...first, again: true }, 'it may have rung already')
    await handle.terminate()
  })

  async function runOf(handle: IncidentHandle): Promise<string> {
    return (await handle.describe()).runId
  }
})
