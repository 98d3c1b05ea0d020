/**
 * Ranked guesses at the cause of an incident (S46), from what the collectors found. The same evidence gives the same
 * ranking; a missing observation speaks neither for nor against anything.
 */
import type { WorkaroundName } from '../changes.ts'
import type { EvidenceFacts } from './evidence.ts'
import { formatSeconds, plural } from './evidence-format.ts'
import type { Hypothesis } from './incident.ts'

export interface EvidenceOfHost {
  readonly host: string
  readonly collector: string
  readonly facts: EvidenceFacts
}

/** How strongly each guess is believed, 0 to 100, and why: causes stand above the symptoms that they bring about. */
export const WEIGHTS = {
  /** Nothing works on a full disk, and everything else that is found follows from it. */
  'disk-full': 95,
  /** The service cannot do without its database. */
  'database-away': 90,
  /** The kernel names the victim itself. */
  'out-of-memory': 88,
  /** Most outages follow a change; one within the hour before a service that is unwell is hardly chance. */
  'change-before-failure': 84,
  /** It fails each time anew, so a restart alone rarely helps, but systemd may have given up trying. */
  'crash-loop': 80,
  /** A fact rather than a guess; who stopped it is open. */
  'service-stopped': 78,
  /** It runs and answers nobody. */
  'service-hung': 76,
  /** Requests wait in the database. */
  'database-blocked': 70,
  /** New sessions are refused while the old ones work well. */
  'session-limit': 66,
  /** One client can take what all share. */
  'client-flood': 60,
  /** Explains what broke off, but the host is back. */
  'host-rebooted': 54,
  /** Without a symptom of the service itself a change is a suspect only. */
  'recent-change': 48,
  /** Something happens that did not happen the day before. */
  'new-errors': 44,
  /** Slows down before it kills. */
  'memory-pressure': 40,
  /** Known errors, more of them: rather a symptom. */
  'more-errors': 30,
  /** So long before that it needs another sign. */
  'change-of-the-day': 22,
} as const

export type HypothesisKind = keyof typeof WEIGHTS

/** Full in practice: writing begins to fail, and root's reserve hides it from nobody but root. */
const FULL_PERCENT = 97
/** Automatic restarts within an hour that are no accident any more. */
const LOOPING = 3
/** Of the kernel's `some avg60`, per cent of the time. */
const PRESSURE = 20
const MEMORY_PERCENT = 95
/** Of the limit. */
const NEARLY_ALL = 0.95
/** Connections of one peer, and its share of all, that are a flood. */
const FLOOD = 20
const FLOOD_SHARE = 0.7
/** A lock that is waited for longer than this is no ordinary one. */
const LOCK_SECONDS = 10
const SOON_MINUTES = 60

interface Guess {
  readonly kind: HypothesisKind
  readonly title: string
  readonly evidence: readonly string[]
  readonly workaround: WorkaroundName | null
}

/** Most probable first; equal weights in the order of their ids. An id is `kind:host`. */
export function rankHypotheses(evidence: readonly EvidenceOfHost[]): readonly Hypothesis[] {
  const hosts = [...new Set(evidence.map(({ host }) => host))]
  return hosts
    .flatMap(host => guesses(createLook(evidence, host)).map(guess => ({ host, guess })))
    .map(({ host, guess: { kind, title, evidence: found, workaround } }) => ({
      id: `${kind}:${host}`,
      title: `${title} on ${host}`,
      weight: WEIGHTS[kind],
      evidence: found.map(sentence => `${host}: ${sentence}`),
      workaround,
    }))
    .toSorted((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1))
}

/** What the collectors of one host say; null for what none of them says. */
interface Look {
  readonly text: (collector: string, name: string) => string | null
  readonly number: (collector: string, name: string) => number | null
  readonly truth: (collector: string, name: string) => boolean | null
}

