/** The one command language: what people and machines may ask for, through whichever door they come. */
import type { StepGroup } from './health-check.ts'
import type { HostName } from './ids.ts'
import type { ChainHead } from './ledger.ts'
import type { ProcedureId } from './procedures.ts'
import type { ResponseCommand } from './response-commands.ts'

export interface RunCommand {
  readonly verb: 'run'
  readonly procedure: ProcedureId
  /** One host, or null for all of the estate. Whether the estate has it is checked when the command is carried out. */
  readonly target: HostName | null
  /** One group of steps, or null for all. */
  readonly only: StepGroup | null
  /** Stay until the run has ended and answer with its verdict. */
  readonly wait: boolean
  /** Tell the channel, and open incidents for what fails. */
  readonly announce: boolean
}

export interface ListCommand {
  readonly verb: 'list'
  readonly open: boolean
  /** Runs that broke off, timed out or were judged `fail`. */
  readonly failed: boolean
  /** How far back, milliseconds; null for no bound. */
  readonly sinceMs: number | null
}

/** One run: by its workflow id, and by its run id when it is not the newest of that workflow id. */
export interface RunChoice {
  readonly workflowId: string
  readonly runId: string | null
}

export interface ShowCommand extends RunChoice {
  readonly verb: 'show'
}

export type ReportFormat = 'text' | 'html' | 'json'

export interface ReportCommand extends RunChoice {
  readonly verb: 'report'
  readonly format: ReportFormat
  /** Write it to this file instead of standard output. */
  readonly output: string | null
}

export interface CancelCommand extends RunChoice {
  readonly verb: 'cancel'
  readonly reason: string
}

export type SchedulesCommand =
  | { readonly verb: 'schedules'; readonly action: 'list' | 'sync' | 'upcoming' }
  | {
      readonly verb: 'schedules'
      readonly action: 'pause' | 'resume'
      readonly procedure: ProcedureId
      readonly reason: string
    }
  | { readonly verb: 'schedules'; readonly action: 'trigger'; readonly procedure: ProcedureId }

export interface EstateCommand {
  readonly verb: 'estate'
  readonly action: 'check' | 'show' | 'schema'
  /** Instead of the estate file that the settings name. */
  readonly file: string | null
}

export type LedgerCommand =
  | { readonly verb: 'ledger'; readonly action: 'migrate' }
  /** `head` is on record elsewhere; null for that of the newest report. */
  | { readonly verb: 'ledger'; readonly action: 'verify'; readonly head: ChainHead | null }
  | { readonly verb: 'ledger'; readonly action: 'list'; readonly sinceMs: number | null }
  | {
      readonly verb: 'ledger'
      readonly action: 'note'
      readonly kind: 'planned-restart' | 'note'
      readonly target: string
      readonly reason: string
    }

/** The app of Slack for this installation; null for the example's address and command. */
export interface SlackCommand {
  readonly verb: 'slack'
  readonly action: 'manifest'
  /** Where Slack sends what people do. */
  readonly url: string | null
  /** The slash command. */
  readonly command: string | null
}

export type Command =
  | RunCommand
  | ListCommand
  | ShowCommand
  | ReportCommand
  | CancelCommand
  | SchedulesCommand
  | EstateCommand
  | LedgerCommand
  | SlackCommand
  | ResponseCommand
  | { readonly verb: 'doctor' }
  | { readonly verb: 'version' }
  /** Null for the overview. */
  | { readonly verb: 'help'; readonly topic: string | null }
