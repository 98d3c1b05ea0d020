/** The first thing that a started estate does: the morning health check, and its outcome on the terminal. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { EstatePlan } from '../estate/name.ts'
import { pathsOf } from '../estate/paths.ts'
import { exits, Problem } from '../estate/problem.ts'
import type { Environment } from './environment.ts'
import { ops } from './ops.ts'

const Outcome = z.object({
  workflowId: z.string(),
  verdict: z.enum(['ok', 'warn', 'fail', 'unknown']).nullable(),
  targets: z.array(z.object({ name: z.string(), verdict: z.string() })),
  findings: z.array(
    z.object({
      target: z.string(),
      id: z.string(),
      verdict: z.string(),
      summary: z.string(),
      hint: z.string().nullish(),
    }),
  ),
  artefacts: z.array(z.object({ kind: z.string(), ref: z.string() })),
})
export type Outcome = z.infer<typeof Outcome>

export interface FirstCheck {
  /** Exit code of `ops run`: that of the verdict. */
  readonly code: number
  readonly outcome: Outcome
}

/** A check takes some 10 s, and its budget is for estates that have a ledger to wait for; this one is new and whole. */
const withinMs = 180_000

/** @throws Problem when the command did not print the object that it promises, or did not end in time (exit 3). */
export async function firstCheck(
  plan: EstatePlan,
  environment: Environment,
  signal?: AbortSignal,
  deadlineMs: number = withinMs,
): Promise<FirstCheck> {
  const deadline = AbortSignal.timeout(deadlineMs)
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
  const result = await ops(plan, environment, ['run', 'health-check', '--announce', '--wait', '--json'], either).catch(
    error => {
      throw deadline.aborted && signal?.aborted !== true ? notInTime(plan, deadlineMs) : error
    },
  )
  const parsed = Outcome.safeParse(parseJson(result.stdout))
  if (parsed.data === undefined) {
    const said = (result.stderr || result.stdout).trim().split('\n').slice(-6).join('\n')
    throw new Problem(`the health check gave no result (code ${result.code}): ${said}`)
  }
  return { code: result.code, outcome: parsed.data }
}

function notInTime(plan: EstatePlan, deadlineMs: number): Problem {
  const { logs } = pathsOf(plan)
  return new Problem(`the health check did not end within ${deadlineMs / 1000} s`, {
    hint: `Look at ${join(logs, 'control-plane.log')} and the logs beside it. After 'npm start -- --name ${plan.name} --bare', 'npx ops show health-check:all' says at which step the run stands.`,
    exit: exits.unknown,
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a person reads: verdicts first, then everything that is not ok, with what to do. */
export function tell(check: FirstCheck, report: string | undefined): readonly string[] {
  const { outcome } = check
  const hosts = outcome.targets.map(target => `${target.name} ${target.verdict}`).join(', ')
  const notes = outcome.findings
    .filter(finding => finding.verdict !== 'ok' && finding.verdict !== 'skipped')
    .flatMap(finding => [
      `  ${finding.verdict.padEnd(7)} ${finding.target}: ${finding.summary} (${finding.id})`,
      ...(finding.hint ? [`          ${finding.hint}`] : []),
    ])
  return [
    `Morning health check: ${outcome.verdict ?? 'unknown'} (${hosts})`,
    ...notes,
    ...(report === undefined ? [] : [`Report: ${report}`]),
    `        npx ops report ${outcome.workflowId} --text`,
  ]
}

/** The report as a file that a browser opens by its name: the artefact store names files by their content only. */
export function placeReport(plan: EstatePlan, check: FirstCheck): string | undefined {
  const ref = check.outcome.artefacts.find(artefact => artefact.kind === 'report-html')?.ref
  if (ref === undefined) return undefined
  const sha256 = ref.replace(/^sha256:/, '')
  const { artefacts, reports } = pathsOf(plan)
  mkdirSync(reports, { recursive: true, mode: 0o700 })
  const file = join(reports, 'health-check.html')
  copyFileSync(join(artefacts, sha256.slice(0, 2), sha256), file)
  return file
}
