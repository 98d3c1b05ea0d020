/** `ops fix`: registers what may be deployed (S48), by digest and with the state of its CI. Nothing in production changes here. */
import { readFile } from 'node:fs/promises'
import { createFolderStore } from '../../activities/adapters/artefact-store.ts'
import { parseFix } from '../../activities/adapters/fix-file.schema.ts'
import { packAgent } from '../../activities/adapters/npm-pack.ts'
import { readFixes } from '../../activities/fixes.ts'
import { toMinute } from '../../domain/clock.ts'
import { OpsError } from '../../domain/failures.ts'
import {
  type Fix,
  fixEventId,
  fixName,
  fixWords,
  type Reproduction,
  reproductionWords,
} from '../../domain/fixes/fix.ts'
import { parsePatch } from '../../domain/fixes/merge-patch.ts'
import { ESTATE } from '../../domain/ids.ts'
import { canonicalText } from '../../domain/ledger.ts'
import { redact } from '../../domain/redact.ts'
import type { FixCommand } from '../../domain/response-commands.ts'
import { actingPerson } from '../acting-person.ts'
import type { Context } from '../context.ts'
import { type ExitCode, usageError } from '../exit-codes.ts'
import { withLedger } from '../ledger-access.ts'
import { required } from '../settings.ts'
import { table } from '../terminal.ts'

type Registration = Extract<FixCommand, { action: 'register' }>

export async function fix(command: FixCommand, context: Context): Promise<ExitCode> {
  return command.action === 'list' ? await list(context) : await register(command, context)
}

async function register(command: Registration, context: Context): Promise<ExitCode> {
  const settings = await context.settings()
  const person = await actingPerson(settings, command.as)
  const store = createFolderStore(required(settings.artefacts, 'OPS_ARTEFACTS'))
  const { kind, version, bytes, reproduction } = await read(command)
  const { sha256 } = await store.put(`fix-${kind}`, bytes)
  const { ci, ciUrl, watchSeconds } = command
  const fix: Fix = {
    v: 1,
    kind,
    sha256,
    bytes: bytes.byteLength,
    title: redact(command.title),
    version,
    reproduction,
    ci,
    ciUrl: redact(ciUrl),
    watchSeconds,
    by: person.id,
    at: new Date().toISOString(),
  }
  const registration = await store.put('fix', new TextEncoder().encode(canonicalText(fix)))
  await withLedger(settings, ledger =>
    ledger.note({
      id: fixEventId(fix, registration.sha256),
      kind: 'fix',
      target: ESTATE,
      at: fix.at,
      reason: fixWords(fix),
      by: person.id,
    }),
  )
  if (context.json) context.terminal.json({ name: fixName(fix), ...fix })
  else {
    context.terminal.say(`registered: ${context.terminal.paint('bold', fixWords(fix))}`)
    context.terminal.say(
      `  sha256 ${sha256}, ${fix.bytes} bytes; before it fails, after it holds that ${reproductionWords(reproduction)}`,
    )
    const next =
      ci === 'passed' ? `ops incident fix INC-n HOST ${fixName(fix)}` : 'its CI is not green, so it cannot be deployed'
    context.terminal.say(context.terminal.paint('dim', `  ${next}`))
  }
  return 0
}

interface Found extends Pick<Fix, 'kind' | 'version' | 'reproduction'> {
  readonly bytes: Uint8Array
}

/** Exists, and is what it is said to be. */
async function read({ source, reproduction }: Registration): Promise<Found> {
  if (source.kind === 'version') {
    const { version } = source
    const check: Reproduction = reproduction ?? { kind: 'version', version }
    return { kind: 'version', version, bytes: await packAgent(version), reproduction: check }
  }
  if (reproduction === null) {
    const hint = 'Say what fails before and holds after it: --check handshake|prompt|config:KEY=JSON.'
    throw usageError('a configuration patch needs --check', hint)
  }
  const bytes = await readFile(source.path).catch((cause: NodeJS.ErrnoException) => {
    const hint = 'Name a file with a JSON merge patch, or opencode-ai@VERSION.'
    throw new OpsError({ owner: 'operator', message: `${source.path} cannot be read (${cause.code})`, hint }, { cause })
  })
  const text = bytes.toString('utf8')
  parsePatch(text)
  if (redact(text) !== text) {
    const hint = 'Keep it in a file of the host, and let the configuration name that file: {file:/path}.'
    throw new OpsError({ owner: 'operator', message: 'the patch holds what looks like a secret', hint })
  }
  return { kind: 'configuration', version: null, bytes, reproduction }
}

async function list({ terminal, json, settings: read }: Context): Promise<ExitCode> {
  const settings = await read()
  const store = createFolderStore(required(settings.artefacts, 'OPS_ARTEFACTS'))
  const fixes = await withLedger(settings, ledger =>
    readFixes({ store, listEvents: filter => ledger.listEvents(filter), parseFix }),
  )
  if (json) terminal.json({ fixes: fixes.map(fix => ({ name: fixName(fix), ...fix })) })
  else {
    for (const line of table(
      fixes.map(fix => [
        fixName(fix),
        fix.kind === 'version' ? `opencode-ai ${fix.version}` : 'configuration',
        `CI ${fix.ci}`,
        fix.by,
        toMinute(fix.at),
        fix.title,
      ]),
    )) {
      terminal.say(line)
    }
    if (fixes.length === 0) terminal.say('no fixes are registered')
  }
  return 0
}
