/** What a new rules file changes, and how people read it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { diffRules } from '../../../domain/monitoring/diff.ts'
import { diffLines, diffSummary } from '../../../domain/monitoring/diff-words.ts'
import type { Rule, RulesFile } from '../../../domain/monitoring/rules.ts'

const alert = (name: string, query: string, settings: Rule['settings'] = {}, group = 'g'): Rule => ({
  group,
  kind: 'alerting',
  name,
  query,
  settings,
})
const record = (name: string, query: string): Rule => ({ group: 'g', kind: 'recording', name, query, settings: {} })

function file(rules: readonly Rule[], settings: Readonly<Record<string, string>> = {}): RulesFile {
  const byGroup = Map.groupBy(rules, ({ group }) => group)
  return { groups: [...byGroup].map(([name, members]) => ({ name, settings, rules: members })) }
}

const up = alert('Down', 'up == 0', { for: '5m', 'label severity': 'warning', 'annotation summary': 'it is down' })
const longHead = `sum by (job, instance) (rate(${'a'.repeat(80)}[5m]))`

const CASES: readonly (readonly [
  what: string,
  before: RulesFile,
  after: RulesFile,
  summary: string,
  lines: readonly string[],
])[] = [
  ['nothing', file([up]), file([up]), 'no rule is another one, only comments or order', []],
  [
    'another order is none',
    file([up, record('a:b', 'x')]),
    file([record('a:b', 'x'), up]),
    'no rule is another one, only comments or order',
    [],
  ],
  [
    'a rule more',
    file([up]),
    file([up, alert('Full', 'disk > 0.9', { for: '1m', 'annotation summary': 'full' })]),
    '1 added',
    ['added: alert Full (g): disk > 0.9; for 1m'],
  ],
  ['a rule less', file([up, record('a:b', 'x')]), file([up]), '1 removed', ['removed: record a:b (g): x']],
  [
    'another expression, and how long it waits',
    file([up]),
    file([{ ...up, query: 'up < 1', settings: { ...up.settings, for: '10m' } }]),
    '1 changed',
    ['changed: alert Down (g): query up == 0 becomes up < 1', 'changed: alert Down (g): for 5m becomes 10m'],
  ],
  [
    'a limit at the end of a long expression',
    file([alert('Slow', `${longHead} > 0.8`)]),
    file([alert('Slow', `${longHead} > 0.9`)]),
    '1 changed',
    [`changed: alert Slow (g): query …${'a'.repeat(13)}[5m])) > 0.8 becomes …${'a'.repeat(13)}[5m])) > 0.9`],
  ],
  [
    'a label that comes and one that goes',
    file([alert('A', 'x', { 'label team': 'ops' })]),
    file([alert('A', 'x', { 'label severity': 'critical' })]),
    '1 changed',
    ['changed: alert A (g): label team ops is gone', 'changed: alert A (g): label severity critical is new'],
  ],
  [
    'an annotation',
    file([up]),
    file([{ ...up, settings: { ...up.settings, 'annotation summary': 'it is\n  gone' } }]),
    '1 changed',
    ['changed: alert Down (g): annotation summary it is down becomes it is gone'],
  ],
  [
    'another group makes it another rule',
    file([up]),
    file([{ ...up, group: 'h' }]),
    '1 added, 1 removed',
    [
      'removed: alert Down (g): up == 0; for 5m; label severity warning',
      'added: alert Down (h): up == 0; for 5m; label severity warning',
    ],
  ],
  [
    'an alert that becomes a record is another rule',
    file([alert('x', 'y')]),
    file([record('x', 'y')]),
    '1 added, 1 removed',
    ['removed: alert x (g): y', 'added: record x (g): y'],
  ],
  [
    'of two with one name, the one that stayed is left out',
    file([alert('A', 'x > 1', { 'label severity': 'warning' }), alert('A', 'x > 2', { 'label severity': 'critical' })]),
    file([alert('A', 'x > 1', { 'label severity': 'warning' }), alert('A', 'x > 3', { 'label severity': 'critical' })]),
    '1 changed',
    ['changed: alert A (g): query x > 2 becomes x > 3'],
  ],
  [
    'one of two that are the same goes',
    file([up, up]),
    file([up]),
    '1 removed',
    ['removed: alert Down (g): up == 0; for 5m; label severity warning'],
  ],
  [
    'how often a group is looked at',
    file([up], { interval: '30s' }),
    file([up], { interval: '1m' }),
    '1 group set otherwise',
    ['group g: interval 30s becomes 1m'],
  ],
]

describe('the difference of two rules files', () => {
  for (const [what, before, after, summary, lines] of CASES) {
    test(what, () => {
      const diff = diffRules(before, after)
      assert.equal(diffSummary(diff), summary)
      assert.deepEqual(diffLines(diff), lines)
    })
  }

  test('is bounded: lines and their length', () => {
    const many = Array.from({ length: 50 }, (_, index) => alert(`A${index}`, `up{x="${'y'.repeat(500)}"}`))
    const lines = diffLines(diffRules(file([]), file(many)))
    assert.equal(lines.length, 31)
    assert.equal(lines.at(-1), 'and 20 lines more, by digest')
    assert.ok(lines.every(line => line.length <= 190))
  })

  const rules = fc.array(fc.record({ name: fc.constantFrom('A', 'B', 'C'), query: fc.constantFrom('x', 'y', 'z') }), {
    maxLength: 8,
  })
  test('adds up, whatever the files are', () => {
    fc.assert(
      fc.property(rules, rules, (before, after) => {
        const [was, is] = [before, after].map(list => list.map(({ name, query }) => alert(name, query)))
        const { added, removed, changed } = diffRules(file(was ?? []), file(is ?? []))
        assert.equal(before.length - removed.length + added.length, after.length)
        const back = diffRules(file(is ?? []), file(was ?? []))
        assert.deepEqual(
          [back.added.length, back.removed.length, back.changed.length],
          [removed.length, added.length, changed.length],
        )
      }),
    )
  })
})
