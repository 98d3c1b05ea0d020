/** `ops slack manifest`: what Slack makes the app of this installation from. Needs no settings and reaches nothing. */
import type { SlackCommand } from '../../domain/commands.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { MANIFEST_DEFAULTS, slackManifest } from '../slack/manifest.ts'

export async function slack({ url, command }: SlackCommand, { terminal, json }: Context): Promise<ExitCode> {
  const manifest = slackManifest({
    url: url ?? MANIFEST_DEFAULTS.url,
    command: command ?? MANIFEST_DEFAULTS.command,
  })
  if (json) terminal.json(manifest)
  else terminal.say(JSON.stringify(manifest, null, 2))
  return 0
}
