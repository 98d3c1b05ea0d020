/** Signatures under decisions and requests: Ed25519 over the statement's exact text, and the digest of a plan. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import {
  type ChangePlan,
  type SignedStatement,
  type Statement,
  statementText,
} from '../../domain/approvals/approval.ts'
import { type RequestStatement, requestText, type SignedRequest } from '../../domain/approvals/request-statement.ts'
import type { ReviewStatement, SignedReview } from '../../domain/approvals/review.ts'
import { OpsError } from '../../domain/failures.ts'
import { canonicalText } from '../../domain/ledger.ts'
import type { SigningKey } from '../../domain/team/team.ts'
import { keyId } from './key-id.ts'

/** An Ed25519 signature is 64 bytes: 86 digits of base64url, and nothing else decodes to one. */
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/

export interface SigningIdentity {
  readonly kid: string
  /** PKCS #8, PEM. Never leaves the process that reads it. */
  readonly privateKeyPem: string
}

export interface PublicIdentity {
  readonly kid: string
  /** Raw Ed25519, base64url. */
  readonly publicKey: string
}

export type SignatureCheck =
  | { readonly kind: 'genuine'; readonly key: SigningKey }
  | { readonly kind: 'refused'; readonly why: string; readonly hint: string }

/** What people approve: SHA-256 over the plan with sorted keys, lower-case hex. Equal plans have equal digests. */
export function digestOfPlan(plan: ChangePlan): string {
  return createHash('sha256').update(canonicalText(plan)).digest('hex')
}

/** Throws an OpsError of owner `configuration` when the text is no private Ed25519 key. */
export function signStatement(statement: Statement, identity: SigningIdentity): SignedStatement {
  return { statement, kid: identity.kid, signature: signatureOf(statementText(statement), identity) }
}

/** The same for a review. */
export function signReview(statement: ReviewStatement, identity: SigningIdentity): SignedReview {
  return { statement, kid: identity.kid, signature: signatureOf(statementText(statement), identity) }
}

/** The same for a request for a change. */
export function signRequest(statement: RequestStatement, identity: SigningIdentity): SignedRequest {
  return { statement, kid: identity.kid, signature: signatureOf(requestText(statement), identity) }
}

function signatureOf(text: string, { privateKeyPem }: SigningIdentity): string {
  return sign(null, Buffer.from(text), readPrivateKey(privateKeyPem)).toString('base64url')
}

/** By it a request is recognised: SHA-256 over what was signed, lower-case hex. */
export function digestOfRequest({ statement }: SignedRequest): string {
  return createHash('sha256').update(requestText(statement)).digest('hex')
}

/** A new key, for `ops` to write into a file and for tests. */
export function createKey(): SigningIdentity & PublicIdentity {
  const privateKeyPem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { ...publicKeyOf(privateKeyPem), privateKeyPem }
}

/** The half that belongs into the estate file. Throws an OpsError of owner `configuration` when the text is no private Ed25519 key. */
export function publicKeyOf(privateKeyPem: string): PublicIdentity {
  const { x: publicKey = '' } = createPublicKey(readPrivateKey(privateKeyPem)).export({ format: 'jwk' })
  return { publicKey, kid: keyId(publicKey) }
}

/**
 * Whether the statement was signed by a key that counts now (ISO time) and may speak for this person at this door. Whoever the
 * key belongs to decides: a person's own key speaks for that person at the command line, a door's key for whom that door knows.
 */
export function checkSignature(
  signed: SignedStatement | SignedReview,
  keys: readonly SigningKey[],
  now: string,
): SignatureCheck {
  return check(signed, statementText(signed.statement), keys, now)
}

/** The same for a request for a change. */
export function checkRequest(signed: SignedRequest, keys: readonly SigningKey[], now: string): SignatureCheck {
  return check(signed, requestText(signed.statement), keys, now)
}

interface Signed {
  readonly statement: Pick<Statement, 'person' | 'door'>
  readonly kid: string
  readonly signature: string
}

function check(signed: Signed, text: string, keys: readonly SigningKey[], now: string): SignatureCheck {
  const [key, second] = keys.filter(({ kid }) => kid === signed.kid)
  if (key === undefined) {
    return refused(
      'the key of this signature is not known',
      'Ask for your public key to be entered in the estate file, or use the key that is.',
    )
  }
  if (second !== undefined) {
    return refused('two holders share this key', 'A key belongs to one holder: correct the estate file.')
  }
  if (key.retiredAt !== null && Date.parse(key.retiredAt) <= Date.parse(now)) {
    return refused(`this key was retired at ${key.retiredAt}`, 'Use your current key.')
  }
  if (!isGenuine(signed.signature, text, key)) {
    return refused(
      'the signature does not belong to this statement',
      'Decide through ops or the card; nothing else signs.',
    )
  }
  return mayNotSpeak(signed.statement, key) ?? { kind: 'genuine', key }
}

function mayNotSpeak({ person, door }: Signed['statement'], { holder }: SigningKey): SignatureCheck | null {
  switch (holder.kind) {
    case 'door':
      return holder.door === door
        ? null
        : refused(`the key of the door ${holder.door} signs for no other door`, 'Decide through ops with your own key.')
    case 'person':
      if (holder.person !== person) {
        return refused(
          `this key is ${holder.person}'s and speaks for nobody else`,
          'Everybody signs with their own key.',
        )
      }
      return door === 'cli'
        ? null
        : refused(`a person's own key signs at the command line only`, 'Use ops, or the buttons of the card.')
  }
}

function isGenuine(signature: string, text: string, { publicKey }: SigningKey): boolean {
  if (!SIGNATURE.test(signature)) return false
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
  } catch {
    // A public key that is none proves nothing.
    return false
  }
}

function refused(why: string, hint: string): SignatureCheck {
  return { kind: 'refused', why, hint }
}

function readPrivateKey(pem: string): KeyObject {
  const hint = 'It must hold an Ed25519 private key in PEM form: openssl genpkey -algorithm ed25519.'
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // What the parser says may quote the key.
  }
  throw new OpsError({ owner: 'configuration', message: 'the signing key cannot be used', hint })
}
