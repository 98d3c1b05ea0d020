/** The stand-in's settings, read from the environment once and checked before anything listens. */
import { z } from 'zod'
import { isOwnAddress, listening } from './listening.ts'
import { type Person, TEAM } from './world.ts'

export interface Settings {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Folder of its store; without it nothing survives a restart. */
  readonly folder?: string
  /** The app's bot token, which is also what the rig shows at /admin. */
  readonly token: string
  readonly signingSecret: string
  /** Where the app takes commands, presses and events. */
  readonly ingress: string
  readonly people: readonly Person[]
}

const person = z.object({
  id: z.string().regex(/^U[A-Z0-9]+$/),
  name: z.string().regex(/^[a-z0-9._-]+$/),
  realName: z.string().min(1),
  email: z.string().default(''),
  teamId: z.string().default(TEAM.id),
  isBot: z.boolean().default(false),
  isRestricted: z.boolean().default(false),
  deleted: z.boolean().default(false),
})

const schema = z.object({
  OPS_STANDIN_HTTP: listening,
  OPS_STANDIN_STATE: z.string().startsWith('/').optional(),
  OPS_STANDIN_TOKEN: z.string().min(8),
  OPS_STANDIN_SIGNING_SECRET: z.string().min(8),
  OPS_STANDIN_INGRESS: z
    .url({ protocol: /^http$/ })
    .refine(url => isOwnAddress(new URL(url).hostname), 'has to be on loopback or in a sandbox estate'),
  OPS_STANDIN_PEOPLE: z
    .string()
    .default('[]')
    .transform((text, context) => {
      try {
        return JSON.parse(text)
      } catch {
        context.addIssue('has to be JSON')
        return z.NEVER
      }
    })
    .pipe(z.array(person)),
})

/** Throws one error that lists every mistake. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.entries(environment).filter(([, value]) => value !== '')
  const result = schema.safeParse(Object.fromEntries(given))
  if (!result.success) {
    const lines = result.error.issues.map(issue => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`the settings of the stand-in for Slack are wrong\n${lines.join('\n')}`)
  }
  const { OPS_STANDIN_STATE: folder, ...settings } = result.data
  return {
    ...settings.OPS_STANDIN_HTTP,
    ...(folder === undefined ? {} : { folder }),
    token: settings.OPS_STANDIN_TOKEN,
    signingSecret: settings.OPS_STANDIN_SIGNING_SECRET,
    ingress: settings.OPS_STANDIN_INGRESS,
    people: settings.OPS_STANDIN_PEOPLE,
  }
}
