/** What somebody wants, before it is known who they are: whether it decides, whether it writes, and which decision it is. */
import { type ChatRequest, parseChatWords } from '../../domain/chat/words.ts'
import type { PersonReader } from '../../domain/incident/words.ts'
import type { PersonId, Team } from '../../domain/team/team.ts'
import { type Choice, choiceOf } from './decisions.ts'
import type { Incoming } from './payloads.ts'
import { personReader } from './people.ts'
import { formVerdictOf, isDecision, readValue, verdictOf, writesAtOnce } from './presses.ts'
import { SHORTCUTS } from './shortcuts.ts'
import { verdictOfForm } from './submissions.ts'

export interface Intent {
  /** Slack has to vouch for whoever sends it. */
  readonly decides: boolean
  /** Something is written down at once, and not only read, or asked for by a form. */
  readonly writes: boolean
  /** Of a command: what was understood, in exactly these words. */
  readonly words: ChatRequest | null
  /** The decision that would be taken; null when it is about something else. Throws OpsError when its card is none of ours. */
  readonly choice: () => Choice | null
}

/** @param personOf who is meant by a word. Throws OpsError when the words are wrong: then they mean nothing. */
export function intentOf(incoming: Incoming, personOf: PersonReader): Intent {
  switch (incoming.kind) {
    case 'command':
      return intentOfWords(parseChatWords(incoming.text, personOf))
    case 'press': {
      const { action, value } = incoming
      const verdict = verdictOf(action) ?? formVerdictOf(action)
      return {
        ...NONE,
        decides: isDecision(action),
        writes: writesAtOnce(action),
        choice: () => (verdict === null ? null : choiceOf(readValue(value), verdict, '')),
      }
    }
    case 'submission': {
      const verdict = verdictOfForm(incoming.form)
      return {
        ...NONE,
        decides: verdict !== null,
        writes: true,
        choice: () => (verdict === null ? null : choiceOf(readValue(incoming.metadata), verdict, '')),
      }
    }
    case 'shortcut':
      return { ...NONE, writes: incoming.callback === SHORTCUTS.note }
    case 'home':
    case 'ignored':
      return NONE
  }
}

/** Whether it writes, as far as that can be seen without the team. */
export function writes(incoming: Incoming): boolean {
  try {
    return intentOf(incoming, () => 'somebody' as PersonId).writes
  } catch {
    return false
  }
}

/** The people of the team; `me` is whose account it is, as long as it is somebody's. */
export function readerOf(team: Team, user: string): PersonReader {
  const me = team.people.find(({ slackUsers }) => slackUsers.includes(user))
  return personReader(team, me?.id ?? null)
}

const NONE: Intent = { decides: false, writes: false, words: null, choice: () => null }

function intentOfWords(words: ChatRequest): Intent {
  switch (words.kind) {
    case 'decide': {
      const { verdict, approvalId } = words
      return { decides: true, writes: true, words, choice: () => ({ approvalId, verdict, reason: '', shown: null }) }
    }
    case 'switch':
      return { ...NONE, decides: true, writes: true, words }
    case 'incident':
      return { ...NONE, writes: words.request.kind === 'declare' || words.request.kind === 'tell', words }
    case 'command': {
      const [verb, action] = words.argv
      return { ...NONE, writes: verb === 'run' || action === 'add' || action === 'end', words }
    }
    case 'menu':
    case 'help':
    case 'whoami':
      return { ...NONE, words }
  }
}
