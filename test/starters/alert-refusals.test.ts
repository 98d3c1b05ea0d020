/** Refused deliveries on record, however many there are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { AppendReceipt, EventRow } from '../../domain/ledger.ts'
import { createRefusalRecord } from '../../starters/alerts/refusals.ts'

const RECEIPT: AppendReceipt = { sequence: 1, hash: '', added: 1, repeated: 0, conflicting: [] }
const NOON = Date.parse('2026-11-23T12:00:00Z')

function record(note: (row: EventRow) => Promise<AppendReceipt> = async () => RECEIPT) {
  const rows: EventRow[] = []
  const lines: { readonly details: object; readonly message: string }[] = []
  const clock = { now: NOON }
  const noteRefusal = createRefusalRecord({
    ledger: {
      async note(row) {
        rows.push(row)
        return await note(row)
      },
    },
    log: { warn: (details, message) => void lines.push({ details, message }) },
    now: () => clock.now,
  })
  return { rows, lines, clock, noteRefusal }
}

test('the first of each kind within an hour is a line and a row, the others are counted', () => {
  const { rows, lines, clock, noteRefusal } = record()
  for (let index = 0; index < 5_000; index += 1) {
    noteRefusal({ status: 401, why: 'unknown token', from: `10.0.0.${index % 250}` })
    clock.now += 100
  }
  noteRefusal({ status: 413, why: 'more than 1048576 bytes', from: '10.0.0.1' })
  assert.deepEqual(
    rows.map(({ id, kind, target, by }) => [id, kind, target, by]),
    [
      ['refused-delivery/401/2026-11-23T12:00:00.000Z', 'note', 'alert-door', 'ingress'],
      ['refused-delivery/413/2026-11-23T12:00:00.000Z', 'note', 'alert-door', 'ingress'],
    ],
  )
  assert.match(rows[0]?.reason ?? '', /refused with 401 \(unknown token\), from 10\.0\.0\.0/)
  assert.equal(lines.length, 2)
  clock.now = NOON + 3_600_000
  noteRefusal({ status: 401, why: 'unknown token', from: '10.0.0.9' })
  assert.equal(rows.length, 3)
  assert.deepEqual(lines[2]?.details, { status: 401, why: 'unknown token', from: '10.0.0.9', repeatedBefore: 4_999 })
})

test('what was sent is not repeated beyond a short plain line', () => {
  const { rows, lines, noteRefusal } = record()
  noteRefusal({ status: 400, why: `alerts.0.labels.password=hunter2hunter2\u0007\n${'x'.repeat(5_000)}`, from: 'a' })
  const said = JSON.stringify([rows, lines])
  assert.doesNotMatch(said, /hunter2|\\u0007|\\n/)
  assert.ok(said.length < 1_000)
})

test('a ledger that is away keeps nobody, and the line stands', async () => {
  const { lines, noteRefusal } = record(() => Promise.reject(new Error('the ledger is unreachable')))
  noteRefusal({ status: 401, why: 'unknown token', from: '10.0.0.1' })
  await pause(1)
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['a delivery of alerts was refused', 'a refused delivery could not be put on record'],
  )
})
