/** Says what a run is doing: the live checklist in the Temporal UI and for the `progress` query, and the phase as a search attribute. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow'
import { type ChecklistStep, checklistMarkdown } from '../../domain/progress.ts'
import type { Verdict } from '../../domain/verdicts.ts'
import { progressQuery } from '../messages.ts'

const phaseKey = defineSearchAttributeKey('OpsPhase', SearchAttributeType.KEYWORD)
const verdictKey = defineSearchAttributeKey('OpsVerdict', SearchAttributeType.KEYWORD)

export type Phase = 'gather' | 'judge' | 'act' | 'report' | 'closed'

export interface Narrator {
  phase(phase: Phase): void
  /** Adds a step to the end of the checklist. */
  expect(title: string): void
  begin(title: string): void
  /** `note` is shown behind the step, for example what came out of it. */
  done(title: string, note?: string): void
  skip(title: string, reason: string): void
  close(verdict: Verdict): void
  steps(): readonly ChecklistStep[]
}

/** The titles are the checklist, in the order of the runbook. */
export function narrate(titles: readonly string[]): Narrator {
  const steps = new Map<string, ChecklistStep>(titles.map(title => [title, { title, state: 'waiting', note: null }]))
  const progress = () => ({ steps: [...steps.values()] })
  const set = (step: ChecklistStep): void => {
    steps.set(step.title, step)
    setCurrentDetails(checklistMarkdown(progress()))
  }
  setHandler(progressQuery, progress, { description: 'The live checklist of this run' })
  setCurrentDetails(checklistMarkdown(progress()))
  return {
    phase: phase => upsertSearchAttributes([{ key: phaseKey, value: phase }]),
    expect: title => set({ title, state: 'waiting', note: null }),
    begin: title => set({ title, state: 'running', note: null }),
    done: (title, note) => set({ title, state: 'done', note: note ?? null }),
    skip: (title, reason) => set({ title, state: 'skipped', note: reason }),
    close: verdict =>
      upsertSearchAttributes([
        { key: phaseKey, value: 'closed' },
        { key: verdictKey, value: verdict },
      ]),
    steps: () => progress().steps,
  }
}
