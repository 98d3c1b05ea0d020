/** The verbs of `ops` and their options: one table from which the parser, the help and the suggestions are derived. */

import { INCIDENT_VERBS } from '../domain/incident/words.table.ts'

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

const AS: OptionHelp = {
  name: 'as',
  value: 'PERSON',
  words: 'who speaks; in a sandbox only, elsewhere OPS_KEY says it',
}

/** A decision is signed with the person's own key. */
const DECISIONS: readonly Verb[] = [
  { name: 'approve', words: 'say yes to a plan', reason: '[--reason R]' },
  { name: 'deny', words: 'say no; final', reason: '--reason R' },
  { name: 'withdraw', words: 'take back your own yes, while more are needed', reason: '[--reason R]' },
  {
    name: 'approve-alone',
    words: 'as the one who holds a Critical incident; reviewed afterwards',
    reason: '--reason R',
  },
  {
    name: 'breakglass',
    words: 'as a member of the emergency group; loud, and reviewed afterwards',
    reason: '--reason R',
  },
].map(({ reason, ...verb }) => ({ ...verb, usage: [`<approvalId> ${reason}`], options: [AS, REASON] }))

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
      { name: 'announce', words: 'tell the channel, and open incidents for what fails, as the schedule does' },
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
  {
    name: 'incident',
    usage: [
      '<verb> …',
      ...INCIDENT_VERBS.map(({ name, usage }) => `${name} ${usage}`.trim()),
      'statistics [--since 365d]',
    ],
    words: 'declare an incident, work on it, and look at it; the words are those of Slack',
    options: [AS, { name: 'output', value: 'FILE', words: 'an export: write it there instead of standard output' }],
  },
  { name: 'approvals', usage: [''], words: 'what waits for a decision', options: [] },
  ...DECISIONS,
  {
    name: 'review',
    usage: ['<approvalId> --reason R'],
    words: 'close the review of a decision taken alone or by break-glass',
    options: [AS, REASON],
  },
  {
    name: 'oncall',
    usage: ['[--at TIME]'],
    words: 'who is on call now',
    options: [{ name: 'at', value: 'TIME', words: 'at that time, such as 2026-12-24T20:00:00Z' }],
  },
  {
    name: 'page',
    usage: ['test <person>'],
    words: 'ring one person as a test, the way a real page would',
    actions: { test: 'a page that says that it is one' },
    options: [AS],
  },
  { name: 'tickets', usage: [''], words: 'warnings that wait for their review', options: [] },
  {
    name: 'silence',
    usage: ['[list]', 'add SERVICE/METRIC --for 2h --reason R', 'end SERVICE/METRIC'],
    words: 'keep the alerts of one cause quiet for a while',
    actions: { list: 'what is silent now', add: 'begin a silence', end: 'end one before its time' },
    options: [AS, REASON, { name: 'for', value: '2h', words: 'how long: 30m, 12h, 7d; 30d at most' }],
  },
  {
    name: 'fix',
    usage: [
      '[list]',
      'register FILE|opencode-ai@VERSION --title T --ci passed|failed --ci-url URL [--check CHECK] [--watch 30m]',
    ],
    words: 'what may be deployed in an incident: a configuration patch, or a version of the agent',
    actions: {
      list: 'what is registered, newest first',
      register: 'keep it by its digest, with the state of its CI; nothing in production changes',
    },
    options: [
      AS,
      { name: 'title', value: 'T', words: 'what it mends' },
      { name: 'ci', value: 'passed|failed', words: 'how its CI run ended; only green ones are deployed' },
      { name: 'ci-url', value: 'URL', words: 'that run' },
      {
        name: 'check',
        value: 'CHECK',
        words: 'what fails before and holds after it: handshake, prompt, version:V or config:KEY=JSON',
      },
      { name: 'watch', value: '30m', words: 'how long it is watched once it is deployed' },
    ],
  },
  {
    name: 'monitoring',
    usage: ['propose RULES.yml --tests TEST.yml[,TEST.yml] --reason R [--incident INC-n]'],
    words: 'new rules for Prometheus: checked, approved, put in, and seen in force',
    actions: {
      propose: 'check a rules file and its unit tests, and ask for it; `ops show change:monitoring` says how it goes',
    },
    options: [
      AS,
      REASON,
      {
        name: 'tests',
        value: 'FILE[,FILE]',
        words: 'unit tests for `promtool test rules`; they run on the proposed rules',
      },
      { name: 'incident', value: 'INC-n', words: 'the incident that it belongs to: its timeline is told' },
    ],
  },
  { name: 'freeze', usage: ['--reason R'], words: 'no changing step starts any more', options: [AS, REASON] },
  { name: 'thaw', usage: ['--reason R'], words: 'changes may start again', options: [AS, REASON] },
  {
    name: 'slack',
    usage: ['manifest [URL [COMMAND]]'],
    words: 'the app of Slack for your own workspace',
    actions: { manifest: 'what Slack makes the app from, for your address and your slash command' },
    options: [],
  },
  { name: 'doctor', usage: [''], words: 'check every part that ops depends on', options: [] },
  {
    name: 'whoami',
    usage: ['[--key FILE]'],
    words: 'who you are to ops, and what it talks to',
    options: [AS, { name: 'key', value: 'FILE', words: 'the public key of this private key, for the estate file' }],
  },
]
