/** Can Slack be spoken to and heard: the token and its scopes, the clocks, and the ingress with what it heard last. */
import { z } from 'zod'
import type { Finding } from '../../domain/findings.ts'
import { SCOPES } from '../slack/manifest.ts'
import { examine, judged } from './check.ts'
import { type Channel, examineChannels } from './slack-channels.ts'

const TIMEOUT_MS = 4_000
/** Slack refuses nothing for its own clock; we refuse what is further off than five minutes. */
const CLOCK_WARN_MS = 5_000
const CLOCK_FAIL_MS = 120_000
/** Slack sends nothing on its own, and a quiet weekend is no fault; in a week somebody presses something. */
const QUIET_MS = 7 * 86_400_000

export interface SlackAccess {
  /** Bot token. */
  readonly token: string
  /** Where Slack's methods are; null for Slack itself. */
  readonly apiUrl: string | null
  /** Workspace id of the estate file, or null when it names none. */
  readonly teamId: string | null
  /** App id of the estate file. */
  readonly appId: string | null
  /** Ids of the keys with which the door may vouch for people, by the estate file. */
  readonly doorKeys: readonly string[]
  /** Base address of the ingress's own HTTP server, or null when it is not known here. */
  readonly ingress: string | null
  /** Where cards and posts go; empty when the estate file names none. */
  readonly channels: readonly Channel[]
}

const AuthTest = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  team_id: z.string().optional(),
  team: z.string().optional(),
  user: z.string().optional(),
})

/** Null without a token: Slack is not configured. */
export async function examineSlack(access: SlackAccess | null): Promise<readonly Finding[]> {
  if (access === null)
    return [judged('slack.token', 'skipped', 'Slack is not configured: OPS_SLACK_TOKEN_FILE is not set')]
  const parts = await Promise.all([
    examine('slack.token', () => examineToken(access)),
    examine('slack.ingress', () => examineIngress(access)),
  ])
  return parts.flat()
}

function call({ token, apiUrl }: SlackAccess, method: string, body: Readonly<Record<string, string>> = {}) {
  return fetch(new URL(method, apiUrl ?? 'https://slack.com/api/'), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams(body),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => null)
}

async function examineToken(access: SlackAccess): Promise<readonly Finding[]> {
  const { teamId, channels } = access
  const id = 'slack.token'
  const asked = Date.now()
  const response = await call(access, 'auth.test')
  if (response === null) {
    const hint = 'Everything works by `ops` meanwhile. Look at the network, and at OPS_SLACK_API_URL if it is set.'
    return [judged(id, 'fail', 'Slack does not answer', { hint })]
  }
  const answered = Date.now()
  const answer = AuthTest.safeParse(await response.json().catch(() => null)).data
  if (answer === undefined) {
    const hint = 'Something between here and Slack answers in its place, such as a proxy.'
    return [judged(id, 'fail', `Slack’s address answers with something else (${response.status})`, { hint })]
  }
  if (!answer.ok) {
    const hint = 'Install the app in the workspace and put its bot token into the file of OPS_SLACK_TOKEN_FILE.'
    return [judged(id, 'fail', `Slack refuses the token: ${answer.error ?? 'no reason given'}`, { hint })]
  }
  return [
    judgeWorkspace(answer, teamId),
    judgeScopes(response.headers.get('x-oauth-scopes')),
    judgeClock(response.headers.get('date'), asked, answered),
    ...(await examineChannels(channels, async (method, body) =>
      (await call(access, method, body))?.json().catch(() => null),
    )),
  ]
}

function judgeWorkspace({ team_id: found, team, user }: z.infer<typeof AuthTest>, teamId: string | null): Finding {
  const id = 'slack.workspace'
  if (teamId === null) {
    const hint = 'Name the workspace, the app and the channels under team.slack in the estate file.'
    return judged(id, 'fail', 'the estate file names no workspace of Slack', { hint })
  }
  if (found === teamId) return judged(id, 'ok', `Slack knows the bot as ${user ?? 'a bot'} in ${team ?? found}`)
  const hint = 'Correct team.slack.teamId in the estate file, or use the token of that workspace.'
  return judged(id, 'fail', `the token is of workspace ${found ?? 'unknown'}, the estate file says ${teamId}`, { hint })
}

function judgeScopes(header: string | null): Finding {
  const id = 'slack.scopes'
  if (header === null) return judged(id, 'skipped', 'Slack does not tell the scopes of the token')
  const granted = header.split(',').map(scope => scope.trim())
  const missing = Object.entries(SCOPES).filter(([scope]) => !granted.includes(scope))
  if (missing.length === 0) return judged(id, 'ok', 'the token has every scope of the manifest')
  const hint = `Install the app again with docs/slack-manifest.json. What is off: ${missing.map(([scope, use]) => `${scope} (${use})`).join('; ')}.`
  return judged(id, 'fail', `scopes are missing: ${missing.map(([scope]) => scope).join(', ')}`, { hint })
}

/** A header in whole seconds, somewhere between asking and the answer. */
function judgeClock(date: string | null, asked: number, answered: number): Finding {
  const id = 'slack.clock'
  const theirs = Date.parse(date ?? '')
  if (Number.isNaN(theirs)) return judged(id, 'skipped', 'Slack does not tell its time')
  const offset = answered < theirs ? theirs - answered : Math.max(0, asked - theirs - 1_000)
  const verdict = offset > CLOCK_FAIL_MS ? 'fail' : offset > CLOCK_WARN_MS ? 'warn' : 'ok'
  const hint = verdict === 'ok' ? '' : 'Correct the time of this machine: beyond five minutes every request is refused.'
  return judged(id, verdict, `the clocks of this machine and of Slack differ by ${Math.round(offset / 1_000)} s`, {
    hint,
  })
}

