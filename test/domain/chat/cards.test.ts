/** Cards, forms and posts: what they say in each state, and that no text breaks Slack's rules or speaks for us. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Attempt, Gate } from '../../../domain/approvals/approval.ts'
import { approvalCard } from '../../../domain/chat/approval-card.ts'
import { ACTIONS, type Block } from '../../../domain/chat/chat.ts'
import { homeView } from '../../../domain/chat/home.ts'
import { incidentCard } from '../../../domain/chat/incident-card.ts'
import {
  approveAloneModal,
  declareModal,
  denyModal,
  resolveModal,
  rootCauseModal,
  updateModal,
  workaroundModal,
} from '../../../domain/chat/modals.ts'
import { pageMessage, quietedPage } from '../../../domain/chat/page-message.ts'
import { announcement, threadPost } from '../../../domain/chat/posts.ts'
import { planModal, timelineModal } from '../../../domain/chat/reading.ts'
import { verbatim } from '../../../domain/chat/verbatim.ts'
import type { Incident } from '../../../domain/incident/incident.ts'
import { controlsIn, problemsOfMessage, problemsOfView } from './block-kit.ts'
import { anyGate, anyIncident, attempt, card, DIGEST, gate, hostile, incident, NOW, person, team } from './samples.ts'

/** All words of a message, one block a line. */
function words(blocks: readonly Block[]): string {
  const texts: string[] = []
  JSON.stringify(blocks, (key, value: unknown) => {
    if (key === 'text' && typeof value === 'string') texts.push(value.replaceAll(/<!date[^|]*\|([^>]*)>/g, '$1'))
    return value
  })
  return texts.join('\n')
}

function labels(blocks: readonly Block[]): readonly string[] {
  return blocks
    .filter(({ type }) => type === 'actions')
    .flatMap(({ elements }) => elements as readonly { text: { text: string } }[])
    .map(({ text }) => text.text)
}

