/**
 * `npm run bench [-- NAME …]`: runs all benchmarks, or the named ones, and prints one table. They are figures, not tests:
 * the exit code says only whether a benchmark itself broke.
 *
 * BENCH_ESTATE=NAME measures on an estate that runs already; BENCH_ROUNDS=N is for writing benchmarks.
 */

import { alertCard } from './alert-card.ts'
import { buttonActivity } from './button-activity.ts'
import { chatPace } from './chat-pace.ts'
import { endAll } from './endings.ts'
import { engineOverhead } from './engine-overhead.ts'
import { type Figure, table, tell } from './figures.ts'
import { healthCheckWall } from './health-check-wall.ts'
import { hundredCards } from './hundred-cards.ts'
import { incidentEvidence } from './incident-evidence.ts'
import { openWorkflows } from './open-workflows.ts'
import { opsHelp } from './ops-help.ts'
import { slackAck } from './slack-ack.ts'
import { warmStart } from './warm-start.ts'

const BENCHMARKS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  'ops-help': opsHelp,
  'chat-pace': chatPace,
  'slack-ack': slackAck,
  'alert-card': alertCard,
  'button-activity': buttonActivity,
  'engine-overhead': engineOverhead,
  'open-workflows': openWorkflows,
  'warm-start': warmStart,
  'health-check-wall': healthCheckWall,
  'incident-evidence': incidentEvidence,
  'hundred-cards': hundredCards,
}

const names = process.argv.slice(2)
const unknown = names.filter(name => !Object.hasOwn(BENCHMARKS, name))
if (unknown.length > 0) {
  tell(`there is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(64)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    await endAll()
    process.exit(130)
  })
}

const figures: Figure[] = []
for (const [name, measure] of Object.entries(BENCHMARKS)) {
  if (names.length > 0 && !names.includes(name)) continue
  tell(`${name} …`)
  try {
    figures.push(...(await measure()))
  } catch (error) {
    tell(`${name} broke: ${error instanceof Error ? error.stack : String(error)}`)
    figures.push({ name, figure: 'broke', baseline: '', goal: '', met: null })
    process.exitCode = 1
  }
}
process.stdout.write(`\n${table(figures)}`)
