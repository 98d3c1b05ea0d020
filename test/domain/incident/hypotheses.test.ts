/** From what is found to what is believed: one case for each guess, and what must hold for any evidence at all. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { EvidenceFacts } from '../../../domain/incident/evidence.ts'
import {
  type EvidenceOfHost,
  type HypothesisKind,
  rankHypotheses,
  WEIGHTS,
} from '../../../domain/incident/hypotheses.ts'

function on(host: string, facts: Readonly<Record<string, EvidenceFacts>>): readonly EvidenceOfHost[] {
  return Object.entries(facts).map(([collector, found]) => ({ host, collector, facts: found }))
}

const FILE = '/etc/opencode/opencode.json'

const WELL: Readonly<Record<string, EvidenceFacts>> = {
  service: {
    unit: 'acp',
    activeState: 'active',
    subState: 'running',
    result: 'success',
    restartsLastHour: 0,
    answers: true,
  },
  log: { newPattern: null, grownPattern: null },
  processes: { memoryUsedPercent: 40, memoryPressure: 0, hottest: 'node' },
  connections: { established: 4, topPeer: '10.0.0.9', topPeerConnections: 3, sessionsOpen: 3, sessionsLimit: 50 },
  disk: { fullestMount: '/', fullestPercent: 60, inodesPercent: 3 },
  database: { reachable: true, blocked: 0, longestWaitSeconds: 0 },
  changes: { newestMinutes: null, bootMinutes: null, lastDeployKind: null, lastDeployWhat: null },
}

const unwell = { ...WELL.service, activeState: 'failed', subState: 'failed', result: 'exit-code' }

const CASES: readonly {
  readonly kind: HypothesisKind
  readonly with: Readonly<Record<string, EvidenceFacts>>
  readonly says: RegExp
  readonly workaround: string | null
}[] = [
  {
    kind: 'disk-full',
    with: { disk: { fullestMount: '/var', fullestPercent: 99.2, inodesPercent: 1 } },
    says: /\/var is 99\.2 % full/,
    workaround: 'free-disk',
  },
  {
    kind: 'disk-full',
    with: { disk: { fullestMount: '/', fullestPercent: 10, inodesPercent: 100 } },
    says: /inodes are 100 %/,
    workaround: 'free-disk',
  },
  {
    kind: 'database-away',
    with: { database: { reachable: false, reason: 'nothing listens' } },
    says: /nothing listens/,
    workaround: null,
  },
  {
    kind: 'database-blocked',
    with: { database: { reachable: true, blocked: 3, longestWaitSeconds: 240 } },
    says: /3 sessions wait .* 4 min/,
    workaround: null,
  },
  {
    kind: 'out-of-memory',
    with: { service: { ...WELL.service, oomKills: 2 } },
    says: /2 times/,
    workaround: 'restart',
  },
  {
    kind: 'out-of-memory',
    with: { service: { ...unwell, result: 'oom-kill' } },
    says: /oom-kill/,
    workaround: 'restart',
  },
  {
    kind: 'memory-pressure',
    with: { processes: { memoryUsedPercent: 97, memoryPressure: 3, hottest: 'java' } },
    says: /97 % used/,
    workaround: null,
  },
  {
    kind: 'memory-pressure',
    with: { processes: { memoryUsedPercent: 70, memoryPressure: 45, hottest: null } },
    says: /pressure 45 %/,
    workaround: null,
  },
  { kind: 'service-stopped', with: { service: unwell }, says: /failed \(failed, exit-code\)/, workaround: 'restart' },
  {
    kind: 'crash-loop',
    with: { service: { ...WELL.service, restartsLastHour: 4 } },
    says: /4 automatic restarts/,
    workaround: 'restart',
  },
  {
    kind: 'crash-loop',
    with: { service: { ...WELL.service, activeState: 'activating', subState: 'auto-restart' } },
    says: /auto-restart/,
    workaround: 'restart',
  },
  {
    kind: 'service-hung',
    with: { service: { ...WELL.service, answers: false, refusal: 'no answer within 8 s' } },
    says: /no answer within 8 s/,
    workaround: 'restart',
  },
  {
    kind: 'session-limit',
    with: { connections: { ...WELL.connections, sessionsOpen: 50 } },
    says: /50 of 50 sessions/,
    workaround: 'raise-limit',
  },
  {
    kind: 'client-flood',
    with: { connections: { ...WELL.connections, established: 50, topPeerConnections: 48 } },
    says: /48 of 50 connections come from 10\.0\.0\.9/,
    workaround: 'block-client',
  },
  {
    kind: 'client-flood',
    with: { connections: { ...WELL.connections, established: 50, topPeer: '127.0.0.1', topPeerConnections: 48 } },
    says: /127\.0\.0\.1/,
    workaround: null,
  },
  {
    kind: 'host-rebooted',
    with: { changes: { ...WELL.changes, bootMinutes: 12 } },
    says: /booted 12 min before/,
    workaround: null,
  },
  {
    kind: 'recent-change',
    with: { changes: { ...WELL.changes, newestMinutes: 20, newestWhat: 'Upgrade: curl 1 → 2' } },
    says: /20 min before: Upgrade: curl/,
    workaround: null,
  },
  {
    kind: 'change-of-the-day',
    with: {
      changes: {
        ...WELL.changes,
        newestMinutes: 600,
        newestKind: 'configuration',
        newestWhat: FILE,
        lastDeployKind: 'configuration',
        lastDeployWhat: FILE,
      },
    },
    says: /10 h before/,
    workaround: 'rollback',
  },
  {
    kind: 'change-before-failure',
    with: { service: unwell, changes: { ...WELL.changes, newestMinutes: 5, newestWhat: 'x' } },
    says: /5 min before: x/,
    workaround: null,
  },
  {
    kind: 'new-errors',
    with: { log: { newPattern: 'boom <n>', newPatternCount: 7, grownPattern: null } },
    says: /7 times .* boom/,
    workaround: null,
  },
  { kind: 'more-errors', with: { log: { newPattern: null, grownPattern: 'slow' } }, says: /slow/, workaround: null },
]

describe('hypotheses', () => {
  it('are none for a host on which all is well, and for one that nobody could look at', () => {
    assert.deepEqual(rankHypotheses(on('alpha', WELL)), [])
    assert.deepEqual(rankHypotheses([]), [])
    assert.deepEqual(rankHypotheses(on('alpha', { service: {}, disk: {} })), [])
  })

  for (const { kind, with: found, says, workaround } of CASES) {
    it(`${kind}: ${says.source}`, () => {
      const ranked = rankHypotheses(on('alpha', { ...WELL, ...found }))
      const guess = ranked.find(({ id }) => id === `${kind}:alpha`)
      assert.ok(guess, JSON.stringify(ranked))
      assert.match(guess.evidence.join('; '), says)
      assert.match(guess.evidence[0] ?? '', /^alpha: /)
      assert.equal(guess.workaround, workaround)
      assert.equal(guess.weight, WEIGHTS[kind])
    })
  }

  describe('propose a roll-back', () => {
    const deployed = (kind: string, what: string) => ({ lastDeployKind: kind, lastDeployWhat: what })
    const newest = (kind: string, what: string) => ({ newestMinutes: 5, newestKind: kind, newestWhat: what })
    const VERSION = 'opencode-ai 1.18.32-ab'
    const ROLLED = [
      [
        'the newest change is the deployed configuration',
        newest('configuration', FILE),
        deployed('configuration', FILE),
      ],
      ['the newest change is the deployed version', newest('version', VERSION), deployed('version', VERSION)],
    ] as const
    const LEFT = [
      ['a package came after the deploy', newest('package', 'Upgrade: curl 1 → 2'), deployed('configuration', FILE)],
      ['another file came after it', newest('configuration', '/etc/opencode/x.env'), deployed('configuration', FILE)],
      ['a unit came after it', newest('unit', '/etc/systemd/system/x.service'), deployed('version', VERSION)],
      ['the deploy was undone', newest('configuration', FILE), { lastDeployKind: null, lastDeployWhat: null }],
      ['nobody says what was deployed', newest('configuration', FILE), {}],
    ] as const
    const proposed = (facts: EvidenceFacts) =>
      rankHypotheses(on('alpha', { ...WELL, service: unwell, changes: facts })).find(
        ({ id }) => id === 'change-before-failure:alpha',
      )?.workaround
    for (const [what, change, deploy] of ROLLED) {
      it(`when ${what}`, () => assert.equal(proposed({ ...change, ...deploy }), 'rollback'))
    }
    for (const [what, change, deploy] of LEFT) {
      it(`not when ${what}`, () => assert.equal(proposed({ ...change, ...deploy }), null))
    }
  })

  it('has a case for every guess', () => {
    assert.deepEqual([...new Set(CASES.map(({ kind }) => kind))].toSorted(), Object.keys(WEIGHTS).toSorted())
  })

  it('puts the cause above its symptoms', () => {
    const found = { ...WELL, disk: { fullestMount: '/', fullestPercent: 100, inodesPercent: 1 }, service: unwell }
    assert.deepEqual(
      rankHypotheses(on('alpha', found)).map(({ id }) => id),
      ['disk-full:alpha', 'service-stopped:alpha'],
    )
  })

  it('keeps hosts apart', () => {
    const ranked = rankHypotheses([...on('beta', { service: unwell }), ...on('alpha', { service: unwell })])
    assert.deepEqual(
      ranked.map(({ id, title }) => [id, title]),
      [
        ['service-stopped:alpha', 'acp does not run on alpha'],
        ['service-stopped:beta', 'acp does not run on beta'],
      ],
    )
  })

  it('rank the same in whatever order evidence arrives, strongest first, and know no other weights', () => {
    const names = ['activeState', 'subState', 'answers', 'fullestPercent', 'reachable', 'newestMinutes', 'newPattern']
    const fact = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(Number.NaN))
    const one = fc.record({
      host: fc.constantFrom('alpha', 'beta'),
      collector: fc.constantFrom(...Object.keys(WELL)),
      facts: fc.dictionary(fc.constantFrom(...names), fact),
    })
    const all = fc.uniqueArray(one, { selector: ({ host, collector }) => `${host}/${collector}` })
    fc.assert(
      fc.property(all, evidence => {
        const ranked = rankHypotheses(evidence)
        assert.deepEqual(ranked, rankHypotheses(evidence.toReversed()))
        assert.deepEqual(
          ranked,
          ranked.toSorted((a, b) => b.weight - a.weight),
        )
        for (const { weight, evidence: found } of ranked) {
          assert.ok(weight > 0 && weight <= 100)
          assert.ok(found.length > 0)
        }
      }),
    )
  })
})
