/** Incidents and decisions in the ledger, on a real PostgreSQL: numbers given once, timelines, reviews that are open, the freeze switch. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Ledger, openLedger } from '../../activities/adapters/ledger/ledger.ts'
import type { EmergencyUse } from '../../domain/approvals/review.ts'
import type { DecisionRow, EventRow, IncidentRow } from '../../domain/ledger.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { createLedger } from '../support/test-ledger.ts'

let postgres: TestPostgres
let ledger: Ledger

before(async () => {
  postgres = await startPostgres()
  await createLedger(postgres)
  ledger = openLedger(postgres.as('ops_ledger', 'ledger'))
})
after(async () => {
  await ledger?.close()
  await postgres.stop()
})

const AT = '2026-11-23T09:00:00Z'

function entry(incident: string, changes: Partial<IncidentRow> = {}): IncidentRow {
  return {
    number: 1,
    incident,
    workflowId: `incident:${incident}`,
    entry: 1,
    at: AT,
    kind: 'declared',
    text: 'declared Critical',
    person: 'ana',
    door: 'cli',
    title: `trouble of ${incident}`,
    severity: 'critical',
    category: 'availability',
    status: 'declared',
    startedAt: AT,
    ...changes,
  }
}

function numbering(incident: string) {
  const { number: _, entry: __, kind: ___, ...rest } = entry(incident)
  return rest
}

describe('the number of an incident', () => {
  test('is the next one, and the same for every try', async () => {
    assert.equal(await ledger.numberIncident(numbering('one')), 1)
    assert.equal(await ledger.numberIncident(numbering('two')), 2)
    assert.equal(await ledger.numberIncident(numbering('one')), 1)
  })

  test('is given once, also to ten at the same time of whom each asks twice', async () => {
    const asked = Array.from({ length: 20 }, (_, index) => ledger.numberIncident(numbering(`many-${index % 10}`)))
    const numbers = await Promise.all(asked)
    assert.equal(new Set(numbers).size, 10)
    for (let index = 0; index < 10; index += 1) assert.equal(numbers[index], numbers[index + 10])
    assert.equal((await ledger.verify()).kind, 'whole')
  })
})

describe('timelines', () => {
  test('are listed by their newest entry, found by words, and told in their order', async () => {
    const number = await ledger.numberIncident(numbering('story'))
    const rows = ['declared', 'acknowledged', 'resolved'].map((kind, index) =>
      entry('story', { number, entry: index + 1, kind, status: kind, text: `it was ${kind}` }),
    )
    await ledger.append(rows.map(row => ({ table: 'incidents' as const, row })))
    await ledger.append(rows.map(row => ({ table: 'incidents' as const, row })))
    assert.deepEqual(
      (await ledger.timelineOf(number)).map(({ kind }) => kind),
      ['numbered', 'declared', 'acknowledged', 'resolved'],
    )
    const [newest] = await ledger.listIncidents({ limit: 5 })
    assert.deepEqual([newest?.number, newest?.status], [number, 'resolved'])
    assert.deepEqual(
      (await ledger.listIncidents({ limit: 5, search: 'WAS ACKNOWLEDGED' })).map(found => found.number),
      [number],
    )
    assert.deepEqual(
      (await ledger.listEntries({ limit: 2 })).map(({ kind }) => kind),
      ['resolved', 'acknowledged'],
    )
    assert.deepEqual(
      (await ledger.milestones(['resolved'], AT)).map(row => row.number),
      [number],
    )
  })
})

test('an old incident that is open is listed, however many were closed after it', async () => {
  const statuses = ['investigating', 'closed', 'closed', 'closed']
  const numbers: number[] = []
  for (const [index, status] of statuses.entries()) {
    const number = await ledger.numberIncident(numbering(`old-${index}`))
    numbers.push(number)
    await ledger.append([{ table: 'incidents', row: entry(`old-${index}`, { number, kind: 'status', status }) }])
  }
  const open = await ledger.listIncidents({ limit: 1, open: true })
  assert.deepEqual(
    open.map(({ number }) => number),
    numbers.slice(0, 1),
  )
  const all = await ledger.listIncidents({ limit: 2 })
  assert.deepEqual(
    all.map(({ number }) => number),
    numbers.toReversed().slice(0, 2),
  )
})

describe('decisions', () => {
  const decision = (changes: Partial<DecisionRow>): DecisionRow => ({
    approvalId: 'APR-1',
    entry: 'attempt-1',
    kind: 'attempt',
    workflowId: 'change:alpha',
    at: AT,
    person: 'ben',
    door: 'cli',
    verdict: 'breakglass',
    digest: 'a'.repeat(64),
    counted: true,
    text: 'the house burns',
    ...changes,
  })
  const write = (row: DecisionRow) => ledger.append([{ table: 'decisions', row }])

  test('by break-glass or alone stay open until somebody has reviewed them', async () => {
    await write(decision({}))
    await write(decision({ approvalId: 'APR-2', verdict: 'approve-alone' }))
    await write(decision({ approvalId: 'APR-3', counted: false }))
    await write(decision({ approvalId: 'APR-4', verdict: 'approve' }))
    await write(decision({ approvalId: 'APR-5', person: 'dee' }))
    const uses = await ledger.emergencyUses({ person: 'ben' })
    assert.deepEqual(named(uses), ['APR-1', 'APR-2'])
    assert.deepEqual([uses[0]?.opened, uses[0]?.reviews], [null, []])
    await write(decision({ entry: 'review-dee', kind: 'review', person: 'dee' }))
    const [reviewed] = await ledger.emergencyUses({ approvalId: 'APR-1' })
    assert.deepEqual(
      reviewed?.reviews.map(({ person }) => person),
      ['dee'],
    )
    assert.deepEqual(
      (await ledger.listDecisions({ limit: 9, approvalId: 'APR-1' })).map(({ kind }) => kind),
      ['review', 'attempt'],
    )
  })

  test('are found by their incident, whoever decided, and a try whose answer was lost is none', async () => {
    for (const [approvalId, incident] of [
      ['APR-11', 'INC-11'],
      ['APR-12', 'INC-12'],
      ['APR-13', 'INC-11'],
    ] as const) {
      await write(decision({ approvalId, entry: 'opened', kind: 'opened', verdict: 'ask', counted: false, incident }))
      await write(decision({ approvalId, person: 'eve' }))
    }
    await write(decision({ approvalId: 'APR-13', person: 'eve', entry: 'attempt-1-unwritten', counted: false }))
    const [use] = await ledger.emergencyUses({ incident: 'INC-11' })
    assert.deepEqual([use?.used.person, use?.opened?.incident], ['eve', 'INC-11'])
    assert.deepEqual(await ledger.emergencyUses({ incident: 'INC-1' }), [])
    assert.deepEqual(named(await ledger.emergencyUses({ person: 'eve' })), ['APR-11', 'APR-12'])
    await write(decision({ approvalId: 'APR-13', person: 'eve', entry: 'attempt-2' }))
    const all = named(await ledger.emergencyUses({ person: 'eve' }))
    assert.deepEqual(all, ['APR-11', 'APR-12', 'APR-13'], 'the second try counted')
  })

  const named = (uses: readonly EmergencyUse[]) => uses.map(({ used }) => used.approvalId)
})

describe('the freeze switch', () => {
  const event = (id: string, kind: EventRow['kind']): EventRow => ({
    id,
    kind,
    target: 'estate',
    at: AT,
    reason: 'a fair is on',
    by: 'dee',
  })

  test('is the last word of freeze and thaw', async () => {
    assert.equal(await ledger.currentFreeze(), null)
    await ledger.note(event('f1', 'freeze'))
    assert.equal((await ledger.currentFreeze())?.by, 'dee')
    await ledger.note(event('n1', 'note'))
    assert.equal((await ledger.currentFreeze())?.id, 'f1')
    await ledger.note(event('t1', 'thaw'))
    assert.equal(await ledger.currentFreeze(), null)
    assert.equal((await ledger.findEvent('t1'))?.kind, 'thaw')
    assert.equal(await ledger.findEvent('never'), null)
  })
})
