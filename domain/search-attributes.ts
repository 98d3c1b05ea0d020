/** The search attributes under which runs are found in the UI and by `ops list`. Never a secret: they are not encrypted. */

export const KEYWORD_ATTRIBUTES = [
  'OpsProcedure',
  'OpsPhase',
  'OpsVerdict',
  'OpsSeverity',
  'OpsCategory',
  'OpsGate',
  'OpsIncident',
] as const

export const KEYWORD_LIST_ATTRIBUTES = ['OpsTarget'] as const

export type KeywordAttribute = (typeof KEYWORD_ATTRIBUTES)[number]
export type KeywordListAttribute = (typeof KEYWORD_LIST_ATTRIBUTES)[number]
