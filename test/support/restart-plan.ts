/** A restart of alpha, as an incident asks for it, and its plan as a dry run gives it. */
import type { ChangeRequest, WorkaroundPlan } from '../../domain/changes.ts'

export const restartRequest: ChangeRequest = {
  change: { name: 'restart', host: 'alpha', parameters: {} },
  incident: 'INC-7',
  incidentWorkflowId: 'incident:nobody',
  number: 1,
  requestedBy: 'ana',
  why: 'it answers nobody',
  evidence: ['502 since 03:00'],
  alone: null,
}

export const restartPlan: WorkaroundPlan = {
  title: 'restart opencode-acp on alpha',
  steps: ['systemctl restart opencode-acp'],
  undo: 'nothing: the old process is gone',
  impact: 'open sessions end',
  parameters: {},
  before: { pid: '42' },
}
