/** promtool and amtool: whether rules, their tests and configurations are right, before anything takes them in. */
import { OpsError } from '../../domain/failures.ts'
import { run } from './shell.ts'

export interface ToolCheck {
  readonly ok: boolean
  /** What the tool said, without empty lines; redacted and bounded. */
  readonly output: string
}

/** Lints as well: a rule without a label or with a doubtful name is wrong here. */
export async function checkRules(file: string): Promise<ToolCheck> {
  return await check('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', file])
}

/** The unit tests name their rule files relative to themselves. */
export async function testRules(file: string): Promise<ToolCheck> {
  return await check('promtool', ['test', 'rules', file])
}

/** With everything that it names: rule files, credential files. */
export async function checkPrometheusConfig(file: string): Promise<ToolCheck> {
  return await check('promtool', ['check', 'config', file])
}

export async function checkAlertmanagerConfig(file: string): Promise<ToolCheck> {
  return await check('amtool', ['check-config', file])
}

/** Whether alerts with these labels go to exactly this receiver. */
export async function checkRoute(
  file: string,
  receiver: string,
  labels: Readonly<Record<string, string>>,
): Promise<ToolCheck> {
  const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return await check('amtool', [
    'config',
    'routes',
    'test',
    `--config.file=${file}`,
    `--verify.receivers=${receiver}`,
    ...words,
  ])
}

async function check(tool: string, args: readonly string[]): Promise<ToolCheck> {
  const { ending, exitCode, stdout, stderr } = await run(tool, args, { deadlineMs: 120_000 })
  if (ending !== 'exited') {
    const message = `${tool} ${args.slice(0, 2).join(' ')} did not end`
    throw new OpsError({ owner: 'tool', message, hint: 'Look at the load of this machine, then try again.' })
  }
  const output = [stdout, stderr]
    .join('\n')
    .replaceAll(/\n\s*\n+/g, '\n')
    .trim()
  return { ok: exitCode === 0, output }
}
