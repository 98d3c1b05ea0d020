/** What a fix is: how it is named, what it may be checked by, what a patch does, and when a watch takes it back. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type Fix,
  fixEventId,
  isNamed,
  parseFixEventId,
  parseReproduction,
  refuseUnproven,
} from '../../../domain/fixes/fix.ts'
import {
  changedMembers,
  type Json,
  mergePatch,
  parsePatch,
  patchedText,
  valueAt,
} from '../../../domain/fixes/merge-patch.ts'
import { type FixRequest, stagingFor } from '../../../domain/fixes/request.ts'
import {
  reasonToTakeBack,
  type WatchLook,
  watchPauseMs,
  watchVerdict,
  watchWords,
} from '../../../domain/fixes/watch.ts'
import type { Verdict } from '../../../domain/verdicts.ts'
import { estate } from '../../support/facts.ts'

const sha256 = 'abcdef1234'.padEnd(64, '0')

describe('a fix', () => {
  it('is named by its digest, or by the version that it pins', () => {
    const CASES: readonly (readonly [words: string, named: boolean])[] = [
      ['FIX-abcdef1234', true],
      ['fix-ABCDEF12', true],
      [sha256, true],
      [`sha256:${sha256}`, true],
      ['opencode-ai@1.18.32', true],
      ['opencode-ai 1.18.32', true],
      ['FIX-abcdef', false],
      ['FIX-bbcdef1234', false],
      ['opencode-ai@1.18.3', false],
      ['1.18.32', false],
      ['', false],
    ]
    for (const [words, named] of CASES) assert.equal(isNamed(words, { sha256, version: '1.18.32' }), named, words)
  })

  it('is found again by its event, and by no other', () => {
    const id = fixEventId({ sha256 }, 'f'.repeat(64))
    assert.deepEqual(parseFixEventId(id), { sha256, registration: 'f'.repeat(64) })
    for (const other of ['', 'fix/1/2', `${id}0`, 'health-check/x']) assert.equal(parseFixEventId(other), null)
  })

  it('without green CI goes nowhere', () => {
    const fix = { sha256, ci: 'failed', ciUrl: 'https://ci.example.test/7' } as Fix
    assert.throws(() => refuseUnproven(fix), /CI failed: https:\/\/ci\.example\.test\/7/)
    assert.equal(refuseUnproven({ ...fix, ci: 'passed' }).ci, 'passed')
  })

  it('is checked by one of a closed set', () => {
    assert.deepEqual(parseReproduction('handshake'), { kind: 'handshake' })
    assert.deepEqual(parseReproduction('version:1.18.32'), { kind: 'version', version: '1.18.32' })
    assert.deepEqual(parseReproduction('config:a.b={"x": [1, 2]}'), { kind: 'config', key: 'a.b', json: '{"x":[1,2]}' })
    for (const wrong of ['', 'shell:rm', 'version:', 'version:$(x)', 'config:a', 'config:a=b c', 'config:.a=1']) {
      assert.throws(() => parseReproduction(wrong), /closed set/, wrong)
    }
  })

  it('is tested on a staging host, deployed on another, and otherwise refused', () => {
    const gamma = { name: 'gamma' as (typeof estate.hosts)[0]['name'], site: 'east', role: 'staging' as const }
    const withGamma = { hosts: [...estate.hosts, gamma] }
    const on = (host: string, hosts: typeof withGamma) => stagingFor({ host } as FixRequest, hosts)
    assert.equal(on('alpha', withGamma), gamma)
    assert.match(String(on('gamma', withGamma)), /where fixes are tested/)
    assert.match(String(on('delta', withGamma)), /no host delta/)
    assert.match(String(on('alpha', { hosts: [...estate.hosts] as never })), /no host of role staging/)
  })
})

describe('a merge patch', () => {
  it('does what RFC 7396 says (appendix A)', () => {
    const CASES: readonly (readonly [target: Json, patch: Json, result: Json])[] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b' }, { a: null }, {}],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [
        ['a', 'b'],
        ['c', 'd'],
        ['c', 'd'],
      ],
      [{ a: 'b' }, ['c'], ['c']],
      [{ a: 'foo' }, null, null],
      [{ a: 'foo' }, 'bar', 'bar'],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [[1, 2], { a: 'b', c: null }, { a: 'b' }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ]
    for (const [target, patch, result] of CASES) assert.deepEqual(mergePatch(target, patch), result)
  })

  it('the second time changes nothing, and never reaches a prototype', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (target, patch) => {
        const once = mergePatch(target as Json, patch as Json)
        assert.deepEqual(mergePatch(once, patch as Json), once)
      }),
    )
    mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'))
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
  })

  it('says member by member what it changes', () => {
    const text = '{"share": "auto", "nested": {"keep": 1, "go": true}}'
    const patch = parsePatch('{"share": "disabled", "nested": {"go": null, "come": [1]}}')
    assert.deepEqual(changedMembers(text, patch), [
      'share: "auto" becomes "disabled"',
      'nested.go: true becomes not there',
      'nested.come: not there becomes [1]',
    ])
    const after = patchedText(text, patch)
    assert.deepEqual(changedMembers(after, patch), [])
    assert.deepEqual(
      [valueAt(after, 'share'), valueAt(after, 'nested.keep'), valueAt(after, 'nested.go')],
      ['"disabled"', '1', null],
    )
    assert.equal(valueAt(after, 'share.length'), null)
  })

  it('is an object, and goes into an object', () => {
    for (const wrong of ['', '[]', '1', '{}', '{']) assert.throws(() => parsePatch(wrong), /no JSON merge patch/, wrong)
    assert.throws(() => patchedText('// a comment\n{}', { a: 1 }), /not plain JSON/)
  })
})

describe('the watch', () => {
  const calm: WatchLook = { healthy: true, words: 'it answers', critical: ['Known'], own: [], errors: { a: 2 } }

  it('takes back for a service that is not well and for a new critical alert, and for nothing that is unknown', () => {
    const CASES: readonly (readonly [now: Partial<WatchLook>, back: RegExp | null])[] = [
      [{}, null],
      [{ healthy: false }, /not well/],
      [{ critical: ['Known', 'Fresh'] }, /new critical alert fires: Fresh/],
      [{ healthy: null, critical: null, own: null, errors: null }, null],
      [{ own: ['Known'], errors: { b: 9 } }, null],
    ]
    for (const [now, back] of CASES) {
      const reason = reasonToTakeBack(calm, { ...calm, ...now })
      if (back === null) assert.equal(reason, null)
      else assert.match(reason ?? '', back)
    }
  })

  it('confirms only what was seen in every respect, and says the rest', () => {
    const CASES: readonly (readonly [now: Partial<WatchLook>, verdict: Verdict, words: RegExp])[] = [
      [{}, 'ok', /alert is gone.*No error is more frequent/],
      [{ errors: { a: 3 } }, 'warn', /More frequent than before: a \(3, before 2\)/],
      [{ own: 'none' }, 'ok', /No alert began it/],
      [{ own: ['Slow'] }, 'warn', /still fires: Slow/],
      [{ own: null }, 'unknown', /not known: nobody could be asked/],
      [{ own: ['Slow'], errors: null }, 'unknown', /still fires: Slow.*could not be compared/],
      [{ errors: null }, 'unknown', /could not be compared/],
      [{ healthy: null, words: 'alpha does not answer' }, 'unknown', /could not be looked at: alpha does not answer/],
    ]
    for (const [now, verdict, words] of CASES) {
      const last = { ...calm, ...now }
      assert.equal(watchVerdict(calm, last), verdict)
      assert.match(watchWords(calm, last).join(' '), words)
    }
  })

  it('looks at least once a minute', () => {
    assert.deepEqual([4, 30, 1_800, 86_400].map(watchPauseMs), [1_000, 7_500, 60_000, 60_000])
  })
})
