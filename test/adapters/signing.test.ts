/** Whose signature counts for whom at which door, and that no change of a statement survives. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  checkSignature,
  createKey,
  digestOfPlan,
  publicKeyOf,
  signStatement,
} from '../../activities/adapters/signing.ts'
import type { SignedStatement, Statement } from '../../domain/approvals/approval.ts'
import { OpsError } from '../../domain/failures.ts'
import type { PersonId, SigningKey } from '../../domain/team/team.ts'

const NOW = '2026-11-23T03:00:00.000Z'
const ana = createKey()
const ben = createKey()
const door = createKey()
const stranger = createKey()

const holds = (key: typeof ana, holder: SigningKey['holder'], retiredAt: string | null = null): SigningKey => ({
  kid: key.kid,
  publicKey: key.publicKey,
  holder,
  retiredAt,
})
const person = (id: string): SigningKey['holder'] => ({ kind: 'person', person: id as PersonId })
const slack: SigningKey['holder'] = { kind: 'door', door: 'slack' }

const keys: readonly SigningKey[] = [holds(ana, person('ana')), holds(ben, person('ben')), holds(door, slack)]

function statement(changes: Partial<Statement> = {}): Statement {
  return {
    v: 1,
    approvalId: 'APR-1',
    digest: 'a'.repeat(64),
    person: 'ana' as PersonId,
    door: 'cli',
    verdict: 'approve',
    reason: 'seen "it", ünïcode\n',
    at: NOW,
    ...changes,
  }
}

describe('a signature counts', () => {
  test("of a person's own key at the command line", () => {
    const check = checkSignature(signStatement(statement(), ana), keys, NOW)
    assert.deepEqual(check, { kind: 'genuine', key: keys[0] })
  })

  test('of a door for whomever it has recognised', () => {
    const check = checkSignature(signStatement(statement({ door: 'slack', person: 'cy' as PersonId }), door), keys, NOW)
    assert.equal(check.kind, 'genuine')
  })

  test('of a key that will be retired later', () => {
    const soon = [holds(ana, person('ana'), '2026-11-23T03:00:00.001Z')]
    assert.equal(checkSignature(signStatement(statement(), ana), soon, NOW).kind, 'genuine')
  })
})

describe('a signature is refused', () => {
  const CASES: readonly (readonly [
    what: string,
    signed: SignedStatement,
    why: RegExp,
    keys?: readonly SigningKey[],
  ])[] = [
    ['of an unknown key', signStatement(statement(), stranger), /not known/],
    ['of a key that was retired', signStatement(statement(), ana), /retired at/, [holds(ana, person('ana'), NOW)]],
    ["of another person's key", signStatement(statement(), ben), /ben's and speaks for nobody else/],
    [
      "of a person's key as if it came from Slack",
      signStatement(statement({ door: 'slack' }), ana),
      /command line only/,
    ],
    ["of a door's key for another door", signStatement(statement(), door), /signs for no other door/],
    ['of another key under a known name', { ...signStatement(statement(), stranger), kid: ana.kid }, /does not belong/],
    ['of a key with two holders', signStatement(statement(), ana), /two holders/, [...keys, holds(ana, slack)]],
    [
      'of a public key that is none',
      signStatement(statement(), ana),
      /does not belong/,
      [{ ...holds(ana, person('ana')), publicKey: 'AAAA' }],
    ],
    ['that is empty', { statement: statement(), kid: ana.kid, signature: '' }, /does not belong/],
    ['that is all zeros', { statement: statement(), kid: ana.kid, signature: 'A'.repeat(86) }, /does not belong/],
  ]
  for (const [what, signed, why, known] of CASES) {
    test(what, () => {
      const check = checkSignature(signed, known ?? keys, NOW)
      assert.ok(check.kind === 'refused')
      assert.match(check.why, why)
      assert.match(check.hint, /^[A-Z].*\.$/)
    })
  }

  test('after any change of the statement', () => {
    const { kid, signature } = signStatement(statement(), ana)
    const changes: readonly Partial<Statement>[] = [
      { approvalId: 'APR-2' },
      { digest: 'b'.repeat(64) },
      { verdict: 'deny' },
      { reason: '' },
      { at: '2026-11-23T03:00:00.001Z' },
    ]
    for (const change of changes) {
      assert.equal(checkSignature({ statement: statement(change), kid, signature }, keys, NOW).kind, 'refused')
    }
  })

  test('after any change of the signature, also one that decodes to the same bytes', () => {
    const signed = signStatement(statement(), ana)
    const flip = (index: number) => {
      const other = signed.signature[index] === 'A' ? 'B' : 'A'
      return signed.signature.slice(0, index) + other + signed.signature.slice(index + 1)
    }
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 84 }), index => {
        assert.equal(checkSignature({ ...signed, signature: flip(index) }, keys, NOW).kind, 'refused')
      }),
    )
    for (const signature of [`${signed.signature}==`, `${signed.signature} `, `${signed.signature}A`]) {
      assert.equal(checkSignature({ ...signed, signature }, keys, NOW).kind, 'refused')
    }
  })
})

describe('keys', () => {
  test('are named after their public half', () => {
    const raw = Buffer.from(ana.publicKey, 'base64url')
    assert.equal(raw.length, 32)
    assert.equal(ana.kid, createHash('sha256').update(raw).digest('hex').slice(0, 16))
    assert.deepEqual(publicKeyOf(ana.privateKeyPem), { kid: ana.kid, publicKey: ana.publicKey })
  })

  test('made by openssl work', () => {
    const pem = execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519'], { encoding: 'utf8' })
    const identity = { ...publicKeyOf(pem), privateKeyPem: pem }
    const signed = signStatement(statement(), identity)
    assert.equal(checkSignature(signed, [holds(identity, person('ana'))], NOW).kind, 'genuine')
  })

  test('of another kind, or no key at all, are named as configuration and not quoted', () => {
    const rsa = execFileSync('openssl', ['genpkey', '-algorithm', 'x25519'], { encoding: 'utf8' })
    for (const text of [rsa, 'no key', '']) {
      assert.throws(
        () => publicKeyOf(text),
        (error: unknown) =>
          error instanceof OpsError && error.owner === 'configuration' && !error.message.includes('MC'),
      )
    }
  })
})

test('equal plans have equal digests, whatever the order of their members', () => {
  const plan = {
    procedure: 'change restart',
    version: '1',
    targets: ['alpha'],
    parameters: { a: '1', b: '2' },
    steps: ['one', 'two'],
    undo: null,
    impact: 'i',
    expiresAt: NOW,
  }
  const digest = digestOfPlan(plan)
  assert.match(digest, /^[0-9a-f]{64}$/)
  assert.equal(
    digestOfPlan({
      ...Object.fromEntries(Object.entries(plan).toReversed()),
      parameters: { b: '2', a: '1' },
    } as typeof plan),
    digest,
  )
  assert.notEqual(digestOfPlan({ ...plan, steps: ['two', 'one'] }), digest)
  assert.notEqual(digestOfPlan({ ...plan, parameters: { a: '1', b: '3' } }), digest)
})
