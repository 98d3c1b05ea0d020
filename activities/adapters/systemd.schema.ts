/** `systemctl list-units -o json`, and what systemd says about a unit in `journalctl -o json`. */
import { z } from 'zod'

export const failedUnitList = z.array(z.object({ unit: z.string().min(1) }))

export const unitMessage = z.object({
  MESSAGE: z.string(),
  MESSAGE_ID: z.string().default(''),
  __REALTIME_TIMESTAMP: z.coerce.number(),
})
