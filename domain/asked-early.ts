/** What a run says to a question that came before its workflow task (workflows/known-time.ts); who asks, asks again. */
export const ASKED_EARLY = 'asked before the workflow task for what has happened; ask again'
