/** What the upload door answers. */
import { z } from 'zod'

export const storedArtefact = z.object({
  ref: z.string().min(1),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
