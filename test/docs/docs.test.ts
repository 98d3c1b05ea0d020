import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { PROCEDURES } from '../../domain/procedures.ts'
import { GENERATED, renewed } from './write-tables.ts'

const ROOT = join(import.meta.dirname, '..', '..')

for (const entry of GENERATED) {
  test(`the generated part of ${entry.file} is current (npm run docs)`, () => {
    const { before, after } = renewed(entry)
    assert.equal(before, after)
  })
}

for (const { id } of PROCEDURES) {
  test(`${id} has a page`, () => assert.ok(existsSync(join(ROOT, 'docs', 'procedures', `${id}.md`))))
}

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter(page => page !== '' && existsSync(join(ROOT, page)))

for (const page of pages) {
  test(`the links of ${page} lead somewhere`, () => {
    const text = readFileSync(join(ROOT, page), 'utf8')
    const broken = [...text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
      .map(match => match[1] ?? '')
      .filter(link => !/^[a-z]+:/.test(link) && !existsSync(join(ROOT, dirname(page), link)))
    assert.deepEqual(broken, [])
  })
}
