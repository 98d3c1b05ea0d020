/** What the procedure `fix` is asked for, what it asks for in turn, and how its test on staging ended. */
import { type AskedFor, changeText } from '../approvals/request-statement.ts'
import type { ChangeRequest, WorkaroundRequest } from '../changes.ts'
import type { Estate, Host } from '../estate.ts'
import { type Fix, fixName, fixWords } from './fix.ts'

/** Arguments of the workflow `fix` (id `change:<host>`). */
export interface FixRequest extends Omit<ChangeRequest, 'change'> {
  readonly host: string
  /** As a person named it; the registration says what it is. */
  readonly fix: string
  /** `service/metric` of the incident's alert, or null. */
  readonly cause: string | null
}

/** Arguments of the workflow `fixTest` (id `change:<staging host>`). */
export interface FixTestRequest {
  readonly asked: FixRequest
  readonly fix: Fix
  readonly staging: string
}

export interface FixTest {
  readonly passed: boolean
  /** One sentence. */
  readonly outcome: string
  /** What was seen, step by step, for those who approve. */
  readonly lines: readonly string[]
}

export function deployRequest({ kind, sha256, version }: Fix, host: string): WorkaroundRequest {
  const parameters = { sha256, kind, ...(version === null ? {} : { version }) }
  return { name: 'deploy-fix', host, parameters }
}

/** The change of one host that deploys it. `evidence`: what its test has shown. */
export function changeRequest(asked: FixRequest, fix: Fix, host: string, evidence: readonly string[]): ChangeRequest {
  const { fix: _, cause: __, host: ___, ...common } = asked
  const what = `${fixWords(fix)}, registered by ${fix.by}, CI ${fix.ciUrl}`
  return { ...common, change: deployRequest(fix, host), evidence: [what, ...evidence, ...asked.evidence] }
}

/** As its request has to be signed: the test on staging and the deploy are one. */
export function askedForFix({ host, fix, incidentWorkflowId, requestedBy }: FixRequest): AskedFor {
  return { about: incidentWorkflowId, what: changeText({ kind: 'fix', host, fix }), person: requestedBy }
}

/** Where it is tested, or why it cannot be. */
export function stagingFor({ host }: FixRequest, { hosts }: Pick<Estate, 'hosts'>): Host | string {
  const target = hosts.find(({ name }) => name === host)
  if (target === undefined) return `The estate has no host ${host}.`
  if (target.role === 'staging') return `${host} is where fixes are tested: name a host that serves people.`
  const staging = hosts.find(({ role }) => role === 'staging')
  return (
    staging ??
    'It cannot be tested: the estate has no host of role staging, and what was not tested on staging is not deployed. Add one to the estate file.'
  )
}

export function testTitle(fix: Fix, staging: string): string {
  return `test of ${fixName(fix)} on ${staging}`
}
