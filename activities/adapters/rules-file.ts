/** A rules file of Prometheus: read, understood, and replaced in one step by a version that was planned. */
import { createHash } from 'node:crypto'
import { chmod, chown, realpath, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { OpsError } from '../../domain/failures.ts'
import type { RulesFile } from '../../domain/monitoring/rules.ts'
import { type KeptFile, readKept } from './swap-files.ts'
import { syncFolder } from './sync-folder.ts'

const settings = z.record(z.string(), z.string())

const Rule = z.looseObject({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.string(),
  labels: settings.nullish(),
  annotations: settings.nullish(),
})

const File = z.object({
  groups: z.array(z.looseObject({ name: z.string(), rules: z.array(Rule).nullish() })),
})

/** Throws OpsError operator when it is none. What it says is not judged here: promtool does that. */
export function parseRules(text: string): RulesFile {
  const { groups } = understood(text)
  return {
    groups: groups.map(({ name: group, rules, ...rest }) => ({
      name: group,
      settings: flat(rest),
      rules: (rules ?? []).map(({ alert, record, expr, labels, annotations, ...others }) => ({
        group,
        kind: alert === undefined ? 'recording' : 'alerting',
        name: alert ?? record ?? '',
        query: expr,
        settings: { ...flat(others), ...named('label', labels), ...named('annotation', annotations) },
      })),
    })),
  }
}

function understood(text: string): z.infer<typeof File> {
  let problem: string
  try {
    // Every scalar stays text, as Prometheus reads them.
    const found = File.safeParse(parse(text, { schema: 'failsafe', merge: true }))
    if (found.success) return found.data
    const [issue] = found.error.issues
    problem = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim()
  } catch (error) {
    problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  }
  throw new OpsError({
    owner: 'operator',
    message: `these are no rules of Prometheus: ${problem}`,
    hint: 'Name a file with groups of rules; `promtool check rules FILE` looks at it closely.',
  })
}

function flat(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

function named(prefix: string, values: Readonly<Record<string, string>> | null | undefined) {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [`${prefix} ${name}`, value]))
}

export interface RulesNow extends KeptFile {
  /** Where it really is: a link stays one when what it names is replaced. */
  readonly path: string
}

/** Throws OpsError configuration when there is none, or it is no ordinary file of at most 1 MiB. */
export async function readRules(path: string): Promise<RulesNow> {
  const real = await realpath(path).catch(() => path)
  const file = await readKept(real)
  if (file !== null) return { path: real, ...file }
  const hint = 'OPS_PROMETHEUS_RULES names the rules file that Prometheus reads, as the control plane sees it.'
  throw new OpsError({ owner: 'configuration', message: `there is no rules file ${path}`, hint })
}

/**
 * Afterwards the file has this text, with the owner and the rights that it had. There at every moment, and on disk when it
 * resolves. Safe to repeat. Who replaces it has looked at it just before; a draft of a killed try is written over.
 */
export async function writeRules({ path, uid, gid, mode }: RulesNow, text: string): Promise<void> {
  // Beside it, so that the rename is one step; no pattern such as *.yml finds it.
  const draft = `${path}.ops-new`
  try {
    await writeFile(draft, text, { mode: 0o600, flush: true })
    await chown(draft, uid, gid)
    await chmod(draft, mode)
    await rename(draft, path)
    await syncFolder(dirname(path))
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    const hint = 'Give the control plane the right to replace this file, and to create files beside it.'
    throw new OpsError({ owner: 'permission', message: `cannot replace ${path}: ${code}`, hint }, { cause })
  }
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
