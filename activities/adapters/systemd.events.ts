/** What systemd did with a unit lately: its own messages, told apart by their ids and not by their words. */
import { OpsError } from '../../domain/failures.ts'
import type { UnitEvent } from '../../domain/incident/evidence.ts'
import { run, type ShellOptions } from './shell.ts'
import { unitMessage } from './systemd.schema.ts'
import { unitName } from './systemd.ts'

/** systemd's catalogue (sd-messages.h); stable across releases. */
const KINDS: Readonly<Record<string, UnitEvent['kind']>> = {
  '39f53479d3a045ac8e11786248231fbf': 'started',
  '9d1aaa27d60140bd96365438aad20286': 'stopped',
  d9b373ed55a64feb8242e02dbe79a49c: 'failed',
  '5eb03494b6584870a536b337290809b2': 'restart-scheduled',
  '98e322203f7a4ed290d09fe03c09fe15': 'exited',
  fe6faa94e7774663a0da52717891d8ef: 'out-of-memory',
}

const MOST_EVENTS = 500

/** Since a time in milliseconds, oldest first; the newest of very many. */
export async function readUnitEvents(
  unit: string,
  since: number,
  options: ShellOptions = {},
): Promise<readonly UnitEvent[]> {
  const args = [
    '--output=json',
    '--output-fields=MESSAGE,MESSAGE_ID',
    '--no-pager',
    '--quiet',
    `--lines=${MOST_EVENTS}`,
    `--since=@${Math.floor(since / 1_000)}`,
    // Process 1 may write about any unit; a service may not write in its name.
    '_PID=1',
    `UNIT=${unitName(unit)}`,
  ]
  const { ending, exitCode, stdout, stderr } = await run('journalctl', args, options)
  // journalctl exits with 1 when it has nothing to show.
  if (ending === 'exited' && (exitCode === 0 || (exitCode === 1 && stderr.trim() === ''))) return unitEvents(stdout)
  const said = ending === 'deadline' ? 'no end in time' : stderr.trim().slice(0, 200)
  const hint = 'Run "journalctl --verify"; the host worker must be in the group systemd-journal.'
  throw new OpsError({ owner: 'host', message: `journalctl did not end well: ${said}`, hint })
}

/** Lines that are no entry are passed over. */
export function unitEvents(text: string): readonly UnitEvent[] {
  return text.split('\n').flatMap((line): readonly UnitEvent[] => {
    const entry = unitMessage.safeParse(parseJson(line))
    if (!entry.success) return []
    const { MESSAGE: message, MESSAGE_ID: id, __REALTIME_TIMESTAMP: microseconds } = entry.data
    return [{ at: new Date(microseconds / 1_000).toISOString(), kind: KINDS[id] ?? 'other', message }]
  })
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
