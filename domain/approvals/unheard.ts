/** Why a door does not hear somebody who decides: what it found out about the account, in words for the card and the ledger. */

export type Unheard = 'guest' | 'bot' | 'deleted' | 'stranger' | 'unknown' | 'unreadable'

export interface UnheardWords {
  readonly why: string
  readonly hint: string
}

export const UNHEARD: Readonly<Record<Unheard, UnheardWords>> = {
  guest: {
    why: 'the door did not hear this: the account is a guest of the workspace',
    hint: 'Ask somebody of the team, or a full account from whoever runs the workspace.',
  },
  bot: {
    why: 'the door did not hear this: the account is a bot, and it has to be known which person decides',
    hint: 'Ask somebody of the team.',
  },
  deleted: { why: 'the door did not hear this: the account is no longer in use', hint: 'Ask somebody of the team.' },
  stranger: {
    why: 'the door did not hear this: the account is of another workspace',
    hint: 'Ask somebody of the team.',
  },
  unknown: {
    why: 'the door did not hear this: the account belongs to nobody of the team',
    hint: 'Ask for it to be entered in the estate file (team.people).',
  },
  unreadable: {
    why: 'the door did not hear this: Slack did not say whether the account is a full one',
    hint: 'Try again in a minute, or decide at the command line: ops approvals.',
  },
}

/** Null when the text is none of them. */
export function parseUnheard(text: unknown): Unheard | null {
  return typeof text === 'string' && Object.hasOwn(UNHEARD, text) ? (text as Unheard) : null
}
