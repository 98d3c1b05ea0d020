/** The host under the service put into words: its processes, connections and disks, and what was changed on it. */
import { cut } from '../chat/text.ts'
import { deployWords } from '../fixes/last-deploy.ts'
import { formatBytes } from '../report/format.ts'
import type {
  ChangesReading,
  ConnectionReading,
  DiskReading,
  EvidenceWords,
  HostChange,
  ProcessReading,
} from './evidence.ts'
import { formatPercent, lines, plural } from './evidence-format.ts'

export function processWords({ processes, hottest, memory, oomKills }: ProcessReading): EvidenceWords {
  const first = hottest[0]
  const named =
    first === undefined ? 'none is busy' : `hottest ${cut(first.command, 60)} with ${formatPercent(first.cpuPercent)}`
  return {
    summary: `${plural(processes, 'process', 'processes')}, ${named}; memory ${formatPercent(memory.usedPercent)} used`,
    text: lines(
      `memory: ${formatBytes(memory.availableBytes)} of ${formatBytes(memory.totalBytes)} available, pressure (avg60) ${memory.pressureAvg60 ?? 'not known'}, out-of-memory kills since boot ${oomKills ?? 'not known'}`,
      '',
      'hottest by CPU over one second: pid, user, CPU, resident memory, command',
      ...hottest.map(
        row => `${row.pid} ${row.user} ${formatPercent(row.cpuPercent)} ${formatBytes(row.rssBytes)} ${row.command}`,
      ),
    ),
    facts: {
      processes,
      hottest: first?.command.slice(0, 80) ?? null,
      hottestCpuPercent: first === undefined ? null : Math.round(first.cpuPercent),
      memoryUsedPercent: Math.round(memory.usedPercent * 10) / 10,
      memoryPressure: memory.pressureAvg60,
    },
  }
}

export function connectionWords(reading: ConnectionReading): EvidenceWords {
  const { port, isListening, established, timeWait, peers, sessions } = reading
  const top = peers[0]
  const most = top === undefined ? '' : `, most from ${top.address} (${top.connections})`
  const open =
    sessions.open === null ? '' : `; ${sessions.open} of ${sessions.limit ?? 'an unknown number of'} sessions open`
  return {
    summary: `port ${port}: ${isListening ? '' : 'nobody listens, '}${established} established${most}, ${timeWait} in TIME_WAIT${open}`,
    text: lines(
      `port ${port}: ${isListening ? 'somebody' : 'nobody'} listens`,
      `established ${established}, TIME_WAIT ${timeWait}${open}`,
      '',
      'established connections by peer',
      ...(peers.length === 0 ? ['none'] : peers.map(({ address, connections }) => `${connections} ${address}`)),
    ),
    facts: {
      port,
      listening: isListening,
      established,
      timeWait,
      peers: peers.length,
      topPeer: top?.address ?? null,
      topPeerConnections: top?.connections ?? 0,
      sessionsOpen: sessions.open,
      sessionsLimit: sessions.limit,
    },
  }
}

export function diskWords({ disks, grown }: DiskReading): EvidenceWords {
  const fullest = disks.toSorted((a, b) => b.usedPercent - a.usedPercent)[0]
  const inodes = Math.max(0, ...disks.map(disk => disk.inodesUsedPercent ?? 0))
  const biggest = grown[0]
  const writing =
    biggest === undefined ? '' : `; largest file written lately ${biggest.path} (${formatBytes(biggest.bytes)})`
  return {
    summary:
      fullest === undefined
        ? 'no disk of its own'
        : `${fullest.mount} is ${formatPercent(fullest.usedPercent)} full, ${formatBytes(fullest.availableBytes)} free, inodes ${formatPercent(inodes)}${writing}`,
    text: lines(
      'mount, source, used by the formula of df, inodes used, free',
      ...disks.map(
        disk =>
          `${disk.mount} ${disk.source} ${formatPercent(disk.usedPercent)} ${disk.inodesUsedPercent === null ? '-' : formatPercent(disk.inodesUsedPercent)} ${formatBytes(disk.availableBytes)}`,
      ),
      '',
      'largest files beside the log that were written in the last 24 hours',
      ...(grown.length === 0
        ? ['none']
        : grown.map(file => `${formatBytes(file.bytes)} ${file.writtenAt} ${file.path}`)),
    ),
    facts: {
      disks: disks.length,
      fullestMount: fullest?.mount ?? null,
      fullestPercent: fullest === undefined ? null : Math.round(fullest.usedPercent * 10) / 10,
      inodesPercent: Math.round(inodes * 10) / 10,
    },
  }
}

export function changesWords({ changes, unread, lastDeploy }: ChangesReading, at: string): EvidenceWords {
  const newest = changes[0]
  const minutes = (change: HostChange): number =>
    Math.max(0, Math.round((Date.parse(at) - Date.parse(change.at)) / 60_000))
  const ofKind = (kind: HostChange['kind']): readonly HostChange[] => changes.filter(change => change.kind === kind)
  const changed = changes.filter(({ kind }) => kind !== 'boot')
  const boot = ofKind('boot')[0]
  const since = newest === undefined ? '' : `, the newest ${minutes(newest)} min before: ${newest.what}`
  const missing = unread.length === 0 ? '' : `; NOT read: ${unread.join('; ')}`
  return {
    summary: `${plural(changed.length, 'change')} in the last 24 hours${boot === undefined ? '' : ' and a boot'}${since}${missing}`,
    text: lines(
      'changes of the last 24 hours, newest first',
      ...(changes.length === 0 ? ['none'] : changes.map(change => `${change.at} ${change.kind} ${change.what}`)),
      ...unread.map(what => `NOT read: ${what}`),
      '',
      lastDeploy === null
        ? 'no deploy could be rolled back'
        : `the last deploy that could be rolled back: ${lastDeploy.kind}, ${deployWords(lastDeploy)}`,
    ),
    facts: {
      packages: ofKind('package').length,
      npm: ofKind('npm').length,
      configurations: ofKind('configuration').length,
      versions: ofKind('version').length,
      units: ofKind('unit').length,
      newestKind: changed[0]?.kind ?? null,
      newestWhat: changed[0]?.what.slice(0, 120) ?? null,
      newestMinutes: changed[0] === undefined ? null : minutes(changed[0]),
      bootMinutes: boot === undefined ? null : minutes(boot),
      lastDeployKind: lastDeploy?.kind ?? null,
      lastDeployWhat: lastDeploy === null ? null : deployWords(lastDeploy).slice(0, 120),
    },
  }
}
