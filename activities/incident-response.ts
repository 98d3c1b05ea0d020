/** What the control plane can do for an incident: people, pages, chat, evidence, approvals, records. Types only; built in their own files. */
import type { AlertBatch } from '../domain/alerts/alert.ts'
import type { GateRequest, Proof, SignedStatement } from '../domain/approvals/approval.ts'
import type { RequestProof, RequestUse } from '../domain/approvals/request-statement.ts'
import type { CardSubject, ChatMessage } from '../domain/chat/chat.ts'
import type { DailyIncident } from '../domain/health/incidents.ts'
import type { IncidentDeclaration, IncidentMessage } from '../domain/incident/commands.ts'
import type { CardPlace, Incident, LinkedAlert } from '../domain/incident/incident.ts'
import type { AlertKey, AlertReading } from '../domain/incident/looked-up.ts'
import type { Severity } from '../domain/incident/severity.ts'
import type { Standing } from '../domain/incident/start.ts'
import type { IncidentRow, LedgerRow } from '../domain/ledger.ts'
import type { ArtefactRef } from '../domain/run-record.ts'
import type { PageChannel, Person, PersonId, Team } from '../domain/team/team.ts'

/** A page to one person. `key` is the same for every try: by it the second one finds the first. */
export interface PageOrder {
  readonly key: string
  readonly person: PersonId
  readonly incident: string
  readonly workflowId: string
  readonly title: string
  readonly text: string
  /** How bad the incident is, `test` for a page that is only a test; a run that began before does not say. */
  readonly severity?: Severity | 'test'
  /** Whom the asking run knows by this name, and how the team is paged: for when the estate file cannot be read. */
  readonly known?: { readonly person: Person; readonly pageBy: readonly PageChannel[] }
  /** An earlier call, whose answer nobody has, may have got through. */
  readonly again?: boolean
}

export interface PageReceipt {
  readonly delivered: 'slack' | 'mail' | 'webhook' | null
  /** Channels that could not deliver, in the order in which they were tried, each with its reason. */
  readonly failed: readonly { readonly channel: string; readonly why: string }[]
  readonly phone: string | null
}

export interface MailOrder {
  readonly key: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
}

export interface PostOrder {
  /** Opaque and the same for every try. */
  readonly key: string
  readonly channel: string
  /** In the thread of this message, or null. */
  readonly thread: string | null
  readonly message: ChatMessage
  /** An earlier call, whose answer nobody has, may have got through. */
  readonly again?: boolean
}

export interface IncidentActivities {
  /** People, groups, roster and places as of now; with `orLast`, as last known while they cannot be read. A read. */
  readTeam(request?: { readonly orLast: boolean }): Promise<Team>
  /** Gives the incident its human number. Recognised by the incident's key: a repeated call gets the same number. */
  numberIncident(incident: Omit<IncidentRow, 'number' | 'entry' | 'kind'>): Promise<number>
  /** Appends rows; recognised by their keys. */
  record(rows: readonly LedgerRow[]): Promise<void>
  /** Starts an incident or tells the running one of the same id; safe to repeat, messages carry their ids. */
  openIncident(request: {
    readonly workflowId: string
    readonly declaration: IncidentDeclaration
    readonly message: IncidentMessage
  }): Promise<void>
  /**
   * The same, once a day per cause: says whether it did. Recognised by the event that it leaves in the ledger. A later one of
   * the day joins the incident if that is open.
   */
  openDailyIncident(daily: DailyIncident): Promise<boolean>
  /** Tells another incident something (merge, duplicate): the run of this id or, when that is null, the incident of this number. */
  tellIncident(request: {
    readonly workflowId: string | null
    readonly number?: number
    readonly message: IncidentMessage
  }): Promise<void>
  /** Whether an incident of this number can go on in place of another one. A read. */
  readStanding(number: number): Promise<Standing>
  /**
   * The incident as its run has left it, through all continuations; null when it did not end by itself. Throws, to be tried
   * again, while it goes on. A read.
   */
  readEnd(run: { readonly workflowId: string; readonly runId: string }): Promise<Incident | null>
  /** What Alertmanager says fires now for a cause; null when it cannot be asked. A read. */
  readAlerts(request: { readonly cause: string | null }): Promise<readonly LinkedAlert[] | null>
  /** How each of these alerts stands, as Alertmanager says, and whether its cause is silenced: its own, or else this one. A read. */
  lookUpAlerts(request: {
    readonly cause: string | null
    readonly alerts: readonly AlertKey[]
  }): Promise<readonly AlertReading[]>
  /** Our own runs and notes of the last 24 h that concern these hosts, one line each. A read. */
  readRecentWork(request: { readonly hosts: readonly string[]; readonly before: string }): Promise<readonly string[]>
  /** Writes the post-mortem draft to the artefact store, as Markdown; recognised by its content. As JSON it is drawn when it is exported. */
  writePostmortem(request: { readonly incident: Incident }): Promise<ArtefactRef>
  /** Null while nobody has frozen changes. */
  readFreeze(): Promise<{ readonly by: string; readonly reason: string; readonly since: string } | null>
}

