/** Rolls a deployed configuration back: the version before it comes back, what was deployed is put aside, the service restarts. */
import { OpsError } from '../../domain/failures.ts'
import { planned } from '../../domain/incident/parameters.ts'
import { readMark, restartedSince, writeMark } from '../../domain/incident/unit-runs.ts'
import { isJson } from '../../domain/json.ts'
import { redact } from '../../domain/redact.ts'
import type { KeptFile } from '../adapters/swap-files.ts'
import { lookAtRestart, type RestartPorts, readRun, restartOnce } from './restart.ts'
import type { Workaround } from './workaround.ts'

export interface RollbackConfigurationPorts extends RestartPorts {
  readonly configuration: string
  readonly previousOf: (path: string) => string
  readonly undoneOf: (path: string) => string
  readonly readKept: (path: string) => Promise<KeptFile | null>
  readonly exchangeFiles: (path: string, wanted: string, from: string, aside: string) => Promise<void>
}

/** Of the lines that differ; the digests name the versions exactly. */
const MOST_LINES = 20

export function rollbackConfiguration(ports: RollbackConfigurationPorts): Workaround {
  const { configuration } = ports
  const [previousPath, undonePath] = [ports.previousOf(configuration), ports.undoneOf(configuration)]
  return {
    async plan({ service: { unit }, request }, signal) {
      const [current, previous, run] = await Promise.all([
        ports.readKept(configuration),
        ports.readKept(previousPath),
        readRun(ports, unit, signal),
      ])
      const versions = usable(current, previous, configuration, previousPath)
      return {
        title: `roll back the last deploy on ${request.host}: the previous ${configuration} comes back`,
        steps: [
          `move ${previousPath} to ${configuration}, and what is there to ${undonePath}`,
          ...difference(versions.current.text, versions.previous.text),
          `systemctl restart ${unit}`,
        ],
        undo: `move ${undonePath} to ${configuration} again, systemctl restart ${unit}`,
        impact: 'All its connections and running turns end; what was configured since the previous version is off.',
        parameters: { sha256: versions.previous.sha256 },
        before: { ...writeMark(run), sha256: versions.current.sha256 },
      }
    },

    /** The exchange goes by digests and the restart by the unit's marks: a first try that got anywhere is continued. */
    async apply(order) {
      await ports.exchangeFiles(configuration, planned(order.plan.parameters, 'sha256'), previousPath, undonePath)
      return `${configuration} is the previous version again; ${await restartOnce(ports, order)}`
    },

    async look(order, signal) {
      const wanted = planned(order.plan.parameters, 'sha256')
      if ((await ports.readKept(configuration))?.sha256 !== wanted) {
        return { state: 'not-done', summary: `${configuration} is not the version that was planned` }
      }
      const { state, summary } = await lookAtRestart(ports, order, signal)
      return { state, summary: `${configuration} is the previous version; ${summary}` }
    },

    /** Recognises a version that was never rolled back. After that a restart more is no harm, one too few is. */
    async revert(order) {
      const isAsBefore = (await ports.readKept(configuration))?.sha256 === order.plan.before.sha256
      const run = await readRun(ports, order.service.unit)
      if (isAsBefore && restartedSince(readMark(order.plan.before), run).state === 'not-done') {
        return `${configuration} is as before, and ${order.service.unit} runs with it`
      }
      await ports.exchangeFiles(configuration, planned(order.plan.before, 'sha256'), undonePath, previousPath)
      await ports.restartUnit(order.service.unit)
      return `${configuration} is as before, and ${order.service.unit} was restarted`
    },
  }
}

interface Versions {
  readonly current: KeptFile
  readonly previous: KeptFile
}

/** What would leave the service without a configuration that it can read is refused. */
function usable(current: KeptFile | null, previous: KeptFile | null, path: string, previousPath: string): Versions {
  if (current === null) throw refused(`there is no ${path}`, 'Is this the host of the service?')
  if (previous === null) {
    throw refused(`there is no ${previousPath}`, 'Nothing was deployed over it that could be rolled back.')
  }
  if (previous.sha256 === current.sha256) throw refused('both versions are the same', 'A rollback changes nothing.')
  if (!isJson(previous.text)) throw refused(`${previousPath} is not JSON`, 'Correct the file by hand.')
  if (previous.uid !== current.uid || previous.gid !== current.gid || previous.mode !== current.mode) {
    const hint = `Run "chown --reference=${path} ${previousPath}" and the same with chmod once its content is known.`
    throw refused(`${previousPath} has another owner or other rights than ${path}`, hint)
  }
  return { current, previous }
}

/** Lines that only one version has, redacted; enough for a person to recognise the change. */
function difference(current: string, previous: string): readonly string[] {
  const [now, then] = [redact(current).split('\n'), redact(previous).split('\n')]
  const gone = now.filter(line => !then.includes(line)).map(line => `- ${line.trim()}`)
  const back = then.filter(line => !now.includes(line)).map(line => `+ ${line.trim()}`)
  const all = [...gone, ...back].map(line => line.slice(0, 160))
  const rest = all.length - MOST_LINES
  return [...all.slice(0, MOST_LINES), ...(rest > 0 ? [`and ${rest} lines more`] : [])]
}

function refused(message: string, hint: string): OpsError {
  return new OpsError({ owner: 'operator', message, hint })
}
