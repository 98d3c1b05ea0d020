/**
 * Who acts at the command line: the person whose public key in the estate file belongs to the private key at hand. With
 * `--as` the key is taken from the folder of keys that a sandbox keeps; a real estate has no such folder.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readTeam } from '../activities/adapters/estate-file.ts'
import { keyId } from '../activities/adapters/key-id.ts'
import { OpsError } from '../domain/failures.ts'
import type { PersonId, Team } from '../domain/team/team.ts'
import { required, type Settings } from './settings.ts'

export interface ActingPerson {
  readonly id: PersonId
  readonly kid: string
  readonly privateKeyPem: string
  readonly team: Team
}

/** Throws OpsError: configuration without a key, permission when nobody of the team holds it or it is retired. */
export async function actingPerson(settings: Settings, as: string | null): Promise<ActingPerson> {
  const team = await readTeam(required(settings.estateFile, 'OPS_ESTATE'))
  const file = keyFile(settings, team, as)
  const privateKeyPem = await readKey(file)
  const kid = keyId(publicKeyOf(privateKeyPem, file))
  const key = team.keys.find(candidate => candidate.kid === kid)
  if (key === undefined || key.holder.kind !== 'person') {
    throw new OpsError({
      owner: 'permission',
      message: `nobody in the estate file holds the key in ${file} (${kid})`,
      hint: 'Add its public key, which `ops whoami` prints, to the keys of its owner under team.people.',
    })
  }
  if (key.retiredAt !== null && Date.parse(key.retiredAt) <= Date.now()) {
    throw new OpsError({
      owner: 'permission',
      message: `the key in ${file} was retired at ${key.retiredAt}`,
      hint: 'Use the newer key of its owner.',
    })
  }
  return { id: key.holder.person, kid, privateKeyPem, team }
}

function keyFile({ keys, key }: Settings, team: Team, as: string | null): string {
  if (as !== null) {
    if (keys === null) {
      throw new OpsError({
        owner: 'permission',
        message: '--as works in a sandbox only, which keeps the keys of its people',
        hint: 'Set OPS_KEY to your own private key file.',
      })
    }
    if (!team.people.some(({ id }) => id === as)) {
      const known = team.people.map(({ id }) => id).join(', ')
      throw new OpsError({ owner: 'operator', message: `nobody is called "${as}"`, hint: `People are ${known}.` })
    }
    return join(keys, `${as}.pem`)
  }
  if (key !== null) return key
  throw new OpsError({
    owner: 'configuration',
    message: 'who you are is not known: there is no key',
    hint:
      keys === null
        ? 'Set OPS_KEY to your private key file (openssl genpkey -algorithm ed25519 -out FILE).'
        : 'In this sandbox say who speaks, for example --as ana; elsewhere set OPS_KEY to your private key file.',
  })
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new OpsError(
      {
        owner: 'configuration',
        message: `the key file ${file} cannot be read`,
        hint: 'OPS_KEY names a PEM file with your Ed25519 private key, readable by you only.',
      },
      { cause },
    )
  }
}

/** Raw, base64url. */
export function publicKeyOf(pem: string, file: string): string {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return createPublicKey(key).export({ format: 'jwk' }).x ?? ''
  } catch {
    // Said below, without a word of the file.
  }
  throw new OpsError({
    owner: 'configuration',
    message: `${file} holds no Ed25519 private key`,
    hint: 'Make one with: openssl genpkey -algorithm ed25519 -out FILE',
  })
}
