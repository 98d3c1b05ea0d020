/** The live checklist of a run: the same one in the Temporal UI, in Slack and on the command line. */

export type StepState = 'waiting' | 'running' | 'done' | 'skipped'

export interface ChecklistStep {
  readonly title: string
  readonly state: StepState
  readonly note: string | null
}

export interface Progress {
  readonly steps: readonly ChecklistStep[]
}

const MARK: Readonly<Record<StepState, string>> = { waiting: '☐', running: '▶', done: '☑', skipped: '–' }

/** Markdown for the Temporal UI. */
export function checklistMarkdown({ steps }: Progress): string {
  return steps
    .map(({ title, state, note }) => `- ${MARK[state]} ${title}${note === null ? '' : `: ${note}`}`)
    .join('\n')
}
