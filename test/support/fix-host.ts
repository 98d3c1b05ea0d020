/** A registered fix, what an incident asks for, and a host on which it is deployed or not, which notes what it is asked to do. */
import type { FixHands, Reproduced } from '../../activities/fix-hands.ts'
import type { HostActivities } from '../../activities/host.ts'
import type { ChangeOrder, ResponseHands } from '../../activities/response-hands.ts'
import type { WorkaroundCheck, WorkaroundPlan } from '../../domain/changes.ts'
import type { Host } from '../../domain/estate.ts'
import { OpsError } from '../../domain/failures.ts'
import type { Fix } from '../../domain/fixes/fix.ts'
import type { FixRequest } from '../../domain/fixes/request.ts'
import type { HostName } from '../../domain/ids.ts'
import { greeting } from './facts.ts'

const sha256 = 'ab'.repeat(32)
export const registered: Fix = {
  v: 1,
  kind: 'configuration',
  sha256,
  bytes: 22,
  title: 'sharing is off',
  version: null,
  reproduction: { kind: 'config', key: 'share', json: '"disabled"' },
  ci: 'passed',
  ciUrl: 'https://ci.example.test/7',
  watchSeconds: 120,
  by: 'ben',
  at: '2026-11-23T03:00:00.000Z',
}
export const gamma: Host = { name: 'gamma' as HostName, site: 'east', role: 'staging' }
export const fixAsked: FixRequest = {
  host: 'alpha',
  fix: 'FIX-abababab',
  cause: 'opencode-acp/availability',
  incident: 'INC-7',
  incidentWorkflowId: 'incident:nobody',
  number: 1,
  requestedBy: 'ana',
  why: 'sessions leak',
  evidence: ['502 since 03:00'],
  alone: null,
}

export type HostHands = Partial<ResponseHands & FixHands & Pick<HostActivities, 'greet'>>

const asleep = () => new OpsError({ owner: 'operator', message: 'asleep', hint: 'Wake it.' })

/** A host on which the fix is deployed or not; the fault is there as long as it is not. It greets once it was switched on. */
export function fixHost(host: string, calls: string[], changes: HostHands = {}): HostHands {
  let isDeployed = false
  const note = (what: string) => void calls.push(`${host} ${what}`)
  const plan = ({ request }: ChangeOrder): WorkaroundPlan => ({
    title: `deploy the patch on ${request.host}`,
    steps: ['patch it', 'restart it'],
    undo: 'put it back',
    impact: 'connections end once',
    parameters: request.parameters,
    before: { sha256: 'cd'.repeat(32) },
  })
  return {
    greet: () => (calls.includes(`${host} on`) ? Promise.resolve(greeting) : Promise.reject(asleep())),
    planChange: async order => {
      note('plan')
      return plan(order)
    },
    applyChange: async ({ plan: { parameters } }) => {
      note(`apply ${parameters.sha256?.slice(0, 4)}`)
      isDeployed = true
      return 'patched'
    },
    checkChange: async (): Promise<WorkaroundCheck> => ({
      state: isDeployed ? 'done' : 'not-done',
      healthy: true,
      summary: 'it answers',
    }),
    revertChange: async () => {
      note('revert')
      isDeployed = false
      return 'as before'
    },
    reproduce: async (): Promise<Reproduced> => {
      note(isDeployed ? 'reproduce after' : 'reproduce before')
      return { state: isDeployed ? 'passed' : 'failed', summary: isDeployed ? 'it is off' : 'it is on' }
    },
    runSuite: async () => ({ passed: true, lines: ['5 handshakes', 'a session'] }),
    lookAtService: async () => ({ healthy: true, summary: 'it answers', errors: {} }),
    ...changes,
  }
}
