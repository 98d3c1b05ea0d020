/** The short name of a public key, by which a signature says whose it is. */
import { createHash } from 'node:crypto'

/** @param publicKey raw Ed25519, base64url. First 16 hex digits of its SHA-256. */
export function keyId(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('hex').slice(0, 16)
}
