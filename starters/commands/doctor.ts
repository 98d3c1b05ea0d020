/** `ops doctor`: looks at every part that ops depends on, and says what to do about each that is not right. */

import { readTeam } from '../../activities/adapters/estate-file.ts'
import type { Estate } from '../../domain/estate.ts'
import { type Finding, verdictOf } from '../../domain/findings.ts'
import type { Team } from '../../domain/team/team.ts'
import { exitCodeOf } from '../../domain/verdicts.ts'
import type { TemporalClient } from '../client.ts'
import type { Context } from '../context.ts'
import { examine, judged } from '../doctor/check.ts'
import { examineReviews } from '../doctor/reviews.ts'
import { examineLastCheck, examineSchedules } from '../doctor/routine.ts'
import { examineSlack } from '../doctor/slack.ts'
import { examineArtefacts, examineLedger } from '../doctor/stores.ts'
import { examineTemporal } from '../doctor/temporal.ts'
import { examineControlPlane, examineWorkers } from '../doctor/workers.ts'
import type { ExitCode } from '../exit-codes.ts'
import { readSecretFile, withLedger } from '../ledger-access.ts'
import type { Settings } from '../settings.ts'
import { verdictMark } from '../terminal.ts'

export async function doctor(_command: unknown, context: Context): Promise<ExitCode> {
  const { terminal, json } = context
  const findings = await look(context)
  const verdict = verdictOf(findings)
  if (json) terminal.json({ verdict, findings })
  else {
    for (const { verdict: one, target, summary, hint } of findings) {
      terminal.say(`${verdictMark(terminal, one)} ${target === 'estate' ? '' : `${target}: `}${summary}`)
      if (hint !== '') terminal.say(terminal.paint('dim', `          ${hint}`))
    }
  }
  return exitCodeOf(verdict)
}

async function look(context: Context): Promise<readonly Finding[]> {
  let settings: Settings | null = null
  const first = await examine('settings', async () => {
    settings = await context.settings()
    return [judgeSettings(settings)]
  })
  // Without settings nothing else can be found.
  if (settings === null) return first
  const known: Settings = settings
  const { artefacts, http } = known

  let estate: Estate | null = null
  const second = await examine('estate.file', async () => {
    estate = await context.estate()
    return [
      judged('estate.file', 'ok', `estate ${estate.name}, ${estate.hosts.length} hosts, times in ${estate.timezone}`),
    ]
  })
  const team = await teamOf(known)
  const [temporal, ...others] = await Promise.all([
    examine('temporal.server', async () => lookAtTemporal(await context.temporal(), estate)),
    examine('ledger', () => lookAtLedger(known, team)),
    examine('artefacts.folder', () => examineArtefacts(artefacts)),
    examine('control-plane.http', () => examineControlPlane(http, (team?.slack ?? null) !== null)),
    examine('slack.token', () => lookAtSlack(known)),
  ])
  return [...first, ...second, ...temporal, ...others.flat()]
}

async function lookAtLedger(settings: Settings, team: Team | null): Promise<readonly Finding[]> {
  const findings = await examineLedger(settings.ledgerUrlFile)
  // Where the ledger itself is not in order, that comes first.
  if (team === null || findings.some(({ verdict }) => verdict !== 'ok')) return findings
  const reviews = () => withLedger(settings, ledger => examineReviews(ledger, team))
  return [...findings, ...(await examine('ledger.reviews', reviews))]
}

async function lookAtSlack({
  slackTokenFile,
  slackApiUrl,
  ingress,
  estateFile,
}: Settings): Promise<readonly Finding[]> {
  if (slackTokenFile === null) return await examineSlack(null)
  const team = estateFile === null ? null : await readTeam(estateFile)
  const doorKeys = team?.keys.filter(({ holder, retiredAt }) => holder.kind === 'door' && retiredAt === null) ?? []
  const token = await readSecretFile(slackTokenFile)
  const places = team?.slack ?? null
  const channels =
    places === null
      ? []
      : [{ name: 'incidents', id: places.incidents } as const, { name: 'ops', id: places.ops } as const]
  return await examineSlack({
    token,
    apiUrl: slackApiUrl,
    teamId: places?.teamId ?? null,
    appId: places?.appId ?? null,
    doorKeys: doorKeys.map(({ kid }) => kid),
    ingress,
    channels,
  })
}

/** What is wrong with the estate file is said elsewhere. */
async function teamOf({ estateFile }: Settings): Promise<Team | null> {
  return estateFile === null ? null : await readTeam(estateFile).catch(() => null)
}

async function lookAtTemporal(temporal: TemporalClient, estate: Estate | null): Promise<readonly Finding[]> {
  const { client } = temporal
  const parts = await Promise.all([
    examineTemporal(temporal),
    examineWorkers(client, estate),
    estate === null ? [] : examine('schedule', () => examineSchedules(client, estate)),
    estate === null
      ? []
      : examine('health-check.today', () => examineLastCheck(client, estate, new Date().toISOString())),
  ])
  return parts.flat()
}

function judgeSettings({ origins }: Settings): Finding {
  const names = Object.keys(origins)
  if (names.length > 0) return judged('settings', 'ok', `${names.length} settings found; ops whoami shows them`)
  const hint = 'Start the sandbox with npm start, or set TEMPORAL_ADDRESS and OPS_ESTATE; the README lists the rest.'
  return judged('settings', 'warn', 'no settings are found', { hint })
}