const Health = z.object({
  state: z.string(),
  temporal: z.string(),
  startedAt: z.string().optional(),
  doors: z.object({
    slack: z
      .object({
        lastHeardAt: z.string().nullable().optional(),
        clockAheadMs: z.number().nullable().optional(),
        loopDelayMs: z.number().optional(),
        foreignApp: z.string().nullable().optional(),
        doorKey: z.string().optional(),
        socket: z.boolean().optional(),
        connected: z.boolean().optional(),
        why: z.string().nullable().optional(),
      })
      .optional(),
  }),
})

async function examineIngress({ ingress: address, appId, doorKeys }: SlackAccess): Promise<readonly Finding[]> {
  const id = 'slack.ingress'
  if (address === null) return [judged(id, 'skipped', 'nobody looked at the ingress: its address is not known here')]
  const response = await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null)
  const health = Health.safeParse(await response?.json().catch(() => null)).data
  if (health === undefined) {
    const hint =
      'Buttons and commands of Slack do nothing now. Start it: node_modules/.bin/node dist/starters/ingress.js (docs/slack.md); `ops` works without it.'
    return [judged(id, 'fail', `the ingress does not answer at ${address}`, { hint })]
  }
  const { slack } = health.doors
  if (slack === undefined) {
    const hint = 'Set OPS_SLACK_SIGNING_SECRET_FILE where the ingress starts.'
    return [judged(id, 'fail', 'the ingress has no door to Slack', { hint })]
  }
  if (slack.socket === true && slack.connected === false) {
    const hint =
      'Buttons and commands of Slack do nothing now; `ops` works without it. Look at the network and at the file of OPS_SLACK_APP_TOKEN_FILE.'
    return [judged(id, 'fail', `the ingress is not connected to Slack: ${slack.why ?? 'it is just trying'}`, { hint })]
  }
  if (slack.socket === true) {
    const hint = 'What is pressed while the connection is renewed is lost: give the ingress an address (docs/slack.md).'
    return [judged(id, 'warn', 'the ingress listens through a socket, which is for laptops', { hint })]
  }
  return [
    judgeHearing(slack.lastHeardAt ?? null, health),
    judgeIngressClock(slack.clockAheadMs ?? null),
    ...judgeApp(slack.foreignApp ?? null, appId),
    ...judgeDoorKey(slack.doorKey ?? null, doorKeys),
  ]
}

function judgeHearing(lastHeardAt: string | null, { temporal, startedAt }: z.infer<typeof Health>): Finding {
  const id = 'slack.ingress'
  const quietMs = Date.now() - Date.parse(lastHeardAt ?? startedAt ?? '')
  if (temporal !== 'answers') {
    const hint = 'It tells people "NOT recorded" meanwhile. See what `ops doctor` says about Temporal.'
    return judged(id, 'fail', 'the ingress runs, but Temporal does not answer it', { hint })
  }
  const hint =
    'Say `/ops whoami` in Slack. If nothing arrives, its request URL or the way there is wrong (docs/slack.md).'
  const heard =
    lastHeardAt === null ? 'has not heard of Slack since it started' : `heard of Slack last at ${lastHeardAt}`
  if (quietMs > QUIET_MS) return judged(id, 'warn', `the ingress runs, and ${heard}: more than a week ago`, { hint })
  // Nobody has to have used Slack yet: silence alone says nothing about the way.
  if (lastHeardAt === null) return judged(id, 'skipped', `the ingress runs, and ${heard}`, { hint })
  return judged(id, 'ok', `the ingress runs, and ${heard}`)
}

/** What is meant for another app is answered with silence, so a wrong id in the estate file looks like a Slack that is dead. */
function judgeApp(heard: string | null, appId: string | null): readonly Finding[] {
  if (heard === null || heard === appId) return []
  const hint = `If that is the app of ops, write it under team.slack.appId in the estate file. Else its request URL should not lead here.`
  const summary = `Slack sends what is meant for app ${heard}, and the estate file says ${appId ?? 'none'}: it is not heard`
  return [judged('slack.app', 'fail', summary, { hint })]
}

function judgeDoorKey(kid: string | null, known: readonly string[]): readonly Finding[] {
  if (kid === null) return []
  const id = 'slack.door-key'
  if (known.includes(kid))
    return [judged(id, 'ok', 'the estate file knows the key with which the ingress vouches for people')]
  const hint =
    '`ops whoami --key FILE` with the file of OPS_SLACK_DOOR_KEY_FILE prints its public half, for team.doorKeys.'
  const summary = 'the key of the ingress is not under team.doorKeys: no decision from Slack counts'
  return [judged(id, 'fail', summary, { hint, evidence: { kid } })]
}

function judgeIngressClock(aheadMs: number | null): Finding {
  const id = 'slack.ingress.clock'
  if (aheadMs === null) return judged(id, 'skipped', 'without a request of Slack its clock is not known')
  const offset = Math.abs(aheadMs)
  const verdict = offset > CLOCK_FAIL_MS ? 'fail' : offset > CLOCK_WARN_MS ? 'warn' : 'ok'
  const hint = verdict === 'ok' ? '' : 'Correct the time of the machine of the ingress (timedatectl, chronyc tracking).'
  return judged(id, verdict, `requests of Slack reach the ingress dated ${Math.round(offset / 1_000)} s off at least`, {
    hint,
  })
}