describe('the card of an incident', () => {
  const held = { by: person('ben'), at: NOW, activeAt: NOW, askedAt: null }
  const cases: readonly (readonly [
    string,
    Partial<Incident>,
    says: readonly (string | RegExp)[],
    buttons: readonly string[],
  ])[] = [
    [
      'nobody has it',
      {},
      [
        'CRITICAL INC-42 acp down — INVESTIGATING',
        '*Lead* nobody',
        '*Elapsed* 12 min 11 s',
        '*Nobody has it*, paging Ana (first) since 2026-11-23T14:00:00Z; next Cy (second) at 2026-11-23T14:05:00Z',
        '*Impact* nobody can work',
      ],
      ['Acknowledge', 'Take lead', 'Update', 'Workaround', 'Root cause', 'Resolve', 'Timeline', 'More…'],
    ],
    [
      'the roster begins again',
      { paging: { tier: 2, round: 2, pagedAt: NOW, nextAt: NOW, unreached: [] } },
      ['paging Dee (manager) since 2026-11-23T14:02:11Z (round 2); next Ana (first)'],
      ['Acknowledge', 'Take lead', 'Update', 'Workaround', 'Root cause', 'Resolve', 'Timeline', 'More…'],
    ],
    [
      'somebody has it and leads',
      { acknowledged: held, roles: { commander: person('ben') } },
      ['*Ben has it* since', '*Lead* Ben'],
      ['Update', 'Workaround', 'Root cause', 'Resolve', 'Timeline', 'More…'],
    ],
    [
      'the holder is silent, and the update is overdue',
      { acknowledged: { ...held, askedAt: NOW }, nextUpdateAt: '2026-11-23T14:00:00.000Z' },
      ['No sign of activity', '*Update overdue since* 2026-11-23T14:00:00Z'],
      [
        'Still on it',
        'Take lead',
        'Update',
        'No change',
        'Snooze 15 min',
        'Workaround',
        'Root cause',
        'Resolve',
        'Timeline',
        'More…',
      ],
    ],
    [
      'pages that did not arrive',
      {
        paging: {
          tier: 0,
          round: 1,
          pagedAt: NOW,
          nextAt: null,
          unreached: [
            { person: person('ben'), phone: '+49 2', why: 'slack: user_not_found' },
            { person: person('cy'), phone: null, why: 'not configured' },
          ],
        },
      },
      ['Not reached, call them', 'Ben: `+49 2` (slack: user_not_found)', 'Cy: no phone number known'],
      ['Acknowledge', 'Take lead', 'Update', 'Workaround', 'Root cause', 'Resolve', 'Timeline', 'More…'],
    ],
    [
      'mail that does not go out',
      { undelivered: [{ subject: '[INCIDENT] acp down', audiences: ['stakeholders'], why: 'connection refused' }] },
      ['Not delivered yet, tell them by other means', 'stakeholders: [INCIDENT] acp down (connection refused)'],
      ['Acknowledge', 'Take lead', 'Update', 'Workaround', 'Root cause', 'Resolve', 'Timeline', 'More…'],
    ],
    [
      'identified, with causes, evidence and changes',
      {
        status: 'identified',
        acknowledged: held,
        roles: { commander: person('ben') },
        hypotheses: [
          { id: 'b', title: 'disk full', weight: 20, evidence: [], workaround: null },
          { id: 'a', title: 'unit failed', weight: 80, evidence: ['exit 1'], workaround: 'restart' },
        ],
        evidence: [
          { host: 'alpha', collector: 'service', state: 'collected', summary: 'failed', artefact: null },
          { host: 'alpha', collector: 'disk', state: 'failed', summary: 'no answer in 30 s', artefact: null },
        ],
        changes: [
          {
            number: 1,
            kind: 'workaround',
            title: 'restart opencode-acp on alpha',
            workflowId: 'change:alpha',
            requestedBy: person('ana'),
            at: NOW,
            state: 'awaiting-approval',
            outcome: null,
          },
        ],
        offers: [{ id: 'o1', what: 'commander', from: person('ben'), to: person('cy'), at: NOW }],
      },
      [
        /80 %.*unit failed — exit 1 → would help: `restart`\n.*20 %/,
        'alpha service: failed',
        'alpha disk: no evidence: no answer in 30 s',
        '#1 restart opencode-acp on alpha (Ana) — ⏳ awaiting approval',
        'Cy to accept commander from Ben',
        'approval of #1',
        'the root cause, before it can be resolved',
      ],
      ['Update', 'Workaround', 'Root cause', 'Resolve', 'Timeline', 'More…', 'Accept commander (Cy)'],
    ],
    [
      'resolved',
      { status: 'resolved', resolvedAt: '2026-11-23T13:55:30.000Z', resolution: 'restarted', nextUpdateAt: null },
      ['— RESOLVED', '*Resolved* 2026-11-23T13:55:30Z after 5 min 30 s', 'restarted', 'a date for the post-mortem'],
      ['Post-mortem', 'Root cause', 'Close', 'Timeline', 'More…'],
    ],
    [
      'closed as a duplicate',
      { status: 'closed', ending: 'duplicate', closedAt: NOW, mergedInto: 'INC-41', nextUpdateAt: null },
      ['— CLOSED, DUPLICATE', '*Goes on as* INC-41', '*Closed* 2026-11-23T14:02:11Z'],
      ['Timeline'],
    ],
  ]
  for (const [name, change, says, buttons] of cases) {
    it(name, () => {
      const { blocks, text } = incidentCard(incident(change), card)
      for (const said of says) {
        if (typeof said === 'string') assert.ok(words(blocks).includes(said), `"${said}" is not in\n${words(blocks)}`)
        else assert.match(words(blocks), said)
      }
      assert.deepEqual(labels(blocks), buttons)
      assert.match(text, /^CRITICAL INC-42 acp down — [A-Z, ]+\. ./)
    })
  }

  it('says on top that changes are frozen, and links its run', () => {
    const freeze = { by: 'dee', reason: 'audit', since: NOW }
    const { blocks } = incidentCard(incident(), { ...card, freeze, uiUrl: 'http://ui/x' })
    assert.match(words(blocks.slice(0, 1)), /Changes are frozen\* by dee since .*: audit/)
    assert.equal(labels(blocks).at(-1), 'Open run')
  })

  it('keeps the status visible under the longest title', () => {
    const { blocks } = incidentCard(incident({ title: 'x'.repeat(500) }), card)
    assert.match(words(blocks), /^CRITICAL INC-42 x+… — INVESTIGATING\n/)
  })

  it('buttons carry ids and nothing else', () => {
    const { blocks } = incidentCard(
      incident({ offers: [{ id: 'o1', what: 'scribe', from: person('ben'), to: person('cy'), at: NOW }] }),
      card,
    )
    const values = blocks
      .filter(({ type }) => type === 'actions')
      .map(({ elements }) => JSON.parse((elements as { value: string }[])[0]?.value ?? ''))
    const w = 'incident:opencode-acp/handshake'
    assert.deepEqual(values, [
      { v: 1, w, n: 42 },
      { v: 1, w, a: 'o1', n: 42 },
    ])
  })
})

