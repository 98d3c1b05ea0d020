/** What changed since the last run, as a table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '../../../domain/findings.ts'
import { changesSince } from '../../../domain/report/changes.ts'
import type { FindingVerdict } from '../../../domain/verdicts.ts'
import { found } from '../../support/report-samples.ts'

type Before = Readonly<Record<string, FindingVerdict>>

function changes(before: Before | null, now: readonly Finding[]): readonly string[] {
  const last = before === null ? null : { nominalTime: '2026-11-22T08:00:00Z', bootId: null, restarts: null }
  const lastFindings = Object.entries(before ?? {}).map(([id, verdict]) => ({ id, verdict }))
  const [own] = changesSince(now, [{ target: 'alpha', last, plannedRestarts: [], days: [], lastFindings }])
  assert.equal(own?.since ?? null, last?.nominalTime ?? null)
  return own?.changes.map(({ kind, id, before: then, now: is }) => `${kind} ${id} ${then}>${is}`) ?? []
}

const waived = { reason: 'known', owner: 'ana', until: '2026-12-01' }

const CASES: readonly [claim: string, before: Before | null, now: readonly Finding[], expected: readonly string[]][] = [
  ['a first run has nothing to compare with', null, [found('load', 'fail', 'x')], []],
  ['the same is no change', { load: 'warn', disk: 'ok' }, [found('load', 'warn', 'x'), found('disk', 'ok', 'x')], []],
  ['what was fine and is not is new', { load: 'ok' }, [found('load', 'warn', 'x')], ['new load ok>warn']],
  ['what was not there and is bad is new', {}, [found('load', 'fail', 'x')], ['new load null>fail']],
  ['what was not there and is fine is no news', {}, [found('load', 'ok', 'x'), found('zed', 'skipped', 'x')], []],
  [
    'worse, by the order fail > unknown > warn',
    { a: 'warn', b: 'unknown' },
    [found('a', 'unknown', 'x'), found('b', 'fail', 'x')],
    ['worse b unknown>fail', 'worse a warn>unknown'],
  ],
  [
    'better, also when it is not yet well',
    { a: 'fail', b: 'warn' },
    [found('a', 'warn', 'x'), found('b', 'ok', 'x')],
    ['better a fail>warn', 'better b warn>ok'],
  ],
  [
    'a mount that failed and is no more is gone',
    { 'disk.used:/mnt': 'fail' },
    [found('disk.used:/', 'ok', 'x')],
    ['gone disk.used:/mnt fail>null'],
  ],
  [
    'what nobody looked at this time is not gone',
    { 'log.errors': 'fail' },
    [found('host.silent', 'unknown', 'x')],
    ['new host.silent null>unknown'],
  ],
  [
    'a waiver that begins makes it better',
    { load: 'warn' },
    [found('load', 'warn', 'x', { waived })],
    ['better load warn>skipped'],
  ],
  [
    'a waiver that has expired makes it new',
    { load: 'skipped' },
    [found('load', 'warn', 'x')],
    ['new load skipped>warn'],
  ],
  ['skipped is as good as fine', { load: 'ok' }, [found('load', 'skipped', 'x')], []],
  [
    'new before worse before gone before better',
    { a: 'ok', b: 'warn', c: 'fail', 'd:1': 'fail' },
    [found('c', 'ok', 'x'), found('b', 'fail', 'x'), found('a', 'warn', 'x'), found('d:2', 'ok', 'x')],
    ['new a ok>warn', 'worse b warn>fail', 'gone d:1 fail>null', 'better c fail>ok'],
  ],
]

for (const [claim, before, now, expected] of CASES) {
  test(claim, () => assert.deepEqual(changes(before, now), expected))
}

test('findings of other targets are left alone', () => {
  assert.deepEqual(changes({}, [found('load', 'fail', 'x', { target: 'beta' })]), [])
})
