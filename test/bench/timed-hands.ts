/** Fake hands that take their time: what each activity took on the sandbox estate (medians of real runs), scaled. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ControlPlaneActivities, Documented } from '../../activities/control-plane.ts'
import type { FixHands } from '../../activities/fix-hands.ts'
import type { HostActivities } from '../../activities/host.ts'
import type { ResponseHands } from '../../activities/response-hands.ts'
import { bothHosts, controlHands } from '../support/workflow-rig.ts'

/** Milliseconds on the sandbox estate. */
const REAL_MS: Readonly<
  Record<keyof ControlPlaneActivities | Exclude<keyof HostActivities, keyof (ResponseHands & FixHands)>, number>
> = {
  readEstate: 10,
  recallBackground: 45,
  greet: 25,
  inspectSystem: 1_100,
  measureUsage: 10_100,
  countSessions: 20,
  probeAcp: 350,
  reviewLog: 100,
  inspectDatabase: 100,
  documentRun: 70,
  recordEnd: 20,
}

/** What a document gets for an answer, whatever is in it. */
const DOCUMENTED: Documented = {
  artefacts: ['report-text', 'report-json', 'report-html'].map(kind => ({
    kind,
    ref: `sha256:${'a'.repeat(64)}`,
    bytes: 40_000,
    sha256: 'a'.repeat(64),
  })),
}

export interface TimedHands {
  readonly control: ControlPlaneActivities
  readonly hosts: Readonly<Record<string, HostActivities>>
}

/** With a scale of 0 the hands answer at once, and only the engine is left. */
export function timedHands(scale: number): TimedHands {
  const hosts = Object.entries(bothHosts()).map(([host, hands]) => [host, timed(hands, scale)])
  return {
    control: timed(controlHands({ documentRun: async () => DOCUMENTED }).hands, scale),
    hosts: Object.fromEntries(hosts),
  }
}

function timed<T extends object>(hands: T, scale: number): T {
  const slow = Object.entries(hands).map(([name, hand]) => [
    name,
    async (...args: readonly unknown[]) => {
      const ms = REAL_MS[name as keyof typeof REAL_MS] * scale
      if (ms > 0) await sleep(ms)
      return await hand(...args)
    },
  ])
  return Object.fromEntries(slow)
}