describe('the home', () => {
  const state = { team, person: person('ana'), unread: [], onCall: [], freeze: null, now: NOW }
  const drawn = (changes: Partial<Parameters<typeof homeView>[0]>) =>
    words(homeView({ ...state, approvals: [], open: [], ...changes }).blocks)

  it('says that there is nothing only when somebody has looked', () => {
    assert.equal(drawn({}).match(/None\./g)?.length, 3)
    const unseen = drawn({ approvals: null, open: null, freeze: 'unread' })
    assert.doesNotMatch(unseen, /None\./)
    assert.match(unseen, /Whether changes are frozen could not be read now; `ops incident list`/)
    assert.match(unseen, /Waits for your decision\n⚠️ This could not be read now; `ops approvals`/)
    assert.equal(unseen.match(/⚠️ This could not be read now; `ops incident list`/g)?.length, 2)
  })

  it('names the runs that did not say what waits in them, beside what the others said', () => {
    const seen = drawn({ open: [incident({})], unread: ['incident:stuck'] })
    assert.match(seen, /INC-42/)
    assert.match(seen, /`incident:stuck` could not be read now; `ops show incident:stuck`/)
  })
})

describe('text that is to be copied', () => {
  it('is shown to the letter, in blocks that Slack takes', () => {
    const signs = ['a', ' ', '\n', '`', '*', '&', '<!channel>', '😀', ':smile:']
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...signs), { maxLength: 9_000, size: 'max' }), some => {
        const text = `x${some.join('')}x`
        const blocks = verbatim(text)
        assert.deepEqual(problemsOfMessage({ text: 'x', blocks }), [])
        assert.equal(blocks.map(block => (block.text as { text: string }).text).join(''), text)
        for (const { text: one } of blocks) {
          const { type, text: piece } = one as { type: string; text: string }
          assert.deepEqual([type, piece.length <= 2_800, piece.isWellFormed()], ['plain_text', true, true])
        }
      }),
      { numRuns: 20 },
    )
  })

  it('loses its secrets', () => {
    assert.doesNotMatch(JSON.stringify(verbatim('password=hunter2 and more')), /hunter2/)
  })
})

