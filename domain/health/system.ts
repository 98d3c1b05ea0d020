/** D1.1: is the unit running as it should, and does the machine under it have room. */
import type {
  CertificateFacts,
  DiskFacts,
  HostGreeting,
  LoadFacts,
  MemoryFacts,
  ServiceFacts,
  SystemFacts,
} from '../facts.ts'
import type { Finding } from '../findings.ts'
import type { TargetBackground } from '../ledger.ts'
import type { Thresholds } from '../thresholds.ts'
import { worstVerdict } from '../verdicts.ts'
import { count, finding, judgeAbove, judgeObserved, megabytes, round } from './judge.ts'

export interface SystemContext {
  readonly target: string
  readonly unit: string
  readonly thresholds: Thresholds
  readonly history: TargetBackground | null
  /** When the host was looked at, ISO. */
  readonly at: string
}

/** How far from a boot the note about it may lie: it is written before the host goes down, or when it is up again. */
const NOTED_WITHIN_MS = 15 * 60_000

export function judgeSystem(facts: SystemFacts, greeting: HostGreeting, context: SystemContext): readonly Finding[] {
  const { target } = context
  return [
    ...judgeObserved({ id: 'service.state', target, manualId: 'D1.1a' }, facts.service, service =>
      judgeService(service, greeting, context),
    ),
    ...judgeObserved({ id: 'service.failed-units', target, manualId: 'D1.1a' }, facts.failedUnits, units =>
      judgeFailedUnits(units, context),
    ),
    ...judgeObserved({ id: 'zed.agent', target, manualId: 'D1.1b' }, facts.zed, zed =>
      finding({ id: 'zed.agent', target, manualId: 'D1.1b' }, 'ok', `Zed starts ${zed.command} ${zed.version}`, {
        command: zed.command,
        version: zed.version,
        protocolVersion: zed.protocolVersion,
      }),
    ),
    ...judgeObserved({ id: 'disk.used', target, manualId: 'D1.1c' }, facts.disks, disks => judgeDisks(disks, context)),
    ...judgeObserved({ id: 'memory.used', target, manualId: 'D1.1d' }, facts.memory, memory =>
      judgeMemory(memory, context),
    ),
    ...judgeObserved({ id: 'load', target, manualId: 'D1.1e' }, facts.load, load => judgeLoad(load, context)),
    judgeReboot(greeting, context),
    ...judgeObserved({ id: 'certificate', target, manualId: 'T70' }, facts.certificates, certificates =>
      certificates.map(certificate => judgeCertificate(certificate, context)),
    ),
  ]
}

function judgeService(service: ServiceFacts, greeting: HostGreeting, context: SystemContext): Finding {
  const { unit, target, thresholds } = context
  const subject = { id: 'service.state', target, manualId: 'D1.1a' }
  const evidence = {
    loadState: service.loadState,
    activeState: service.activeState,
    subState: service.subState,
    result: service.result,
    restarts: service.restarts,
    mainPid: service.mainPid,
    exitStatus: service.exitStatus,
    stateSeconds: service.stateSeconds,
  }
  const look = `Run "systemctl status ${unit}" and "journalctl -u ${unit} -n 50" on ${target}.`
  if (service.loadState !== 'loaded') {
    const hint = `Install the unit, or correct service.unit in the estate file.`
    return finding(subject, 'fail', `the unit ${unit} is ${service.loadState}`, evidence, hint)
  }
  const grown = restartsSinceLastRun(service, greeting, context)
  const restarted = `${unit} was restarted ${count(grown, 'time')} by systemd since the last run`
  // While systemd brings a crashed unit back, it is "activating" too: the restart tells a crash loop from a slow start.
  if (service.activeState === 'activating' && service.subState === 'auto-restart') {
    const summary = `${unit} crashed and systemd is about to start it again (${count(service.restarts, 'restart')} so far)`
    return finding(subject, 'fail', summary, evidence, look)
  }
  if (service.activeState === 'activating') {
    const seconds = service.stateSeconds ?? 0
    const late = seconds > thresholds.startingSeconds
    const summary = `${unit} is starting since ${Math.round(seconds)} s`
    return late
      ? finding(subject, 'warn', summary, evidence, look)
      : finding(
          subject,
          'unknown',
          summary,
          evidence,
          'Run the check again in a minute: a starting service proves nothing.',
        )
  }
  // A reload serves on: the log's rotation asks for one every night.
  if (service.activeState !== 'active' && service.activeState !== 'reloading') {
    const hint = `${look} Then "systemctl start ${unit}".`
    return finding(subject, 'fail', `${unit} is ${service.activeState} (${service.result})`, evidence, hint)
  }
  if (grown > 0) return finding(subject, 'warn', restarted, evidence, look)
  return finding(subject, 'ok', `${unit} is ${service.activeState} (${service.subState})`, evidence)
}

/** systemd counts from zero after a boot, so the counter is compared only within one boot. */
function restartsSinceLastRun(service: ServiceFacts, greeting: HostGreeting, { history }: SystemContext): number {
  const last = history?.last
  if (last === null || last === undefined || last.bootId !== greeting.bootId) return service.restarts
  const before = last.restarts ?? 0
  // It counts from zero again after a start by hand: what it shows then has all happened since.
  return service.restarts < before ? service.restarts : service.restarts - before
}

