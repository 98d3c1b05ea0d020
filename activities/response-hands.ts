/** What a host can do in an incident: look closely, and carry out the closed catalogue of changes. Types only. */
import type { WorkaroundCheck, WorkaroundPlan, WorkaroundRequest } from '../domain/changes.ts'
import type { Database, Service } from '../domain/estate.ts'
import type { Evidence } from '../domain/incident/incident.ts'

/** Collectors of S46, each for itself, so that one that hangs leaves the others. */
export const COLLECTORS = ['service', 'log', 'processes', 'connections', 'disk', 'database', 'changes'] as const
export type Collector = (typeof COLLECTORS)[number]

export interface EvidenceRequest {
  readonly collector: Collector
  readonly service: Service
  readonly database: Database | null
  /** ISO time of the collection's end; "24 h before" counts from here. */
  readonly at: string
}

/** What one collector found: what judges it (facts), and what people read (summary, artefact). */
export interface Collected extends Omit<Evidence, 'host' | 'state'> {
  readonly facts: Readonly<Record<string, string | number | boolean | null>>
}

export interface ChangeOrder {
  readonly service: Service
  readonly request: WorkaroundRequest
}

export interface PlanOrder extends ChangeOrder {
  readonly approved?: WorkaroundPlan
}

export interface ResponseHands {
  /** Reads, uploads the whole as an artefact, and answers with a summary. Repeating it collects again; the artefact is addressed by its content. */
  collectEvidence(request: EvidenceRequest): Promise<Collected>
  /** The dry run. Changes nothing. `approved`: what people have let pass; where it can still be carried out, it is the answer. */
  planChange(order: PlanOrder): Promise<WorkaroundPlan>
  /** Carries out exactly this plan. Never retried blindly: `checkChange` tells what a lost try did. */
  applyChange(order: ChangeOrder & { readonly plan: WorkaroundPlan }): Promise<string>
  /** Looks whether the plan is in force and the service answers. A read. */
  checkChange(order: ChangeOrder & { readonly plan: WorkaroundPlan }): Promise<WorkaroundCheck>
  /** Takes it back, as far as it was done; recognises what is already as before. */
  revertChange(order: ChangeOrder & { readonly plan: WorkaroundPlan }): Promise<string>
}