describe('the card of a decision', () => {
  const ben = attempt()
  const cy = attempt({ person: 'cy', door: 'cli', at: '2026-11-23T14:02:11.000Z', reason: 'seen it' })
  const cases: readonly (readonly [string, Partial<Gate>, headline: string, says: readonly string[]])[] = [
    [
      'open',
      { attempts: [ben, attempt({ person: 'ana', counted: false, refusal: 'you asked for it' })] },
      'Approval needed: restart opencode-acp on alpha',
      [
        '*Asked by* Ana for INC-42',
        'handshake refused',
        '(plan `a1b2c3d4e5f6`)',
        '3. wait for a handshake',
        '`unit=opencode-acp`',
        'this cannot be taken back',
        '*Needs 2* of approvers, not Ana · *1/2* · expires 2026-11-23T15:00:00Z',
        'Ben approves, 2026-11-23T14:01:02Z via slack',
        '1 try was refused:',
        '(you asked for it)',
      ],
    ],
    [
      'withdrawn again',
      { attempts: [ben, attempt({ verdict: 'withdraw' })] },
      'Approval needed: restart opencode-acp on alpha',
      ['*0/2*'],
    ],
    ['escalated', { escalatedAt: NOW }, 'Approval needed: restart opencode-acp on alpha', ['of approvers or leads']],
    [
      'approved, one by command line',
      { state: 'approved', decidedAt: NOW, attempts: [ben, cy] },
      'Approved: restart opencode-acp on alpha',
      [
        '*Approved 2/2* · plan `a1b2c3d4e5f6` · after 2 min 11 s',
        'Ben 2026-11-23T14:01:02Z via slack',
        'Cy 2026-11-23T14:02:11Z via cli: seen it',
      ],
    ],
    [
      'denied',
      {
        state: 'denied',
        decidedAt: NOW,
        attempts: [ben, attempt({ person: 'cy', verdict: 'deny', reason: 'not now' })],
      },
      'Denied: restart opencode-acp on alpha',
      ['by Cy 2026-11-23T14:01:02Z via slack: “not now”'],
    ],
    [
      'expired',
      { state: 'expired', decidedAt: NOW },
      'Expired, not approved: restart opencode-acp on alpha',
      ['nobody of approvers answered (0/2)'],
    ],
    [
      'expired half-way',
      { state: 'expired', attempts: [ben] },
      'Expired, not approved: restart opencode-acp on alpha',
      ['too few answered (1/2)'],
    ],
    ['void', { state: 'void' }, 'Void, the plan changed: restart opencode-acp on alpha', ["nobody's approval counts"]],
    [
      'cancelled',
      { state: 'cancelled', decidedAt: NOW },
      'Cancelled: restart opencode-acp on alpha',
      ['*Cancelled* with its run at'],
    ],
    [
      'break-glass',
      {
        state: 'approved',
        special: 'breakglass',
        decidedAt: NOW,
        attempts: [attempt({ verdict: 'breakglass', reason: 'it burns' })],
      },
      'BREAK-GLASS: restart opencode-acp on alpha',
      ['🚨 *BREAK-GLASS by Ben*', '2 of approvers were passed over', 'Reason: it burns'],
    ],
    [
      'alone',
      {
        state: 'approved',
        special: 'approve-alone',
        decidedAt: NOW,
        attempts: [attempt({ verdict: 'approve-alone', reason: 'at night' })],
      },
      'Approved ALONE: restart opencode-acp on alpha',
      ['*Approved ALONE by Ben*', 'Reason: at night'],
    ],
  ]
  for (const [name, change, headline, says] of cases) {
    it(name, () => {
      const drawn = approvalCard(gate(change), card)
      const all = words(drawn.blocks)
      assert.equal(drawn.text, headline)
      assert.ok(all.includes(headline))
      for (const said of says) assert.ok(all.includes(said), `"${said}" is not in\n${all}`)
      const expected = (change.state ?? 'open') === 'open' ? ['Approve', 'Deny', 'Withdraw', 'Details'] : []
      assert.deepEqual(labels(drawn.blocks), expected)
    })
  }

  it('offers to approve alone only to the one who may, and its buttons carry the digest that was shown', () => {
    const open = gate()
    const policy = { ...open.request.policy, alone: person('ben') }
    const { blocks } = approvalCard({ ...open, request: { ...open.request, policy } }, card)
    assert.ok(labels(blocks).includes('Approve alone'))
    assert.match(JSON.stringify(blocks), /Ben may approve alone/)
    const moving = { ...policy, holderOf: 'incident:opencode-acp/handshake' }
    const asked = approvalCard({ ...open, request: { ...open.request, policy: moving } }, card)
    assert.match(JSON.stringify(asked.blocks), /Whoever then holds the acknowledgement/)
    const [first] = blocks.flatMap(block =>
      block.type === 'actions' ? (block.elements as { action_id: string; value: string }[]) : [],
    )
    assert.equal(first?.action_id, ACTIONS.approve)
    assert.deepEqual(JSON.parse(first?.value ?? ''), { v: 1, w: 'change:alpha', a: 'apr-1', d: DIGEST.slice(0, 12) })
  })

  it('tells the last three refused tries, counts all others, and tells who withdrew', () => {
    const tries = [1, 2, 3, 4].map(one => attempt({ counted: false, refusal: `no ${one}`, person: 'mallory' }))
    const withdrawn = attempt({ person: 'ben', verdict: 'withdraw', door: 'ops', reason: 'counted no more' })
    const text = words(approvalCard(gate({ attempts: [...tries, withdrawn], forgotten: 50 }), card).blocks)
    assert.match(text, /Ben withdraws, .* via ops: counted no more/)
    assert.match(text, /54 tries were refused; the last 3:/)
    assert.doesNotMatch(text, /no 1/)
    for (const one of [2, 3, 4]) assert.match(text, new RegExp(`approve by mallory via slack .* \\(no ${one}\\)`))
  })

  it('counts tries that were refused, the break-glass of a stranger included', () => {
    const refused = (one: Partial<Attempt>) => attempt({ counted: false, refusal: 'not of the group', ...one })
    const attempts = [refused({}), refused({ person: 'mallory', verdict: 'breakglass' })]
    assert.match(
      words(approvalCard(gate({ attempts }), card).blocks),
      /2 tries were refused:[\s\S]*breakglass by mallory via slack/,
    )
  })
})

