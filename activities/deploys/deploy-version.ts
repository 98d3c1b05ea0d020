/** A pinned version of the agent: unpacked beside the others, made current by a link, and started by the service's unit. */
import { OpsError } from '../../domain/failures.ts'
import type { DeployedVersion } from '../../domain/fixes/last-deploy.ts'
import { type Parameters, planned } from '../../domain/incident/parameters.ts'
import { readMark, restartedSince, writeMark } from '../../domain/incident/unit-runs.ts'
import type { Releases } from '../adapters/releases.ts'
import { lookAtRestart, type RestartPorts, readRun, restartOnce } from '../workarounds/restart.ts'
import type { Workaround } from '../workarounds/workaround.ts'
import { type DrainPorts, drain } from './drain.ts'

export interface DeployVersionPorts extends RestartPorts, DrainPorts {
  /** Path of the artefact with this digest on this host, fetched from the control plane. */
  readonly download: (sha256: string, signal?: AbortSignal) => Promise<string>
  readonly releases: Releases
  readonly reloadUnits: () => Promise<void>
}

/** In `before`: the unit starts what its own file names. */
const OWN = 'none'

export function deployVersion(ports: DeployVersionPorts): Workaround {
  const { releases } = ports
  return {
    async plan({ service: { unit }, request }, signal) {
      const sha256 = planned(request.parameters, 'sha256')
      const version = planned(request.parameters, 'version')
      const release = releaseName(version, sha256)
      const [run, current] = [await readRun(ports, unit, signal), await releases.current(unit)]
      if (current === release) throw alreadyThere(version)
      await ports.download(sha256, signal)
      return {
        title: `deploy opencode-ai ${version} on ${request.host}`,
        steps: [
          `unpack the package ${sha256.slice(0, 10)} as ${releases.program(release)}`,
          'wait up to 60 s until no request is under way',
          `let ${unit} start it (now ${current ?? 'what its own unit file names'})`,
          'systemctl daemon-reload',
          // Nothing of the unit's present state: it changes while people decide, and would void what they approved.
          `systemctl restart ${unit}`,
        ],
        undo: `let ${unit} start ${current ?? 'what its own unit file names'} again, systemctl restart ${unit}`,
        impact: 'All its connections end once; clients have to connect again.',
        parameters: { ...request.parameters, release },
        before: { ...writeMark(run), release: current ?? OWN, ...writeRollBack(await releases.deployed(unit)) },
      }
    },

    /** Each step recognises what it has done; the restart goes by the unit's marks. */
    async apply(order) {
      const { unit, acp } = order.service
      const release = planned(order.plan.parameters, 'release')
      await releases.unpack(await ports.download(planned(order.plan.parameters, 'sha256')), release)
      const isChosen = (await releases.current(unit)) === release
      const drained = isChosen ? 'it was in place already' : await drain(ports, acp)
      await releases.choose(unit, release, nameOf(planned(order.plan.before, 'release')))
      await ports.reloadUnits()
      return `${release} is current (${drained}); ${await restartOnce(ports, order)}`
    },

    async look(order, signal) {
      const release = planned(order.plan.parameters, 'release')
      const current = await releases.current(order.service.unit)
      if (current !== release)
        return { state: 'not-done', summary: `the current release is ${current ?? 'the own one'}` }
      const { state, summary } = await lookAtRestart(ports, order, signal)
      return { state, summary: `${release} is current; ${summary}` }
    },

    async revert(order) {
      const { unit } = order.service
      const wanted = nameOf(planned(order.plan.before, 'release'))
      const isAsBefore = (await releases.current(unit)) === wanted
      const { state } = restartedSince(readMark(order.plan.before), await readRun(ports, unit))
      // Where the plan names no roll-back, what was never applied leaves the one that is there.
      const last = readRollBack(order.plan.before) ?? (isAsBefore ? await releases.deployed(unit) : null)
      await releases.choose(unit, wanted, last?.before, last?.at)
      await ports.reloadUnits()
      if (isAsBefore && state === 'not-done') return `${unit} runs the release of before`
      await ports.restartUnit(unit)
      return `${unit} was restarted with ${wanted ?? 'the release that its own unit file names'}`
    },
  }
}

type RollBack = Pick<DeployedVersion, 'before' | 'at'>

/** What the release of before can be rolled back to, as it stands in a plan's `before`: taking a newer one back leaves that as it was. */
function writeRollBack(last: RollBack | null): Parameters {
  return last === null ? {} : { previous: last.before ?? OWN, since: String(last.at) }
}

function readRollBack({ previous, since }: Parameters): RollBack | null {
  return previous === undefined ? null : { before: nameOf(previous), at: Number(since) }
}

function nameOf(release: string): string | null {
  return release === OWN ? null : release
}

/** The digest is part of it: the same version of another package is another release. */
function releaseName(version: string, sha256: string): string {
  return `${version}-${sha256.slice(0, 12)}`
}

function alreadyThere(version: string): OpsError {
  const hint = 'Nothing has to be deployed; the cause is another one.'
  return new OpsError({ owner: 'operator', message: `opencode-ai ${version} of this digest is current already`, hint })
}