function createLook(evidence: readonly EvidenceOfHost[], host: string): Look {
  const read = (collector: string, name: string) =>
    evidence.find(one => one.host === host && one.collector === collector)?.facts[name] ?? null
  return {
    text(collector, name) {
      const value = read(collector, name)
      return typeof value === 'string' ? value : null
    },
    number(collector, name) {
      const value = read(collector, name)
      return typeof value === 'number' && Number.isFinite(value) ? value : null
    },
    truth(collector, name) {
      const value = read(collector, name)
      return typeof value === 'boolean' ? value : null
    },
  }
}

function guesses(look: Look): readonly Guess[] {
  return [
    ...disk(look),
    ...database(look),
    ...memory(look),
    ...service(look),
    ...connections(look),
    ...changes(look),
    ...log(look),
  ]
}

function disk(look: Look): readonly Guess[] {
  const mount = look.text('disk', 'fullestMount') ?? 'a disk'
  const used = look.number('disk', 'fullestPercent') ?? 0
  const inodes = look.number('disk', 'inodesPercent') ?? 0
  if (used < FULL_PERCENT && inodes < FULL_PERCENT) return []
  const found = used >= FULL_PERCENT ? `${mount} is ${used} % full` : `inodes are ${inodes} % used`
  return [{ kind: 'disk-full', title: 'The disk is full', evidence: [found], workaround: 'free-disk' }]
}

function database(look: Look): readonly Guess[] {
  if (look.truth('database', 'reachable') === false) {
    const found = `PostgreSQL does not answer: ${look.text('database', 'reason') ?? 'no reason given'}`
    return [{ kind: 'database-away', title: 'The database is away', evidence: [found], workaround: null }]
  }
  const blocked = look.number('database', 'blocked') ?? 0
  const wait = look.number('database', 'longestWaitSeconds') ?? 0
  if (blocked === 0 || wait < LOCK_SECONDS) return []
  const found = `${plural(blocked, 'session')} wait for a lock in PostgreSQL, the longest ${formatSeconds(wait)}`
  return [{ kind: 'database-blocked', title: 'The database is blocked', evidence: [found], workaround: null }]
}

function memory(look: Look): readonly Guess[] {
  const kills = look.number('service', 'oomKills') ?? 0
  if (kills > 0 || look.text('service', 'result') === 'oom-kill') {
    const found =
      kills > 0
        ? `the kernel killed processes of the service for want of memory (${plural(kills, 'time')} in 24 h)`
        : 'the unit ended with oom-kill'
    return [{ kind: 'out-of-memory', title: 'The service ran out of memory', evidence: [found], workaround: 'restart' }]
  }
  const pressure = look.number('processes', 'memoryPressure') ?? 0
  const used = look.number('processes', 'memoryUsedPercent') ?? 0
  if (pressure < PRESSURE && used < MEMORY_PERCENT) return []
  const hottest = look.text('processes', 'hottest')
  const evidence = [`memory is ${used} % used, pressure ${pressure} %`]
  if (hottest !== null) evidence.push(`hottest process: ${hottest}`)
  return [{ kind: 'memory-pressure', title: 'Memory is short', evidence, workaround: null }]
}

function service(look: Look): readonly Guess[] {
  const ailment = ailmentOf(look)
  return ailment === null ? [] : [{ ...ailment, workaround: 'restart' }]
}

/** What is wrong with the unit itself, or null. */
function ailmentOf(look: Look): Omit<Guess, 'workaround'> | null {
  const unit = look.text('service', 'unit') ?? 'the service'
  const active = look.text('service', 'activeState')
  const sub = look.text('service', 'subState') ?? ''
  const result = look.text('service', 'result') ?? ''
  const restarts = look.number('service', 'restartsLastHour') ?? 0
  if (active === null) return null
  const state = `${unit} is ${active} (${sub}${result === '' || result === 'success' ? '' : `, ${result}`})`
  const refusal = look.text('service', 'refusal')
  if (restarts >= LOOPING || sub === 'auto-restart' || result === 'start-limit-hit') {
    const evidence = [state, `${plural(restarts, 'automatic restart')} in the last hour`]
    return { kind: 'crash-loop', title: `${unit} crashes again and again`, evidence }
  }
  if (active !== 'active' && active !== 'activating' && active !== 'reloading') {
    return { kind: 'service-stopped', title: `${unit} does not run`, evidence: [state] }
  }
  if (look.truth('service', 'answers') !== false) return null
  const evidence = [state, `no handshake: ${refusal ?? 'no reason given'}`]
  return { kind: 'service-hung', title: `${unit} runs and does not answer`, evidence }
}

