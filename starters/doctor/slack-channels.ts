/**
 * Is the app in its channels: whoever forgets to invite it sees no card. Looked at by reading one message, for which the
 * app has the right anyway; asking for the channel itself would need more rights than it has.
 */
import { z } from 'zod'
import type { Finding } from '../../domain/findings.ts'
import { judged } from './check.ts'

export interface Channel {
  /** What it is for. */
  readonly name: 'incidents' | 'ops'
  readonly id: string
}

const Answer = z.object({ ok: z.boolean(), error: z.string().optional() })

/** @param ask calls one of Slack's methods, and answers with null when nothing came back. */
export async function examineChannels(
  channels: readonly Channel[],
  ask: (method: string, body: Readonly<Record<string, string>>) => Promise<unknown>,
): Promise<readonly Finding[]> {
  return await Promise.all(
    channels.map(async channel => {
      const answer = Answer.safeParse(await ask('conversations.history', { channel: channel.id, limit: '1' })).data
      return judgeChannel(
        channel,
        answer === undefined ? 'no answer' : answer.ok ? null : (answer.error ?? 'no reason'),
      )
    }),
  )
}

function judgeChannel({ name, id }: Channel, error: string | null): Finding {
  const finding = `slack.channel.${name}`
  switch (error) {
    case null:
      return judged(finding, 'ok', `the bot is in the channel for ${PURPOSE[name]}`)
    // Slack tells of a private channel only those who are in it.
    case 'not_in_channel':
    case 'channel_not_found': {
      const hint = `Write /invite @ops there. If the channel is another one, correct team.slack.${name} in the estate file.`
      return judged(finding, 'fail', `the bot is not in the channel for ${PURPOSE[name]} (${id})`, { hint })
    }
    default:
      return judged(finding, 'skipped', `nobody knows whether the bot is in ${id}: ${error}`)
  }
}

const PURPOSE = { incidents: 'incidents', ops: 'everything else' } as const