export interface OpenReview {
  readonly approvalId: string
  /** Who decided, as it was then. */
  readonly person: string
}

export interface ApprovalActivities {
  /**
   * Whether the person really asks for this, as of now, and for the first time. Writes down what it found, under the key of what
   * was signed. Throws when people or ledger cannot be reached.
   */
  proveRequest(request: { readonly proof: unknown; readonly use: RequestUse }): Promise<RequestProof>
  /** The digest of the plan, and the row that says what was asked. Recognised by the approval id. */
  openApproval(request: {
    readonly approvalId: string
    readonly workflowId: string
    readonly request: GateRequest
    readonly openedAt: string
  }): Promise<{ readonly digest: string }>
  /** Signature, key, person and groups as of now. Unreadable people or groups: refused. A read. */
  verifyStatement(signed: SignedStatement): Promise<Proof>
  /** The same for all of them, as of one moment. A read; throws while people cannot be read. */
  verifyAgain(signed: readonly SignedStatement[]): Promise<readonly Proof[]>
  /** Reviews of earlier break-glass uses by this person that are still open, for people: APR-0123456789 (INC-7). A read; throws rather than answer wrongly. */
  openReviews(person: PersonId): Promise<readonly string[]>
  /** The same, of those only that the ledger holds before this approval: of two at once it knows the first. */
  openReviewsBefore(use: { readonly person: PersonId; readonly approvalId: string }): Promise<readonly string[]>
  /** Decisions of this incident (INC-7) by break-glass or alone that nobody has reviewed. A read; throws rather than answer wrongly. */
  openReviewsIn(incident: string): Promise<readonly OpenReview[]>
  /** Who holds the acknowledgement of the incident with this run, while it is Critical; null for nobody. A read; throws when it cannot be asked. */
  readHolder(request: { readonly workflowId: string }): Promise<PersonId | null>
}

/** Queue `chat`: everything that waits for Slack or other people's servers, so that their slowness blocks nothing else. */
export interface ChatActivities {
  /** Draws the subject as it is now and posts or edits its card; returns where it lives. A first try that got through is found by its key. */
  showCard(request: {
    readonly subject: CardSubject
    readonly place: CardPlace | null
    readonly thread: string | null
    /** An earlier call, whose answer nobody has, may have got through. */
    readonly again?: boolean
    /** What only people can repair, such as a token that was revoked, is waited for as well. */
    readonly patient?: boolean
  }): Promise<CardPlace>
  post(order: PostOrder): Promise<CardPlace>
  page(order: PageOrder): Promise<PageReceipt>
  /** Takes the noise away from the pages of these people, of everybody when absent: the message loses its button and says who has it. */
  quietPages(request: {
    readonly workflowId: string
    readonly text: string
    readonly people?: readonly Person[]
  }): Promise<void>
  mail(order: MailOrder): Promise<void>
}

/** The messages of an alert workflow; here because doors and activities send them. */
export interface AlertMessage {
  readonly batch: AlertBatch
}
