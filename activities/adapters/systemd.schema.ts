/** `systemctl list-units -o json`. */
import { z } from 'zod'

export const failedUnitList = z.array(z.object({ unit: z.string().min(1) }))
