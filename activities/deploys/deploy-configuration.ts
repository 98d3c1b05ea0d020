/** A JSON merge patch of the service's configuration. What is there before and after is named by digest. */
import { OpsError } from '../../domain/failures.ts'
import { changedMembers, parsePatch, patchedText } from '../../domain/fixes/merge-patch.ts'
import { planned } from '../../domain/incident/parameters.ts'
import { readMark, restartedSince, writeMark } from '../../domain/incident/unit-runs.ts'
import { redact } from '../../domain/redact.ts'
import { digestOfText } from '../adapters/deployed-file.ts'
import type { KeptFile } from '../adapters/swap-files.ts'
import { lookAtRestart, type RestartPorts, readRun, restartOnce } from '../workarounds/restart.ts'
import type { PlannedOrder, Workaround } from '../workarounds/workaround.ts'
import { type DrainPorts, drain } from './drain.ts'

export interface DeployConfigurationPorts extends RestartPorts, DrainPorts {
  readonly configuration: string
  /** Text of the artefact with this digest, fetched from the control plane. */
  readonly fetchText: (sha256: string, signal?: AbortSignal) => Promise<string>
  readonly readKept: (path: string) => Promise<KeptFile | null>
  /** Whether a new file can be given to the owner and group of this one. */
  readonly mayOwnFor: (file: KeptFile) => Promise<boolean>
  readonly installText: (path: string, text: string, before: string) => Promise<void>
  readonly restoreText: (path: string, before: string) => Promise<void>
}

const MOST_LINES = 20

export function deployConfiguration(ports: DeployConfigurationPorts): Workaround {
  const { configuration } = ports

  /** The file now, and its text with the patch. */
  const read = async (sha256: string, signal?: AbortSignal) => {
    const [patch, current] = [parsePatch(await ports.fetchText(sha256, signal)), await ports.readKept(configuration)]
    if (current === null) throw refused(`there is no ${configuration}`, 'Is this a host of the service?')
    return { patch, current, text: patchedText(current.text, patch) }
  }

  return {
    async plan({ service: { unit }, request }, signal) {
      const sha256 = planned(request.parameters, 'sha256')
      const { patch, current, text } = await read(sha256, signal)
      const members = changedMembers(current.text, patch)
      if (members.length === 0) throw refused('the patch changes nothing on this host', 'It may be deployed already.')
      if (!(await ports.mayOwnFor(current))) throw foreign(configuration, current)
      const run = await readRun(ports, unit, signal)
      const rest = members.length - MOST_LINES
      return {
        title: `deploy the configuration patch ${sha256.slice(0, 10)} on ${request.host}`,
        steps: [
          `wait up to 60 s until no request is under way`,
          `patch ${configuration}, keeping it as .previous`,
          ...members.slice(0, MOST_LINES).map(line => redact(line).slice(0, 200)),
          ...(rest > 0 ? [`and ${rest} members more`] : []),
          // Nothing of the unit's present state: it changes while people decide, and would void what they approved.
          `systemctl restart ${unit}`,
        ],
        undo: `bring ${configuration} of before back, systemctl restart ${unit}`,
        impact: 'All its connections end once; clients have to connect again.',
        parameters: { ...request.parameters, result: digestOfText(text) },
        before: { ...writeMark(run), sha256: current.sha256 },
      }
    },

    /** A first try that got anywhere is recognised by digests and by the unit's marks, and continued. */
    async apply(order) {
      const result = planned(order.plan.parameters, 'result')
      const before = planned(order.plan.before, 'sha256')
      let drained = 'it was in place already'
      if ((await ports.readKept(configuration))?.sha256 !== result) {
        const { text } = await read(planned(order.plan.parameters, 'sha256'))
        if (digestOfText(text) !== result) throw refused(`${configuration} has changed since the plan`, 'Ask again.')
        drained = await drain(ports, order.service.acp)
        await ports.installText(configuration, text, before)
      }
      return `${configuration} is patched (${drained}); ${await restartOnce(ports, order)}`
    },

    async look(order, signal) {
      const result = planned(order.plan.parameters, 'result')
      if ((await ports.readKept(configuration))?.sha256 !== result) {
        return { state: 'not-done', summary: `${configuration} is not the patched version` }
      }
      const { state, summary } = await lookAtRestart(ports, order, signal)
      return { state, summary: `${configuration} is the patched version; ${summary}` }
    },

    async revert(order: PlannedOrder) {
      const before = planned(order.plan.before, 'sha256')
      const isAsBefore = (await ports.readKept(configuration))?.sha256 === before
      const { state } = restartedSince(readMark(order.plan.before), await readRun(ports, order.service.unit))
      await ports.restoreText(configuration, before)
      if (isAsBefore && state === 'not-done')
        return `${configuration} is as before, and ${order.service.unit} runs with it`
      await ports.restartUnit(order.service.unit)
      return `${configuration} is as before, and ${order.service.unit} was restarted`
    },
  }
}

function foreign(path: string, { uid, gid }: KeptFile): OpsError {
  const message = `${path} belongs to ${uid}:${gid}, and the host worker may not make a file of theirs`
  const hint = `Run "chown 0:0 ${path}" and let the service read it by its mode, or give the host worker's unit CapabilityBoundingSet=CAP_CHOWN CAP_FOWNER.`
  return new OpsError({ owner: 'permission', message, hint })
}

function refused(message: string, hint: string): OpsError {
  return new OpsError({ owner: 'operator', message, hint })
}
