/**
 * Which Temporal server an estate uses, in this order: the one that the environment names, the `temporal` command on
 * PATH, the pinned server built from its Go modules, the SDK's own download. Each that is passed over says why.
 */
import { mkdirSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type ClientConfigProfile, loadClientConfigProfile } from '@temporalio/envconfig'
import { namingTemporal } from '../../domain/temporal-variables.ts'
import { describe, exits, messageOf, Problem } from '../estate/problem.ts'
import { attempt } from '../estate/shell.ts'
import { buildTemporal, cachedBinaries, type TemporalBinaries } from './build.ts'

export type FoundTemporal =
  | { readonly kind: 'given'; readonly address: string; readonly profile: ClientConfigProfile }
  | { readonly kind: 'command'; readonly path: string; readonly from: string }
  | { readonly kind: 'pinned'; readonly binaries: TemporalBinaries }

export const temporalChoices = ['auto', 'pinned'] as const
export type TemporalChoice = (typeof temporalChoices)[number]

export interface FindOptions {
  readonly checkout: string
  readonly choice: TemporalChoice
  /** The estate's own address: an environment printed by an earlier start of it is no server of somebody else. */
  readonly ownAddress: string
  readonly environment: NodeJS.ProcessEnv
  readonly progress: (line: string) => void
}

interface Way {
  readonly name: string
  /** A server, or why this way leads to none. */
  readonly look: (options: FindOptions) => Promise<FoundTemporal | string>
}

const ways: readonly Way[] = [
  { name: 'TEMPORAL_ADDRESS, TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE', look: async options => given(options) },
  { name: 'temporal on PATH', look: onPath },
  { name: 'pinned server (tools/temporal)', look: pinned },
  { name: `the SDK's download`, look: download },
]

/** @throws Problem (exit 69) that lists every way, why it failed and what would open it. */
export async function findTemporal(options: FindOptions): Promise<FoundTemporal> {
  const tried: string[] = []
  for (const way of options.choice === 'pinned' ? ways.filter(one => one.look === pinned) : ways) {
    const answer = await way.look(options)
    if (typeof answer !== 'string') return answer
    tried.push(`${way.name}: ${answer}`)
  }
  throw new Problem(`no Temporal server is to be had\n  ${tried.join('\n  ')}`, {
    hint: 'Any one of these will do: set TEMPORAL_ADDRESS, install the temporal CLI, or install Go to build the pinned server.',
    exit: exits.unavailable,
  })
}

function given(options: FindOptions): FoundTemporal | string {
  const { environment } = options
  if (namingTemporal(environment).length === 0) return 'not set'
  const profile = loadClientConfigProfile({ overrideEnvVars: definedOf(environment) })
  const address = profile.address
  if (address === undefined) return 'the profile names no address'
  if (address.startsWith(`${options.ownAddress}:`)) return `is this estate's own address, from an earlier start`
  return { kind: 'given', address, profile }
}

async function onPath(): Promise<FoundTemporal | string> {
  const answer = await attempt('temporal', ['--version'], { cwd: '/' })
  return answer.ok ? { kind: 'command', path: 'temporal', from: 'PATH' } : 'there is none'
}

async function pinned(options: FindOptions): Promise<FoundTemporal | string> {
  try {
    const cached = cachedBinaries(options.checkout)
    const binaries = cached ?? (await buildTemporal(options.checkout, options.progress))
    return { kind: 'pinned', binaries }
  } catch (error) {
    return describe(error).replace(/\n\s*/g, '. ')
  }
}

/** The SDK starts what it downloads and ends it with us; we only want the file, to supervise it ourselves. */
async function download(options: FindOptions): Promise<FoundTemporal | string> {
  const folder = join(options.environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'opencode-acp-ops', 'download')
  const found = () => {
    try {
      return readdirSync(folder).find(name => name.startsWith('temporal'))
    } catch {
      return undefined
    }
  }
  try {
    if (found() === undefined) {
      mkdirSync(folder, { recursive: true })
      const { TestWorkflowEnvironment } = await import('@temporalio/testing')
      const executable = { type: 'cached-download', downloadDir: folder, ttl: '365d' } as const
      const trial = await TestWorkflowEnvironment.createLocal({ server: { executable } })
      await trial.teardown()
    }
    const name = found()
    return name === undefined
      ? 'it left no program behind'
      : { kind: 'command', path: join(folder, name), from: 'the download' }
  } catch (error) {
    return messageOf(error)
      .replace(/ for url \(\S+\)/g, '')
      .slice(0, 200)
  }
}

function definedOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}
