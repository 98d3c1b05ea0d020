/** What an incident needs of the control plane besides people and chat: its number, its record, other runs, the post-mortem. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { freezeOf } from '../domain/approvals/freeze.ts'
import { clock } from '../domain/clock.ts'
import { OpsError } from '../domain/failures.ts'
import type { IncidentDeclaration, IncidentMessage } from '../domain/incident/commands.ts'
import { type Incident, incidentName } from '../domain/incident/incident.ts'
import { postmortemMarkdown } from '../domain/incident/postmortem.ts'
import { goesOn, INCIDENT_SIGNAL, INCIDENT_TYPE, incidentStart } from '../domain/incident/start.ts'
import type { EventRow, IncidentRow, RunRow } from '../domain/ledger.ts'
import { redact } from '../domain/redact.ts'
import type { Team } from '../domain/team/team.ts'
import type { ArtefactStore } from './adapters/artefact-store.ts'
import type { Ledger } from './adapters/ledger/ledger.ts'
import { findIncident } from './find-incident.ts'
import type { IncidentActivities } from './incident-response.ts'
import { endOf, heardBy, standingOf, survivorForSure } from './incident-runs.ts'
import { knowTeam } from './known-team.ts'

const DAY_MS = 86_400_000

/** Own runs and notes that are shown as recent work; older ones are in the ledger. */
const RECENT = 20

export interface IncidentPorts {
  readonly ledger: Pick<
    Ledger,
    'append' | 'note' | 'findEvent' | 'numberIncident' | 'currentFreeze' | 'listRuns' | 'listEvents' | 'timelineOf'
  >
  readonly store: Pick<ArtefactStore, 'put'>
  /** Today's team; throws when the estate file is wrong. */
  readonly readTeam: () => Promise<Team>
  /** As an earlier process last read it; null when none did. */
  readonly readKeptTeam?: () => Promise<Team | null>
  readonly client: Client
}

export type OwnIncidentActivities = Omit<IncidentActivities, 'readAlerts' | 'lookUpAlerts'>

export function createIncidentActivities(ports: IncidentPorts): OwnIncidentActivities {
  const { ledger, store, client } = ports
  const people = knowTeam(ports)
  return {
    /** Reads only. */
    readTeam: async request => (request?.orLast === true ? (await people.last()).team : await people.now()),

    /** Idempotent: the number stands under the incident's own key. */
    numberIncident: incident => ledger.numberIncident(incident),

    /** Idempotent: rows are recognised by their keys. */
    async record(rows) {
      await ledger.append(rows)
    },

    /** Idempotent: the message carries its id, and a run that is there is joined. */
    openIncident: ({ workflowId, declaration, message }) => open(workflowId, declaration, message),

    /** Idempotent: opened first and noted then, so that a try that broke off in between joins what it had opened. */
    async openDailyIncident({ workflowId, once, declaration, message }) {
      if ((await ledger.findEvent(once)) !== null) {
        await isTold(await heardBy(client, workflowId), message)
        return false
      }
      await open(workflowId, declaration, message)
      await ledger.note({
        id: once,
        kind: 'note',
        target: declaration.hosts[0] ?? 'estate',
        at: message.at,
        reason: `incident opened or joined: ${declaration.title}`,
        by: 'health-check',
      })
      return true
    },

    /** Idempotent: the message carries its id. Throws OpsError operator when nobody is there to be told. */
    async tellIncident({ workflowId, number, message }) {
      const heard = workflowId === null ? await openRun(number) : await heardBy(client, workflowId)
      if (await isTold(heard, message)) return
      const survivor = workflowId === null ? null : await survivorForSure(client, workflowId)
      if (survivor === null || !(await isTold(survivor, message))) throw nobody(`${heard} has ended`)
    },

    /** Reads only. */
    readStanding: number => standingOf(client, number),

    /** Reads only. */
    readEnd: run => endOf(client, run),

    /** Reads only. */
    async readRecentWork({ hosts, before }) {
      const since = new Date(Date.parse(before) - DAY_MS).toISOString()
      const concerns = (target: string) =>
        hosts.length === 0 || !/^[a-z]/.test(target) || hosts.includes(target) || ['all', 'estate'].includes(target)
      const [runs, events] = [
        await ledger.listRuns({ limit: 100, since }),
        await ledger.listEvents({ limit: 100, since }),
      ]
      return [
        ...runs.filter(run => concerns(run.target)).map(run => ({ at: run.startedAt, text: runWords(run) })),
        ...events.filter(event => concerns(event.target)).map(event => ({ at: event.at, text: eventWords(event) })),
      ]
        .toSorted((a, b) => b.at.localeCompare(a.at))
        .slice(0, RECENT)
        .map(({ at, text }) => `${clock(at)} ${text}`)
    },

    /** Idempotent: the artefact is addressed by its content. */
    async writePostmortem({ incident }) {
      const text = postmortemMarkdown(incident, await timeline(incident))
      return await store.put('postmortem', new TextEncoder().encode(text))
    },

    /** Reads only. */
    async readFreeze() {
      return freezeOf(await ledger.currentFreeze())
    },
  }

  async function open(workflowId: string, declaration: IncidentDeclaration, message: IncidentMessage): Promise<void> {
    const heard = await heardBy(client, workflowId)
    if (heard !== workflowId && (await isTold(heard, message))) return
    await client.workflow.signalWithStart(INCIDENT_TYPE, incidentStart(workflowId, declaration, message))
  }

  /** False when it has ended meanwhile. */
  async function isTold(workflowId: string, message: IncidentMessage): Promise<boolean> {
    try {
      await client.workflow.getHandle(workflowId).signal(INCIDENT_SIGNAL, message)
      return true
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false
      throw error
    }
  }

  /** What has ended hears nothing, and under its workflow id another incident of the same cause may be open by now. */
  async function openRun(number: number | undefined): Promise<string> {
    const run = number === undefined ? null : await findIncident(client, number)
    if (run !== null && goesOn(run)) return run.workflowId
    const name = number === undefined ? 'such incident' : incidentName(number)
    throw nobody(run === null ? `there is no ${name}` : `${name} has ended`)
  }

  async function timeline({ number }: Incident): Promise<readonly IncidentRow[]> {
    const rows = await ledger.timelineOf(number)
    if (rows.length > 0) return rows
    throw new OpsError({
      owner: 'tool',
      message: `${incidentName(number)} has no timeline in the ledger yet`,
      hint: 'It is written before the draft; the activity is tried again.',
    })
  }
}

/** There is none who could be told: no other try will find one. */
function nobody(message: string): OpsError {
  return new OpsError({ owner: 'operator', message, hint: '`ops incident list` shows the incidents.' })
}

function runWords({ workflowId, verdict, status }: RunRow): string {
  return `${workflowId}: ${status}, ${verdict}`
}

function eventWords({ kind, target, reason, by }: EventRow): string {
  return redact(`${kind} of ${target} by ${by}: ${reason}`)
}
