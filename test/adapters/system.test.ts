/** Unit and machine: what systemd, df and the kernel print on real hosts, and the kernel under this test. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuTicksBetween, type Sample } from '../../activities/adapters/cgroup.cpu.ts'
import { isMember, measureUnit, processesOf } from '../../activities/adapters/cgroup.ts'
import { diskFacts, readDisks } from '../../activities/adapters/disks.ts'
import {
  memoryOf,
  pressureOf,
  processTimes,
  readBootId,
  readLoad,
  readMemory,
  readUpSeconds,
} from '../../activities/adapters/procfs.ts'
import {
  failedUnits,
  isSystemdRunning,
  keyValues,
  listFailedUnits,
  readService,
  serviceFacts,
} from '../../activities/adapters/systemd.ts'
import { OpsError } from '../../domain/failures.ts'

const isOpsError = (owner: string) => (error: unknown) =>
  error instanceof OpsError && error.owner === owner && error.hint !== ''

describe('systemd', () => {
  it('reads a unit that systemd is about to start again', () => {
    const text =
      'MainPID=0\nResult=exit-code\nNRestarts=11\nExecMainStatus=1\nLoadState=loaded\nActiveState=activating\nSubState=auto-restart\nStateChangeTimestampMonotonic=3472948652\n'
    assert.deepEqual(serviceFacts(keyValues(text), 3_474_948_652), {
      loadState: 'loaded',
      activeState: 'activating',
      subState: 'auto-restart',
      result: 'exit-code',
      restarts: 11,
      mainPid: 0,
      exitStatus: 1,
      stateSeconds: 2,
    })
  })

  it('tells a unit that does not exist from one that is stopped (T03)', () => {
    const text = 'LoadState=not-found\nActiveState=inactive\nSubState=dead\nStateChangeTimestampMonotonic=0\n'
    const { loadState, activeState, stateSeconds } = serviceFacts(keyValues(text), 1)
    assert.deepEqual([loadState, activeState, stateSeconds], ['not-found', 'inactive', null])
  })

  it('does not take silence for a state', () => assert.throws(() => serviceFacts(keyValues(''), 1), isOpsError('tool')))

  it('keeps what stands behind the first =', () => assert.equal(keyValues('A=b=c\n').get('A'), 'b=c'))

  it('reads the list of failed units, also an empty one', () => {
    const text =
      '[{"unit":"oneshot-failed.service","load":"loaded","active":"failed","sub":"failed","description":"x"}]'
    assert.deepEqual(failedUnits(text), ['oneshot-failed.service'])
    assert.deepEqual(failedUnits('[]\n'), [])
    assert.throws(() => failedUnits('0 loaded units listed.'), isOpsError('tool'))
  })

  it('says that a host without systemd has none, and nothing about its units', {
    skip: isSystemdRunning() && 'this machine has systemd',
  }, async () => {
    await assert.rejects(readService('opencode-acp'), isOpsError('configuration'))
    await assert.rejects(listFailedUnits(), isOpsError('configuration'))
    await assert.rejects(measureUnit('opencode-acp', 1), isOpsError('configuration'))
  })
})

describe('disks', () => {
  const bytes = [
    'Filesystem     Type       1B-blocks        Used       Avail Use% Mounted on',
    'overlay        overlay  12638253056     8425472 12629827584   1% /',
    '/dev/vda       ext4    270553174016 20625768448 77167525888  22% /opt/ops',
    '/dev/vda       ext4    270553174016 20625768448 77167525888  22% /run/host/incoming',
    '/dev/loop0     ext4      2040373248   900000000   100000000  90% /var/lib/my data',
    '/dev/loop0     ext4      2040373248   900000000   100000000  90% /srv',
    '/dev/loop0     ext4      2040373248   900000000   100000000  90% /a',
    'efi            vfat               0           0           0    - /efi',
  ].join('\n')
  const inodes = [
    '  Inodes  IUsed    IFree Mounted on',
    ' 3085511     44  3085467 /',
    '  131072  65536    65536 /srv',
    '       0      0        0 /x',
  ].join('\n')
  const mounts = [
    '3157 3122 0:156 / / rw,relatime shared:485 - overlay overlay rw,lowerdir=/',
    '3169 3157 254:0 /srv/app /opt/ops ro,relatime shared:1238 - ext4 /dev/vda rw,discard',
    '3168 3163 254:0 /run/x /run/host/incoming rw,relatime - ext4 /dev/vda rw',
    '3170 3157 7:0 /folder /var/lib/my\\040data rw - ext4 /dev/loop0 rw',
    '3171 3157 7:0 / /srv rw - ext4 /dev/loop0 rw',
    '3172 3157 7:0 /b /a rw - ext4 /dev/loop0 rw',
  ].join('\n')

  it("counts each writable file system once, by df's formula", () => {
    const facts = diskFacts(bytes, inodes, mounts)
    assert.deepEqual(
      facts.map(({ mount, source, usedPercent, inodesUsedPercent }) => [
        mount,
        source,
        Math.round(usedPercent),
        inodesUsedPercent === null ? null : Math.round(inodesUsedPercent),
      ]),
      [
        ['/', 'overlay', 0, 0],
        ['/srv', '/dev/loop0', 90, 50],
      ],
    )
  })

  it('leaves out a file system that became read-only as a whole', () => {
    assert.deepEqual(
      diskFacts(bytes, inodes, mounts.replaceAll('/dev/loop0 rw', '/dev/loop0 ro')).map(({ mount }) => mount),
      ['/'],
    )
  })

  it('agrees with df about this machine', async () => {
    const disks = await readDisks()
    assert.ok(disks.length > 0)
    for (const { usedPercent, sizeBytes, availableBytes } of disks) {
      assert.ok(usedPercent >= 0 && usedPercent <= 100)
      assert.ok(availableBytes <= sizeBytes)
    }
  })
})

describe('procfs', () => {
  it('counts memory that can be had at once as available', () => {
    const memory = memoryOf('MemTotal:       1000 kB\nMemFree:          10 kB\nMemAvailable:    250 kB\n')
    assert.deepEqual(memory, { totalBytes: 1_024_000, availableBytes: 256_000, usedPercent: 75 })
    assert.throws(() => memoryOf('MemTotal: 0 kB'), isOpsError('tool'))
  })

  it('reads pressure, or knows that there is none', () => {
    assert.equal(
      pressureOf('some avg10=1.00 avg60=2.50 avg300=0.10 total=5\nfull avg10=0.00 avg60=9.00 avg300=0.00 total=0\n'),
      2.5,
    )
    assert.equal(pressureOf(''), null)
  })

  it('reads times behind a name with spaces and brackets', () => {
    const stat = '42 (a) b (c) S 7 42 42 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 12345 1 2'
    assert.deepEqual(processTimes(stat), { parent: 7, startTicks: 12_345, ownTicks: 30, childTicks: 70 })
    assert.throws(() => processTimes('nonsense'), isOpsError('tool'))
  })

  it('reads this machine', async () => {
    const [bootId, up, memory, load] = await Promise.all([readBootId(), readUpSeconds(), readMemory(), readLoad()])
    assert.match(bootId, /^[0-9a-f-]{36}$/)
    assert.ok(up > 0)
    assert.ok(memory.usedPercent > 0 && memory.usedPercent < 100)
    assert.ok(load.cores >= 1 && load.load5 >= 0)
  })
})

describe('cgroup', () => {
  it('knows members of a group and of those below it, on v1, hybrid and v2', () => {
    const path = '/system.slice/x.service'
    assert.ok(isMember(`9:name=systemd:${path}\n8:pids:/\n0::/`, path))
    assert.ok(isMember(`0::${path}/child:with:colon`, path))
    assert.ok(!isMember(`8:pids:${path}\n0::/`, path))
    assert.ok(!isMember('0::/system.slice/x.service2', path))
  })

  it('finds this process in its own group', async () => {
    const own = (await readFile('/proc/self/cgroup', 'utf8')).split('\n').find(line => /^0::|name=systemd/.test(line))
    assert.ok((await processesOf(own?.split(':').slice(2).join(':') ?? '')).includes(process.pid))
  })

  const sample = (
    atTicks: number,
    ...rows: readonly (readonly [pid: number, parent: number, start: number, own: number, child: number])[]
  ): Sample => ({
    atTicks,
    processes: new Map(
      rows.map(([pid, parent, startTicks, ownTicks, childTicks]) => [
        pid,
        { pid, parent, startTicks, ownTicks, childTicks },
      ]),
    ),
  })

  it("counts processes that stay, come, go, and take another's number", () => {
    const before = sample(1_000, [1, 0, 10, 100, 50], [2, 1, 20, 70, 0], [3, 1, 30, 5, 0])
    // 1 worked for 10 and waited for 2, which had worked for 8 more; 3 is another process now; 4 is new; 5 moved in.
    const after = sample(
      1_100,
      [1, 0, 10, 110, 50 + 78 + 5],
      [3, 1, 1_050, 4, 0],
      [4, 1, 1_060, 6, 1],
      [5, 0, 500, 9_999, 0],
    )
    assert.equal(cpuTicksBetween(before, after), 10 + 8 + 4 + 7)
  })

  it('measures a real process', async context => {
    const child = spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' })
    context.after(() => child.kill('SIGKILL'))
    const look = async (): Promise<Sample> => {
      const pid = child.pid ?? 0
      const atTicks = Number.parseFloat(await readFile('/proc/uptime', 'utf8')) * 100
      return {
        atTicks,
        processes: new Map([[pid, { pid, ...processTimes(await readFile(`/proc/${pid}/stat`, 'utf8')) }]]),
      }
    }
    const before = await look()
    await sleep(1_000)
    const ticks = cpuTicksBetween(before, await look())
    assert.ok(ticks > 0 && ticks <= 150, `${ticks} ticks`)
  })
})