function judgeFailedUnits(units: readonly string[], { unit, target }: SystemContext): Finding {
  const subject = { id: 'service.failed-units', target, manualId: 'D1.1a' }
  // The service itself has a finding of its own.
  const others = units.filter(name => name !== `${unit}.service`)
  if (others.length === 0) return finding(subject, 'ok', 'no other unit has failed')
  const hint = `Run "systemctl status ${others[0]}" on ${target}; "systemctl reset-failed" once it is understood.`
  return finding(
    subject,
    'warn',
    `${count(others.length, 'unit')} failed: ${others.join(', ')}`,
    { units: others },
    hint,
  )
}

/** A host always has a file system that can fill up: seeing none is not seeing. */
function judgeDisks(disks: readonly DiskFacts[], context: SystemContext): readonly Finding[] {
  if (disks.length > 0) return disks.map(disk => judgeDisk(disk, context))
  const subject = { id: 'disk.used', target: context.target, manualId: 'D1.1c' }
  return [finding(subject, 'unknown', 'no file system was seen', {}, 'Compare with "df" on the host.')]
}

/** Space and inodes of one file system: a disk without inodes is as full as one without space. */
function judgeDisk(disk: DiskFacts, { target, thresholds }: SystemContext): Finding {
  const { mount, source, usedPercent, inodesUsedPercent, availableBytes } = disk
  const space = judgeAbove(usedPercent, thresholds.diskUsedPercent)
  const inodes = inodesUsedPercent === null ? 'ok' : judgeAbove(inodesUsedPercent, thresholds.diskUsedPercent)
  const verdict = worstVerdict([space, inodes])
  const full = `${mount} is ${round(usedPercent)} % full, ${megabytes(availableBytes)} left`
  const byFiles = inodes !== 'ok' && verdict === inodes && space !== verdict
  return finding(
    { id: `disk.used:${mount}`, target, manualId: 'D1.1c' },
    verdict,
    byFiles ? `${mount} has used ${round(inodesUsedPercent ?? 0)} % of its inodes` : full,
    {
      source,
      usedPercent: round(usedPercent),
      availableBytes,
      inodesUsedPercent: inodesUsedPercent === null ? null : round(inodesUsedPercent),
    },
    verdict === 'ok'
      ? ''
      : byFiles
        ? `Many small files fill ${mount} of ${target}: "du --inodes -x -d1 ${mount} | sort -n" shows where they are.`
        : `Free space on ${mount} of ${target}: "du -xh -d1 ${mount} | sort -h" shows where it went.`,
  )
}

function judgeMemory(memory: MemoryFacts, { target, thresholds }: SystemContext): Finding {
  const verdict = judgeAbove(memory.usedPercent, thresholds.memoryUsedPercent)
  return finding(
    { id: 'memory.used', target, manualId: 'D1.1d' },
    verdict,
    `${round(memory.usedPercent)} % of memory is in use, ${megabytes(memory.availableBytes)} available`,
    {
      usedPercent: round(memory.usedPercent),
      availableBytes: memory.availableBytes,
      pressureAvg60: memory.pressureAvg60,
      swapInPerSecond: memory.swapInPerSecond,
    },
    verdict === 'ok' ? '' : `Find the largest processes on ${target}: "ps -eo rss,pid,cmd --sort=-rss | head".`,
  )
}

function judgeLoad(load: LoadFacts, { target, thresholds }: SystemContext): Finding {
  const perCore = load.load5 / load.cores
  const high = perCore > thresholds.loadPerCore
  return finding(
    { id: 'load', target, manualId: 'D1.1e' },
    high ? 'warn' : 'ok',
    `load over 5 minutes is ${round(load.load5)} on ${count(load.cores, 'core')}`,
    { load1: load.load1, load5: load.load5, cores: load.cores },
    high ? `See what runs on ${target}: "ps -eo pcpu,pid,cmd --sort=-pcpu | head".` : '',
  )
}

function judgeReboot(greeting: HostGreeting, { target, history, at }: SystemContext): Finding {
  const subject = { id: 'host.uptime', target, manualId: 'D1.1e' }
  const evidence = { bootId: greeting.bootId, upSeconds: Math.round(greeting.upSeconds) }
  const lastBoot = history?.last?.bootId ?? null
  if (lastBoot === null || lastBoot === greeting.bootId) {
    return finding(subject, 'ok', `up for ${upFor(greeting.upSeconds)}`, evidence)
  }
  const bootedAt = Date.parse(at) - greeting.upSeconds * 1_000
  const planned = history?.plannedRestarts.find(note => Math.abs(Date.parse(note.at) - bootedAt) < NOTED_WITHIN_MS)
  if (planned !== undefined) {
    return finding(subject, 'ok', `rebooted since the last run, as planned: ${planned.reason}`, evidence)
  }
  const hint = `Nobody announced it: look at "journalctl -b -1 -n 100" on ${target}.`
  return finding(subject, 'warn', `rebooted since the last run, up for ${upFor(greeting.upSeconds)}`, evidence, hint)
}

function upFor(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}

function judgeCertificate(certificate: CertificateFacts, { target, thresholds }: SystemContext): Finding {
  const { warn, fail } = thresholds.certificateDays
  const days = Math.floor(certificate.daysLeft)
  const verdict = days < fail ? 'fail' : days < warn ? 'warn' : 'ok'
  return finding(
    { id: `certificate:${certificate.path}`, target, manualId: 'T70' },
    verdict,
    days < 0 ? `${certificate.path} has expired` : `${certificate.path} is valid for ${count(days, 'more day')}`,
    { subject: certificate.subject, notAfter: certificate.notAfter, daysLeft: days },
    verdict === 'ok' ? '' : `Renew the certificate ${certificate.path} on ${target}.`,
  )
}
