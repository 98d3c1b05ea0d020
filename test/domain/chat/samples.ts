/** A team, an incident and a gate as the cards meet them, and arbitrary ones with hostile texts. */
import fc from 'fast-check'
import type { Attempt, Gate } from '../../../domain/approvals/approval.ts'
import type { CardContext } from '../../../domain/chat/card-context.ts'
import type { Incident } from '../../../domain/incident/incident.ts'
import type { PersonId, Team } from '../../../domain/team/team.ts'
import { ana, ben, cy, dee, team as everybody } from '../../support/team.ts'

export const person = (id: string) => id as PersonId

export const NOW = '2026-11-23T14:02:11.000Z'

/** Not everybody has an address, a number, an account. */
export const team: Team = {
  ...everybody,
  people: [
    { id: ana, name: 'Ana', email: 'ana@example.org', phone: '+49 1', slackUsers: ['U0ANA', 'U0ANA2'] },
    { id: ben, name: 'Ben', email: 'ben@example.org', phone: '+49 2', slackUsers: ['U0BEN'] },
    { id: cy, name: 'Cy', email: null, phone: null, slackUsers: ['U0CY'] },
    { id: dee, name: 'Dee', email: 'dee@example.org', phone: '+49 4', slackUsers: [] },
  ],
  pageBy: ['slack', 'mail', 'webhook'],
}

export const card: CardContext = { team, freeze: null, now: NOW }

export function incident(change: Partial<Incident> = {}): Incident {
  return {
    number: 42,
    workflowId: 'incident:opencode-acp/handshake',
    key: 'run-1',
    title: 'acp down',
    cause: 'opencode-acp/handshake',
    severity: 'critical',
    category: 'availability',
    status: 'investigating',
    ending: null,
    mergedInto: null,
    startedAt: '2026-11-23T13:50:00.000Z',
    declaredBy: { person: ana, door: 'slack' },
    impact: 'nobody can work',
    systems: ['alpha'],
    expectedResolution: null,
    respondedAt: null,
    acknowledged: null,
    roles: {},
    offers: [],
    responders: [],
    subscribers: [],
    paging: {
      tier: 0,
      round: 1,
      pagedAt: '2026-11-23T14:00:00.000Z',
      nextAt: '2026-11-23T14:05:00.000Z',
      unreached: [],
    },
    evidence: [],
    evidenceAt: null,
    hypotheses: [],
    alerts: [],
    changes: [],
    rootCause: null,
    resolution: null,
    resolvedAt: null,
    review: { at: null, notes: null },
    followUps: [],
    postmortem: null,
    lastUpdateAt: null,
    nextUpdateAt: '2026-11-23T14:20:00.000Z',
    reopened: 0,
    closedAt: null,
    card: null,
    clock: {},
    timeline: [],
    entries: 3,
    ...change,
  }
}

export const DIGEST = 'a1b2c3d4e5f6'.padEnd(64, '0')

export function gate(change: Partial<Gate> = {}): Gate {
  return {
    approvalId: 'apr-1',
    workflowId: 'change:alpha',
    digest: DIGEST,
    request: {
      title: 'restart opencode-acp on alpha',
      why: 'it does not answer',
      evidence: ['handshake refused', 'unit failed'],
      plan: {
        procedure: 'change restart',
        version: '0.1.0',
        targets: ['alpha'],
        parameters: { unit: 'opencode-acp' },
        steps: ['stop', 'start', 'wait for a handshake'],
        undo: null,
        impact: 'sessions end',
        expiresAt: '2026-11-23T15:00:00.000Z',
      },
      requestedBy: ana,
      incident: 'INC-42',
      policy: {
        group: 'approvers',
        escalation: 'leads',
        emergency: 'emergency',
        quorum: 2,
        remindMinutes: 10,
        escalateMinutes: 20,
        expireMinutes: 60,
        alone: null,
      },
    },
    openedAt: '2026-11-23T14:00:00.000Z',
    expiresAt: '2026-11-23T15:00:00.000Z',
    escalatedAt: null,
    remindedAt: null,
    state: 'open',
    decidedAt: null,
    special: null,
    attempts: [],
    card: null,
    ...change,
  }
}

export function attempt(change: Partial<Attempt> = {}): Attempt {
  return {
    at: '2026-11-23T14:01:02.000Z',
    person: 'ben',
    door: 'slack',
    verdict: 'approve',
    reason: '',
    counted: true,
    refusal: '',
    ...change,
  }
}

/** Text as somebody writes it who wants to break a card. */
export const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.constantFrom(
    '<!channel> <!here> <!subteam^S1> <@U0DEE> <#C0OPS>',
    '<https://evil.example|Runbook>',
    '&lt;!channel&gt; &amp; `code` ``` *bold* ~gone~',
    '\u202Eesrever\u2066 zero\u200Bwidth \u0007bell\r\nline\u2028line',
    '>'.repeat(3_000),
    '😀'.repeat(3_000),
    `word ${'x'.repeat(10_000)}`,
    '\uD800 half a pair',
    '',
  ),
)

