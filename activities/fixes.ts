/** Registered fixes and the wake hook, as the control plane knows them. */
import { OpsError } from '../domain/failures.ts'
import { type Fix, isNamed, parseFixEventId, refuseUnproven } from '../domain/fixes/fix.ts'
import type { EventRow } from '../domain/ledger.ts'
import type { ArtefactStore } from './adapters/artefact-store.ts'
import type { Wake } from './adapters/wake-hook.ts'
import type { FixActivities } from './fix-hands.ts'

export interface FixPorts {
  readonly store: Pick<ArtefactStore, 'get' | 'has'>
  readonly listEvents: (filter: { readonly limit: number; readonly kind: 'fix' }) => Promise<readonly EventRow[]>
  /** Of the registration's artefact; throws OpsError when it is none. */
  readonly parseFix: (bytes: Uint8Array) => Fix
  /** Null when no hook is configured. */
  readonly wake: Wake | null
}

/** Registrations that are looked through. */
export const MOST_FIXES = 500

export function createFixActivities(ports: FixPorts): FixActivities {
  return {
    /** Reads only. */
    async readFix({ fix: words }) {
      const [newest, ...others] = distinct((await readFixes(ports)).filter(fix => isNamed(words, fix)))
      if (newest === undefined) throw unknownFix(words)
      if (others.length > 0) throw ambiguous(words, [newest, ...others])
      if (!(await ports.store.has(`sha256:${newest.sha256}`))) throw gone(newest)
      return refuseUnproven(newest)
    },

    /** Safe to repeat: a host that is on stays on. */
    async switchPower({ host, power }) {
      if (ports.wake === null) return false
      await ports.wake(host, power)
      return true
    },
  }
}

/** All registrations, newest first. */
export async function readFixes(ports: Pick<FixPorts, 'store' | 'listEvents' | 'parseFix'>): Promise<readonly Fix[]> {
  const events = await ports.listEvents({ limit: MOST_FIXES, kind: 'fix' })
  const fixes: Fix[] = []
  for (const { id } of events) {
    const named = parseFixEventId(id)
    if (named === null) continue
    const fix = ports.parseFix(await ports.store.get(`sha256:${named.registration}`))
    if (fix.sha256 === named.sha256) fixes.push(fix)
  }
  return fixes
}

/** Of several registrations of the same bytes the newest counts. */
function distinct(fixes: readonly Fix[]): readonly Fix[] {
  return fixes.filter((fix, at) => fixes.findIndex(({ sha256 }) => sha256 === fix.sha256) === at)
}

function unknownFix(words: string): OpsError {
  const message = `no fix ${JSON.stringify(words.slice(0, 60))} is registered`
  return new OpsError({ owner: 'operator', message, hint: '`ops fix list` shows them; `ops fix register` adds one.' })
}

function ambiguous(words: string, fixes: readonly Fix[]): OpsError {
  const message = `${JSON.stringify(words.slice(0, 60))} names ${fixes.length} fixes`
  const hint = `Name one by its digest: ${fixes.map(({ sha256 }) => sha256.slice(0, 16)).join(', ')}.`
  return new OpsError({ owner: 'operator', message, hint })
}

function gone({ sha256 }: Fix): OpsError {
  const hint = 'Register it again; the artefact store no longer has it.'
  return new OpsError({ owner: 'operator', message: `the fix ${sha256.slice(0, 10)} has lost its bytes`, hint })
}
