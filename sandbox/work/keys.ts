/** Signing keys of the sandbox: one for each person and one for the Slack door, made once. The public halves go into the estate file. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Document, isMap, parseDocument } from 'yaml'
import type { EstatePlan } from '../estate/name.ts'
import { pathsOf } from '../estate/paths.ts'
import { writeSecret } from '../estate/secrets.ts'

/** The estate file with the public keys of everybody that it names, comments and order as they were. */
export function withKeys(plan: EstatePlan, text: string): string {
  const { keys, doorKey } = pathsOf(plan)
  const document: Document = parseDocument(text)
  const people = document.getIn(['team', 'people'])
  if (!isMap(people)) return text
  for (const { key } of people.items) {
    document.setIn(['team', 'people', String(key), 'keys'], [publicKey(join(keys, `${String(key)}.pem`))])
  }
  document.setIn(['team', 'doorKeys'], [{ door: 'slack', key: publicKey(doorKey) }])
  return document.toString({ lineWidth: 0 })
}

/** Raw Ed25519 in base64url, of a private key that is made when it does not exist yet. */
function publicKey(file: string): string {
  if (!existsSync(file)) {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    writeSecret(join(file, '..'), file.slice(file.lastIndexOf('/') + 1), pem.trim())
  }
  const jwk = createPublicKey(createPrivateKey(readFileSync(file, 'utf8'))).export({ format: 'jwk' })
  return jwk.x ?? ''
}