const iso = fc
  .date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true })
  .map(date => date.toISOString())
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const someone = fc.constantFrom(ana, ben, cy, dee, person('gone'))
const many = <T>(value: fc.Arbitrary<T>, maxLength = 30) => fc.array(value, { maxLength })

export const anyIncident: fc.Arbitrary<Incident> = fc
  .record({
    title: hostile,
    severity: fc.constantFrom('critical', 'high', 'medium', 'low'),
    category: fc.constantFrom('availability', 'performance', 'security', 'data', 'configuration'),
    status: fc.constantFrom('declared', 'investigating', 'identified', 'resolving', 'resolved', 'closed'),
    ending: fc.constantFrom(null, 'completed', 'duplicate', 'false-alarm'),
    mergedInto: maybe(hostile),
    impact: maybe(hostile),
    systems: many(hostile),
    expectedResolution: maybe(hostile),
    resolution: maybe(hostile),
    resolvedAt: maybe(iso),
    nextUpdateAt: maybe(iso),
    acknowledged: maybe(fc.record({ by: someone, at: iso, activeAt: iso, askedAt: maybe(iso) })),
    roles: fc.record({ commander: someone }, { requiredKeys: [] }),
    offers: many(
      fc.record({
        id: fc.uuid(),
        what: fc.constantFrom('commander', 'acknowledgement'),
        from: someone,
        to: someone,
        at: iso,
      }),
      4,
    ),
    paging: fc.record({
      tier: maybe(fc.nat(7)),
      round: fc.nat(9),
      pagedAt: maybe(iso),
      nextAt: maybe(iso),
      unreached: many(fc.record({ person: someone, phone: maybe(hostile), why: hostile })),
    }),
    evidence: many(
      fc.record({
        host: hostile,
        collector: hostile,
        state: fc.constantFrom('collected', 'failed'),
        summary: hostile,
        artefact: fc.constant(null),
      }),
    ),
    hypotheses: many(
      fc.record({
        id: fc.uuid(),
        title: hostile,
        weight: fc.nat(100),
        evidence: many(hostile, 5),
        workaround: maybe(hostile),
      }),
    ),
    alerts: many(
      fc.record({
        fingerprint: fc.uuid(),
        name: hostile,
        instance: maybe(hostile),
        state: fc.constantFrom('firing', 'resolved'),
        since: iso,
        severity: fc.constant('critical'),
        summary: hostile,
      }),
    ),
    changes: many(
      fc.record({
        number: fc.nat(),
        kind: fc.constant('workaround'),
        title: hostile,
        workflowId: hostile,
        requestedBy: someone,
        at: iso,
        state: fc.constantFrom('planning', 'awaiting-approval', 'running', 'done', 'failed'),
        outcome: maybe(hostile),
      }),
    ),
    followUps: many(
      fc.record({
        number: fc.nat(),
        kind: fc.constant('prevention'),
        title: hostile,
        owner: someone,
        due: fc.constant('2026-12-01'),
        doneAt: maybe(iso),
      }),
    ),
    timeline: many(
      fc.record({
        seq: fc.nat(),
        at: iso,
        by: fc.record({ person: maybe(someone), door: fc.constant('cli') }),
        kind: fc.constant('note'),
        text: hostile,
      }),
    ),
  })
  .map(change => incident(change as Partial<Incident>))

export const anyGate: fc.Arbitrary<Gate> = fc
  .record({
    state: fc.constantFrom('open', 'approved', 'denied', 'expired', 'void', 'cancelled'),
    special: fc.constantFrom(null, 'approve-alone', 'breakglass'),
    escalatedAt: maybe(iso),
    decidedAt: maybe(iso),
    attempts: many(
      fc.record({
        at: iso,
        person: fc.oneof(someone, hostile),
        door: fc.constantFrom('slack', 'cli'),
        verdict: fc.constantFrom('approve', 'deny', 'withdraw', 'approve-alone', 'breakglass'),
        reason: hostile,
        counted: fc.boolean(),
        refusal: hostile,
      }),
    ),
    text: hostile,
    list: many(hostile, 60),
    alone: maybe(someone),
  })
  .map(({ text, list, alone, ...change }) => {
    const { request, ...rest } = gate(change as Partial<Gate>)
    const plan = {
      ...request.plan,
      steps: list,
      targets: list,
      parameters: Object.fromEntries(list.map((value, index) => [`${index}${text}`, value])),
      undo: text,
      impact: text,
    }
    const policy = { ...request.policy, alone }
    return { ...rest, request: { ...request, title: text, why: text, evidence: list, plan, policy } }
  })
