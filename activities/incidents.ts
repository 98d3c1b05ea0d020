/** What an incident needs of the control plane besides people and chat: its number, its record, other runs, the post-mortem. */
import type { Client } from '@temporalio/client'
import { OpsError } from '../domain/failures.ts'
import { CONTROL_QUEUE } from '../domain/ids.ts'
import type { IncidentDeclaration, IncidentMessage } from '../domain/incident/commands.ts'
import { type Incident, incidentName } from '../domain/incident/incident.ts'
import { postmortemMarkdown } from '../domain/incident/postmortem.ts'
import type { EventRow, IncidentRow, RunRow } from '../domain/ledger.ts'
import { redact } from '../domain/redact.ts'
import type { Team } from '../domain/team/team.ts'
import type { ArtefactStore } from './adapters/artefact-store.ts'
import type { Ledger } from './adapters/ledger/ledger.ts'
import type { IncidentActivities } from './incident-response.ts'

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
  readonly client: Client
}

export type OwnIncidentActivities = Omit<IncidentActivities, 'readAlerts'>

export function createIncidentActivities({ ledger, store, readTeam, client }: IncidentPorts): OwnIncidentActivities {
  return {
    readTeam,

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
      if ((await ledger.findEvent(once)) !== null) return false
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
      const id = workflowId ?? (number === undefined ? null : await findByNumber(number))
      if (id === null) {
        throw new OpsError({
          owner: 'operator',
          message: `there is no ${number === undefined ? 'such incident' : incidentName(number)}`,
          hint: '`ops incident list` shows the incidents.',
        })
      }
      await client.workflow.getHandle(id).signal('incident', message)
    },

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
        ...runs.filter(run => concerns(run.target)).map(runLine),
        ...events.filter(event => concerns(event.target)).map(eventLine),
      ]
        .toSorted((a, b) => b.localeCompare(a))
        .slice(0, RECENT)
    },

    /** Idempotent: the artefact is addressed by its content. */
    async writePostmortem({ incident }) {
      const text = postmortemMarkdown(incident, await timeline(incident))
      return await store.put('postmortem', new TextEncoder().encode(text))
    },

    /** Reads only. */
    async readFreeze() {
      const freeze = await ledger.currentFreeze()
      return freeze === null ? null : { by: freeze.by, reason: freeze.reason, since: freeze.at }
    },
  }

  async function open(workflowId: string, declaration: IncidentDeclaration, message: IncidentMessage): Promise<void> {
    await client.workflow.signalWithStart('incident', {
      workflowId,
      taskQueue: CONTROL_QUEUE,
      args: [{ declaration, carried: null }],
      signal: 'incident',
      signalArgs: [message],
      staticSummary: declaration.title.slice(0, 200),
    })
  }

  async function findByNumber(number: number): Promise<string | null> {
    const query = `WorkflowType = 'incident' AND OpsIncident = '${incidentName(number)}'`
    for await (const run of client.workflow.list({ query, pageSize: 1 })) return run.workflowId
    return null
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

function runLine({ startedAt, workflowId, verdict, status }: RunRow): string {
  return `${startedAt} ${workflowId}: ${status}, ${verdict}`
}

function eventLine({ at, kind, target, reason, by }: EventRow): string {
  return redact(`${at} ${kind} of ${target} by ${by}: ${reason}`)
}
