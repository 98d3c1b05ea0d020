import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { PROCEDURES } from '../../domain/procedures.ts'
import { parseCommand } from '../../starters/parse-command.ts'
import { ops } from '../support/ops.ts'
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

/** What a person pastes into a shell, from the fences and the code spans of a page. */
const commands = pages.flatMap(page =>
  [
    ...readFileSync(join(ROOT, page), 'utf8').matchAll(
      /(?:^|`|&& |; |= )((?:npx ops|node|node_modules\/\.bin\/node) [^`#\n]+)/gm,
    ),
  ].map(match => ({ page, line: (match[1] ?? '').trim() })),
)

test('no page starts TypeScript with the Node of the machine: Node 20 cannot read it', () => {
  const wrong = commands.filter(({ line }) => /^node .*\.ts\b/.test(line))
  assert.deepEqual(wrong, [])
})

test('what a page starts from dist is made by the build', () => {
  const started = commands.flatMap(({ page, line }) =>
    [...line.matchAll(/\bdist\/(\S+)\.js\b/g)].map(match => ({ page, source: `${match[1]}.ts` })),
  )
  assert.ok(started.some(({ source }) => source === 'starters/ingress.ts'))
  assert.deepEqual(
    started.filter(({ source }) => !existsSync(join(ROOT, source))),
    [],
  )
})

for (const { page, line } of commands.filter(command => command.line.startsWith('npx ops '))) {
  test(`${page}: ${line} is understood`, () => {
    const words = line.replaceAll(/<[^>]*>/g, 'one').match(/"[^"]*"|\S+/g) ?? []
    assert.doesNotThrow(() => parseCommand(words.slice(2).map(word => word.replaceAll('"', ''))))
  })
}

test('the manifest of the app is printed as docs/slack.md says', async () => {
  const { line = '' } = commands.find(command => command.line.startsWith('npx ops slack manifest ')) ?? {}
  const { code, out, err } = await ops(line.split(' ').slice(2))
  assert.deepEqual([code, err], [0, ''])
  assert.equal(JSON.parse(out).settings.event_subscriptions.request_url, 'https://ops.example.com/slack/events')
})
