/** Settings of the sandbox's mail server and pager, read from the environment once. */
import { z } from 'zod'
import { listening } from '../slack/listening.ts'

const schema = z.object({
  OPS_MAIL_SMTP: listening,
  OPS_MAIL_HTTP: listening,
  /** Each mail is a file here, and so is what came to the pager. */
  OPS_MAIL_STATE: z.string().startsWith('/'),
})

export interface Settings {
  readonly smtp: { readonly host: string; readonly port: number }
  readonly http: { readonly host: string; readonly port: number }
  readonly folder: string
}

/** Throws one error that lists every mistake. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const result = schema.safeParse(environment)
  if (result.success)
    return {
      smtp: result.data.OPS_MAIL_SMTP,
      http: result.data.OPS_MAIL_HTTP,
      folder: result.data.OPS_MAIL_STATE,
    }
  const lines = result.error.issues.map(issue => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`the settings of the sandbox's mail server are wrong\n${lines.join('\n')}`)
}
