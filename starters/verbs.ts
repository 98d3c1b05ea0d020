/** The verbs of `ops` and their options: one table from which the parser, the help and the suggestions are derived. */

export interface OptionHelp {
  readonly name: string
  /** What stands for the value in the help; absent for a switch. */
  readonly value?: string
  readonly words: string
}

export interface Verb {
  readonly name: string
  /** What follows the verb. */
  readonly usage: readonly string[]
  readonly words: string
  /** Second words that the verb knows, with what they do. */
  readonly actions?: Readonly<Record<string, string>>
  readonly options: readonly OptionHelp[]
}

const REASON: OptionHelp = { name: 'reason', value: 'R', words: 'why; kept with the record' }
const RUN_ID: OptionHelp = { name: 'run', value: 'RUNID', words: 'an earlier run of the same workflow id' }
const SINCE: OptionHelp = { name: 'since', value: '7d', words: 'not older than: 30m, 12h, 7d, 4w' }
const TARGET: OptionHelp = { name: 'target', value: 'HOST', words: 'one host; without it, all of the estate' }

/** Options that every verb takes. */
export const COMMON_OPTIONS: readonly OptionHelp[] = [
  { name: 'json', words: 'one JSON object on standard output and nothing else' },
  { name: 'help', words: 'this text' },
]

export const VERBS: readonly Verb[] = [
  {
    name: 'run',
    usage: ['<procedure> [--target HOST] [only=GROUP] [--wait]'],
    words: 'start a procedure',
    options: [
      TARGET,
      { name: 'wait', words: 'stay until it has ended; the exit code is its verdict' },
      { name: 'plan', words: 'show what it would change, and change nothing' },
    ],
  },
  {
    name: 'list',
    usage: ['[--open] [--failed] [--since 7d]'],
    words: 'runs, newest first',
    options: [
      { name: 'open', words: 'only those that are running' },
      { name: 'failed', words: 'only those that broke off, timed out or were judged fail' },
      SINCE,
    ],
  },
  { name: 'show', usage: ['<workflowId>'], words: 'one run: verdict, findings, artefacts', options: [RUN_ID] },
  {
    name: 'report',
    usage: ['<workflowId> [--text|--html] [--output FILE]'],
    words: 'the report of a run (--json: the report as JSON)',
    options: [
      { name: 'text', words: 'as text; the default' },
      { name: 'html', words: 'as one HTML file' },
      { name: 'output', value: 'FILE', words: 'write it there instead of standard output' },
      RUN_ID,
    ],
  },
  { name: 'cancel', usage: ['<workflowId> --reason R'], words: 'ask a run to stop', options: [REASON, RUN_ID] },
  {
    name: 'schedules',
    usage: ['[list|sync|upcoming]', 'pause|resume <procedure> --reason R', 'trigger <procedure>'],
    words: 'what runs by itself, and when',
    actions: {
      list: 'the schedules and their state',
      sync: 'bring them in step with the table of procedures',
      upcoming: "the next runs, in the estate's time zone",
      pause: 'hold one back; it stays paused through a sync',
      resume: 'let it run again',
      trigger: 'run it now, as if its time had come',
    },
    options: [REASON],
  },
  {
    name: 'estate',
    usage: ['[show|check|schema] [FILE]'],
    words: 'the estate file',
    actions: {
      show: 'what it says, with all defaults',
      check: 'everything that is wrong with it',
      schema: 'its JSON schema, for editors',
    },
    options: [],
  },
  {
    name: 'ledger',
    usage: [
      'verify [--head SEQUENCE:HASH]',
      'list [--since 7d]',
      'migrate',
      'note planned-restart|note --target HOST --reason R',
    ],
    words: 'the append-only record',
    actions: {
      verify: 'prove that no row was changed, removed or inserted, up to the head of the newest report',
      list: 'its newest rows',
      migrate: 'create or update its tables, as their owner',
      note: 'write down what runs must know, such as a planned restart',
    },
    options: [
      { ...TARGET, words: 'the host that it is about' },
      REASON,
      SINCE,
      { name: 'head', value: 'SEQUENCE:HASH', words: 'a head on record elsewhere: the ledger has to reach it' },
    ],
  },
  { name: 'doctor', usage: [''], words: 'check every part that ops depends on', options: [] },
  { name: 'whoami', usage: [''], words: 'who you are to ops, and what it talks to', options: [] },
]
