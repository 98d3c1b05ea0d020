/** The longest chain of activities in a health check: what it would last if everything around the activities took no time. */
import type { Step } from './history.ts'

export interface Chain {
  readonly ms: number
  readonly words: string
}

/** What comes after the greeting, one line per branch; the branches run side by side (workflows/health-check.ts). */
const BRANCHES = [['measureUsage', 'countSessions', 'probeAcp'], ['inspectSystem'], ['reviewLog'], ['inspectDatabase']]

const READ = 'readEstate'
const RECALL = 'recallBackground'
const WRITE = 'documentRun'

export function longestChain(steps: readonly Step[]): Chain {
  const control = (activities: readonly string[]): Chain => chain(steps, 'control', activities)
  const hosts = [...new Set(steps.map(({ queue }) => queue))].filter(queue => queue.startsWith('host:'))
  const visits = hosts.flatMap(queue => BRANCHES.map(branch => chain(steps, queue, ['greet', ...branch])))
  const middle = longest([control([RECALL]), ...visits])
  const [head, tail] = [control([READ]), control([WRITE])]
  return { ms: head.ms + middle.ms + tail.ms, words: `${READ} → ${middle.words} → ${WRITE}` }
}

function longest(chains: readonly Chain[]): Chain {
  return chains.reduce((longer, one) => (one.ms > longer.ms ? one : longer))
}

function chain(steps: readonly Step[], queue: string, activities: readonly string[]): Chain {
  const ms = activities
    .map(activity => steps.find(step => step.queue === queue && step.activity === activity)?.ms)
    .reduce<number>((sum, one) => sum + (one ?? Number.NEGATIVE_INFINITY), 0)
  return { ms, words: `${queue} ${activities.join(' → ')}` }
}
