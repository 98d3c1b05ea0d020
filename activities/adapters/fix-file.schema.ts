/** The registration of a fix as the artefact store holds it. */
import { z } from 'zod'
import { OpsError } from '../../domain/failures.ts'
import type { Fix } from '../../domain/fixes/fix.ts'

const Reproduction = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('handshake') }),
  z.object({ kind: z.literal('prompt') }),
  z.object({ kind: z.literal('version'), version: z.string().min(1) }),
  z.object({ kind: z.literal('config'), key: z.string().min(1), json: z.string().min(1) }),
])

const FixFile = z.object({
  v: z.literal(1),
  kind: z.enum(['configuration', 'version']),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().positive(),
  title: z.string().min(1),
  version: z.string().min(1).nullable(),
  reproduction: Reproduction,
  ci: z.enum(['passed', 'failed']),
  ciUrl: z.string().min(1),
  watchSeconds: z.int().positive(),
  by: z.string().min(1),
  at: z.iso.datetime(),
}) satisfies z.ZodType<Fix>

export function parseFix(bytes: Uint8Array): Fix {
  const parsed = FixFile.safeParse(parseJson(new TextDecoder().decode(bytes)))
  if (parsed.success) return parsed.data
  const hint = 'It was written by another release; register the fix again.'
  throw new OpsError({ owner: 'operator', message: 'the registration of a fix cannot be read', hint })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
