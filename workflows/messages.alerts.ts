/** What a cause of alerts is told and asked, besides the alerts themselves. */
import { defineQuery, defineSignal } from '@temporalio/workflow'
import type { SilenceOrder } from '../domain/alerts/silence.ts'
import type { AlertView } from '../domain/alerts/view.ts'

/** Nothing of this cause is opened or posted until a time. */
export const silenceSignal = defineSignal<[SilenceOrder]>('silence')

/** How the cause stands, with its ticket when it has one. */
export const causeQuery = defineQuery<AlertView>('cause')

/** The same while a ticket waits for somebody; null otherwise. */
export const ticketQuery = defineQuery<AlertView | null>('ticket')
