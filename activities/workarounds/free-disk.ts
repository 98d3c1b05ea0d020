/**
 * Frees disk space from a closed list: compressed rotated logs of the service, archived journals, fetched packages. The
 * plan names each file with its size, and exactly these are deleted. What is deleted does not come back.
 */
import type { Service } from '../../domain/estate.ts'
import { OpsError } from '../../domain/failures.ts'
import { allowOnly, type Parameters, planned, wholeNumber } from '../../domain/incident/parameters.ts'
import { formatBytes } from '../../domain/report/format.ts'
import type { Reclaimable, ReclaimRules } from '../adapters/reclaimable.ts'
import type { Workaround } from './workaround.ts'

export interface FreeDiskPorts {
  readonly clock: () => number
  readonly findReclaimable: (rules: ReclaimRules) => Promise<readonly Reclaimable[]>
  readonly isStillThere: (file: Reclaimable) => Promise<boolean>
  readonly deleteFile: (file: Reclaimable) => Promise<void>
}

const ALLOWED = {
  keepDays: 'rotated logs younger than this stay, 1 to 365, 7 unless told',
  journalMegabytes: 'the journal is cut down to this, 16 to 100000, 200 unless told',
} as const

/** A plan that a person can read; the largest come first, and a second plan finds the rest. */
const MOST_FILES = 200

export function createFreeDisk(ports: FreeDiskPorts): Workaround {
  return {
    /** Logs and journals rotate while people decide: what they approved holds as long as nothing in it is something else. */
    async plan({ service, request, approved }) {
      if (approved !== undefined && (await stillOffered(ports, service, approved.parameters)).length > 0)
        return approved
      const { keepDays, journalMegabytes } = settings(request.parameters)
      const found = await ports.findReclaimable(rules(service, keepDays, journalMegabytes, ports.clock()))
      const files = found.slice(0, MOST_FILES)
      if (files.length === 0) throw nothingToFree(keepDays, journalMegabytes)
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
      return {
        title: `free ${formatBytes(bytes)} of disk on ${request.host}`,
        steps: files.map(file => `delete ${file.path} (${formatBytes(file.bytes)})`),
        undo: null,
        impact: 'These logs, journals and fetched packages are gone for good; the service goes on as it is.',
        parameters: {
          keepDays: String(keepDays),
          journalMegabytes: String(journalMegabytes),
          files: files.map(written).join('\n'),
        },
        before: { files: String(files.length), bytes: String(bytes) },
      }
    },

    /** A first try that was cut off has deleted some; those that are left are deleted now. */
    async apply({ service, plan: { parameters } }) {
      const files = filesOf(parameters)
      const present = await stillOffered(ports, service, parameters)
      for (const file of present) await ports.deleteFile(file)
      const bytes = present.reduce((sum, file) => sum + file.bytes, 0)
      const gone = files.length - present.length
      const others = gone === 0 ? '' : `, ${gone} were gone already`
      return `${present.length} of ${files.length} files were deleted (${formatBytes(bytes)})${others}`
    },

    /** What is left can be deleted by another try. */
    async look({ plan: { parameters } }) {
      const files = filesOf(parameters)
      const left = (await presentOf(ports, files)).length
      const summary = `${files.length - left} of ${files.length} files are gone`
      return { state: left === 0 ? 'done' : 'not-done', summary }
    },

    async revert() {
      return 'what was deleted does not come back'
    },
  }
}

/** Those of the plan that are still there. Throws OpsError when one of them may not be deleted. */
async function stillOffered(
  ports: FreeDiskPorts,
  service: Service,
  parameters: Parameters,
): Promise<readonly Reclaimable[]> {
  const { files: _files, ...given } = parameters
  // The plan came a long way: what is not of these kinds is not deleted. How large the journal is by now is no matter.
  const found = await ports.findReclaimable(rules(service, settings(given).keepDays, 0, ports.clock()))
  const allowed = new Set(found.map(written))
  const present = await presentOf(ports, filesOf(parameters))
  const foreign = present.find(file => !allowed.has(written(file)))
  if (foreign !== undefined) throw notOffered(foreign)
  return present
}

function settings(given: Parameters): {
  readonly keepDays: number
  readonly journalMegabytes: number
} {
  allowOnly('free-disk', given, ALLOWED)
  return {
    keepDays: wholeNumber('keepDays', given.keepDays ?? '7', { min: 1, max: 365 }),
    journalMegabytes: wholeNumber('journalMegabytes', given.journalMegabytes ?? '200', { min: 16, max: 100_000 }),
  }
}

function rules({ log }: Service, keepDays: number, journalMegabytes: number, now: number): ReclaimRules {
  return { log, keepDays, journalBytes: journalMegabytes * 1_048_576, now }
}

function written({ path, bytes, modifiedAt }: Reclaimable): string {
  return `${bytes} ${modifiedAt} ${path}`
}

function filesOf(parameters: Parameters): readonly Reclaimable[] {
  return planned(parameters, 'files')
    .split('\n')
    .map(line => {
      const [, bytes, modifiedAt, path] = /^(\d+) (\d+) (\/.+)$/.exec(line) ?? []
      if (path === undefined) {
        const hint = 'Ask for the workaround again, so that a new plan is made.'
        throw new OpsError({ owner: 'operator', message: 'the list of files in the plan is not readable', hint })
      }
      return { path, bytes: Number(bytes), modifiedAt: Number(modifiedAt) }
    })
}

async function presentOf(ports: FreeDiskPorts, files: readonly Reclaimable[]): Promise<readonly Reclaimable[]> {
  const present = await Promise.all(files.map(async file => ((await ports.isStillThere(file)) ? [file] : [])))
  return present.flat()
}

function nothingToFree(keepDays: number, journalMegabytes: number): OpsError {
  const message = `there is nothing to free: no rotated log older than ${keepDays} days, no journal beyond ${journalMegabytes} MB, no fetched package`
  const hint = 'Ask with a smaller keepDays or journalMegabytes, or see the disk evidence for what grows.'
  return new OpsError({ owner: 'operator', message, hint })
}

function notOffered({ path }: Reclaimable): OpsError {
  const hint = 'Nothing was deleted. Ask for the workaround again, so that a new plan is made.'
  return new OpsError({ owner: 'operator', message: `${path} is not among what may be deleted`, hint })
}