function connections(look: Look): readonly Guess[] {
  const open = look.number('connections', 'sessionsOpen')
  const limit = look.number('connections', 'sessionsLimit')
  const established = look.number('connections', 'established') ?? 0
  const peer = look.text('connections', 'topPeer')
  const ofPeer = look.number('connections', 'topPeerConnections') ?? 0
  const found: Guess[] = []
  if (open !== null && limit !== null && limit > 0 && open >= NEARLY_ALL * limit) {
    const evidence = [`${open} of ${limit} sessions are open`]
    found.push({ kind: 'session-limit', title: 'The session limit is reached', evidence, workaround: 'raise-limit' })
  }
  if (peer !== null && ofPeer >= FLOOD && ofPeer >= FLOOD_SHARE * established) {
    const evidence = [`${ofPeer} of ${established} connections come from ${peer}`]
    // What comes from the host itself is shared by whoever stands behind a proxy, and is never blocked.
    const workaround = /^(?:127\.|::1$|::ffff:127\.)/.test(peer) ? null : 'block-client'
    found.push({ kind: 'client-flood', title: 'One client floods the service', evidence, workaround })
  }
  return found
}

function changes(look: Look): readonly Guess[] {
  const found: Guess[] = []
  const boot = look.number('changes', 'bootMinutes')
  if (boot !== null) {
    const evidence = [`it was booted ${formatSeconds(boot * 60)} before`]
    found.push({ kind: 'host-rebooted', title: 'A recent boot', evidence, workaround: null })
  }
  const minutes = look.number('changes', 'newestMinutes')
  if (minutes === null) return found
  const what = look.text('changes', 'newestWhat') ?? 'something was changed'
  // A roll-back takes the last deploy back and nothing else: not the upgrade of a package that came after it.
  const deploy = look.text('changes', 'lastDeployKind')
  const canGoBack =
    deploy !== null &&
    deploy === look.text('changes', 'newestKind') &&
    look.text('changes', 'lastDeployWhat') === look.text('changes', 'newestWhat')
  const kind = kindOfChange(minutes, ailmentOf(look) !== null)
  const evidence = [`${formatSeconds(minutes * 60)} before: ${what}`]
  found.push({ kind, title: TITLES[kind], evidence, workaround: canGoBack ? 'rollback' : null })
  return found
}

type ChangeKind = 'change-before-failure' | 'recent-change' | 'change-of-the-day'

const TITLES: Readonly<Record<ChangeKind, string>> = {
  'change-before-failure': 'A change broke the service',
  'recent-change': 'Something was changed within the last hour',
  'change-of-the-day': 'Something was changed within the last day',
}

function kindOfChange(minutes: number, isUnwell: boolean): ChangeKind {
  if (minutes > SOON_MINUTES) return 'change-of-the-day'
  return isUnwell ? 'change-before-failure' : 'recent-change'
}

function log(look: Look): readonly Guess[] {
  const found: Guess[] = []
  const fresh = look.text('log', 'newPattern')
  if (fresh !== null) {
    const times = look.number('log', 'newPatternCount') ?? 1
    const evidence = [`${plural(times, 'time')} in the last hour, never before: ${fresh}`]
    found.push({ kind: 'new-errors', title: 'A new kind of error', evidence, workaround: null })
  }
  const grown = look.text('log', 'grownPattern')
  if (grown !== null) {
    const evidence = [`far more often than in the day before: ${grown}`]
    found.push({ kind: 'more-errors', title: 'Known errors have become frequent', evidence, workaround: null })
  }
  return found
}
