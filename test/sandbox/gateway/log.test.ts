// The log's file: a full disk, a rotation by copying, and values that would break a line.
import assert from 'node:assert/strict'
import { readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatLine, openLog } from '../../../sandbox/gateway/log.ts'
import { makeFolder, parseLine, removeFolder } from './harness.ts'

test('a full disk loses lines, which are counted, and nothing else', () => {
  const log = openLog('/dev/full')
  log.write('INFO', 'listening')
  log.write('INFO', 'connected')
  assert.equal(log.dropped(), 2)
})

test('after a copy-and-truncate rotation the next line is the first', async () => {
  const folder = await makeFolder()
  try {
    const path = join(folder, 'a.log')
    const log = openLog(path)
    log.write('INFO', 'before')
    await truncate(path)
    log.write('WARN', 'after', { conn: 1 })
    assert.match(await readFile(path, 'utf8'), /^\S+ WARN after conn=1\n$/)
  } finally {
    await removeFolder(folder)
  }
})

test('a secret is taken out before a value is cut', () => {
  const url = 'postgres://ops:correct-horse-battery@db/x'
  const { fields } = parseLine(
    formatLine(new Date(0), 'ERROR', `x/${url}`, { error: `${'x '.repeat(238)}${url}`, hint: url, conn: 1 }),
  )
  assert.doesNotMatch(JSON.stringify(fields), /correct/)
  assert.equal(fields.hint, 'postgres://ops:[redacted]@db/x')
})

test('whatever a client puts into a method or a message, it stays one line that parses', () => {
  const nasty = 'a b="c"\n2026 ERROR fake \\ \u0000 é'
  const line = parseLine(
    formatLine(new Date(0), 'WARN', nasty, { error: nasty, empty: '', missing: undefined, duration: 1.5 }),
  )
  assert.deepEqual(line.fields, { error: nasty, empty: '', duration: '1.5' })
  assert.equal(line.event, 'a_b_c_2026_ERROR_fake_é')
})