describe('pages and posts', () => {
  const page = { incident: 'INC-42', workflowId: 'incident:x', title: 'acp down', text: 'Critical since 13:50.' }

  it('a page has the button that stops it; a test has none', () => {
    assert.deepEqual(labels(pageMessage(page).blocks), ['Acknowledge'])
    assert.deepEqual(labels(pageMessage({ ...page, incident: 'TEST' }).blocks), [])
    assert.deepEqual(labels(quietedPage('Ben has it.').blocks), [])
  })

  it('addresses whom it should, in the words of the notification as well', () => {
    const people = { people: [person('ana'), person('dee')] }
    assert.equal(threadPost({ text: 'look', mention: people }, team).text, '<@U0ANA> Dee look')
    assert.equal(threadPost({ text: 'look', mention: 'here' }, team).text, '<!here> look')
    assert.equal(threadPost({ text: '<!here> look', mention: 'none' }, team).text, '&lt;!here&gt; look')
  })

  it('a long announcement loses nothing', () => {
    const lines = Array.from({ length: 200 }, (_, n) => `- line ${n} ${'x'.repeat(40)}`)
    const drawn = words(announcement({ subject: '[INCIDENT] x', text: lines.join('\n') }).blocks)
    for (const line of lines) assert.ok(drawn.includes(line))
  })
})

describe('whatever people write', () => {
  const value = { v: 1, w: 'incident:x' } as const
  const check = (drawn: unknown) => {
    const strange = controlsIn(drawn).filter(control => !/^<!date\^\d+\^[^|<>]+\|[\dTZ:-]+>$/.test(control))
    assert.deepEqual(strange, [])
  }

  it('cards stay within the limits and say nothing in our name', () => {
    fc.assert(
      fc.property(anyIncident, anyGate, hostile, (some, decision, text) => {
        const freeze = { by: text, reason: text, since: NOW }
        const context = { ...card, freeze }
        const drawn = incidentCard(some, context)
        assert.ok(drawn.blocks.length <= 12)
        for (const message of [drawn, approvalCard(decision, context)]) {
          assert.deepEqual(problemsOfMessage(message), [])
          assert.doesNotMatch(message.text, /[<>]/)
          check(message.blocks)
        }
        for (const view of [timelineModal(some, team), planModal(decision)]) {
          assert.deepEqual(problemsOfView({ ...view }), [])
          check(view)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('so do pages, posts and forms', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const messages = [
          pageMessage({ incident: a, workflowId: 'incident:x', title: a, text: b || '-' }),
          quietedPage(a || '-'),
          announcement({ subject: a || '-', text: b }),
          threadPost({ text: b || '-', mention: 'none' }, team),
        ]
        for (const message of messages.filter(({ text }) => text.trim() !== '')) {
          assert.deepEqual(problemsOfMessage(message), [])
          assert.doesNotMatch(message.text, /[<>]/)
          check(message.blocks)
        }
        const cause = { trigger: a, propagation: b, contributingFactors: a, findings: b }
        const views = [
          declareModal({ title: a, severity: b }),
          denyModal(value, a),
          approveAloneModal(value, b),
          updateModal(value, { status: a, findings: a, actions: b, expectedResolution: b }),
          workaroundModal(value, { hosts: ['alpha'], suggested: a }),
          workaroundModal(value, { hosts: [], suggested: null }),
          rootCauseModal(value, cause),
          resolveModal(value),
        ]
        for (const view of views) {
          assert.deepEqual(problemsOfView({ ...view }), [])
          check(view)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('and the home, however much is open', () => {
    fc.assert(
      fc.property(fc.array(anyIncident, { maxLength: 20 }), fc.array(anyGate, { maxLength: 20 }), (open, gates) => {
        const approvals = gates.map((one, index) => ({ ...one, approvalId: `apr-${index}` }))
        const onCall = [{ tier: 'first', person: person('ana') }]
        const view = homeView({
          team,
          person: person('ana'),
          approvals,
          open,
          unread: [],
          onCall,
          freeze: null,
          now: NOW,
        })
        assert.deepEqual(problemsOfView({ ...view }), [])
        check(view)
      }),
      { numRuns: 20 },
    )
  })
})
