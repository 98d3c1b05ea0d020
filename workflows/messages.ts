/** Signals, updates and queries: defined once, imported by workflows and doors. */
import { defineQuery } from '@temporalio/workflow'
import type { Progress } from '../domain/progress.ts'

/** The live checklist of any procedure. */
export const progressQuery = defineQuery<Progress>('progress')
