/** The log reader against real files: rotated, compressed, damaged, changing while it reads, and compared with an oracle. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type LogReading, readLogFiles } from '../../activities/adapters/log-files.ts'
import { run } from '../../activities/adapters/shell.ts'
import { findAccount } from '../../activities/adapters/users.ts'
import { OpsError } from '../../domain/failures.ts'
import { createLogReview, previousSince, type ReviewedLog } from '../../domain/log-review.ts'
import { percentiles } from '../../domain/percentiles.ts'
import { emptyTruth, generateLog, type LogTruth, writeLog } from '../support/generated-log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const DAY = 86_400_000
const until = Date.now()
const since = until - DAY

interface Reviewed extends ReviewedLog, LogReading {}

async function review(path: string, onProgress?: (bytes: number) => void): Promise<Reviewed> {
  const log = createLogReview({ since, until })
  const reading = await readLogFiles(path, previousSince({ since, until }), {
    onLine: log.line,
    onSeek: log.skipToRecord,
    ...(onProgress === undefined ? {} : { onProgress }),
  })
  return { ...log.result(reading.reachesBack), ...reading }
}

function assertTruth(reviewed: ReviewedLog, truth: LogTruth): void {
  const { records, errors, warnings, connected, disconnected, requests, failedRequests } = reviewed
  const { durations, turns, errorsByMethod: _, ...counts } = truth
  assert.deepEqual({ records, errors, warnings, connected, disconnected, requests, failedRequests }, counts)
  assertPercentiles(reviewed.durations, durations)
  assertPercentiles(reviewed.turns, turns)
}

function assertPercentiles(actual: ReviewedLog['durations'], values: readonly number[]): void {
  const expected = percentiles(values)
  assert.ok((actual === null) === (expected === null))
  if (actual === null || expected === null) return
  assert.ok(Math.abs(actual.mean - expected.mean) < 1e-6)
  assert.deepEqual({ ...actual, mean: 0 }, { ...expected, mean: 0 })
}

const line = (hoursAgo: number, text: string): string =>
  `${new Date(until - hoursAgo * 3_600_000).toISOString()} ${text}\n`

function isOpsError(owner: string, words: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof OpsError, String(error))
    assert.equal(error.owner, owner)
    assert.match(error.message, words)
    assert.match(error.hint, /\.$/)
    return true
  }
}

describe('a log that cannot be read', () => {
  it('is missing: names the estate file', async context => {
    const folder = await temporaryFolder(context)
    await assert.rejects(review(join(folder, 'none.log')), isOpsError('configuration', /there is no log/))
    await assert.rejects(review(join(folder, 'no/folder/x.log')), isOpsError('configuration', /there is no log/))
  })

  it('may not be read: names the permission', async context => {
    const folder = await temporaryFolder(context)
    const path = join(folder, 'x.log')
    await writeFile(path, line(1, 'ERROR a conn=1'))
    chmodSync(folder, 0o755)
    chmodSync(path, 0o000)
    if (process.getuid?.() !== 0) {
      await assert.rejects(review(path), isOpsError('permission', /may not be read/))
      return
    }
    // Root reads everything, so somebody else has to try.
    const nobody = await findAccount('nobody')
    const reader = new URL('../../activities/adapters/log-files.ts', import.meta.url).href
    const script = `import { readLogFiles } from ${JSON.stringify(reader)}
      await readLogFiles(${JSON.stringify(path)}, 0, { onLine() {}, onSeek() {} }).catch(error => console.log(error.owner, error.message))`
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], { asUser: nobody })
    assert.match(stdout, /^permission the log .* may not be read/, stderr)
  })

  it('is a folder', async context => {
    const folder = await temporaryFolder(context)
    await mkdir(join(folder, 'x.log'))
    await assert.rejects(review(join(folder, 'x.log')), isOpsError('configuration', /folder and not a log/))
  })

  it('lies below a file', async context => {
    const folder = await temporaryFolder(context)
    await writeFile(join(folder, 'file'), '')
    await assert.rejects(review(join(folder, 'file', 'x.log')), isOpsError('configuration', /there is no log/))
  })

  it('is a damaged archive within the window', async context => {
    const folder = await temporaryFolder(context)
    await writeFile(join(folder, 'x.log'), line(1, 'INFO connected conn=1'))
    const archive = gzipSync(
      Array.from({ length: 5_000 }, (_, n) => line(5, `INFO initialize conn=${n} duration=${n}`)).join(''),
    )
    await writeFile(join(folder, 'x.log.1.gz'), archive.subarray(0, archive.length - 200))
    await assert.rejects(review(join(folder, 'x.log')), isOpsError('host', /x\.log\.1\.gz is damaged/))
  })
})

describe('what a log says', () => {
  it('is empty: no text and nothing older', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    await writeFile(path, '')
    const reviewed = await review(path)
    assert.equal(reviewed.isEmpty, true)
    assert.equal(reviewed.records, 0)
  })

  it('counts by the level field and the exact event, never by a word in the text (T08)', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    const text = [
      line(30, 'ERROR old conn=1'),
      line(3, 'INFO note text="ERROR 42 connected"'),
      line(2, 'ERROR nope conn=6 code=-32601 error="\\"Method not found\\": nope" duration=12.5'),
      line(2, 'ERROR session/new conn=6 code=-32603 error=broken duration=100'),
      '    at stack (file:1:2)\nCaused by: x\n',
      line(1, 'INFO connected conn=2 active=2'),
      line(1, 'INFO disconnected conn=2 active=2'),
      'one line that nobody understands\n',
    ]
    await writeFile(path, text.join(''))
    const reviewed = await review(path)
    assert.equal(reviewed.records, 5)
    assert.equal(reviewed.errors, 2)
    assert.deepEqual([reviewed.requests, reviewed.failedRequests], [2, 1])
    assert.deepEqual([reviewed.connected, reviewed.disconnected], [1, 1])
    assert.equal(reviewed.unparsable, 1)
    assert.equal(reviewed.previous, null, 'the log does not reach back two days')
  })

  it('survives NULs, a line of 5 MB, carriage returns, broken UTF-8 and a missing last newline', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    const huge = `${line(2, 'ERROR huge conn=1').trimEnd()} text=${'x'.repeat(5_000_000)}\n`
    const parts = [
      Buffer.alloc(70_000),
      Buffer.from(line(3, 'INFO connected conn=1').replace('\n', '\r\n')),
      Buffer.from(huge),
      Buffer.from(line(1, 'WARN w\0arned\0 conn=2')),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from(line(1, 'ERROR last conn=3').trimEnd()),
    ]
    await writeFile(path, Buffer.concat(parts))
    const { records, errors, warnings, connected, oversized, unparsable } = await review(path)
    assert.deepEqual(
      { records, errors, warnings, connected, oversized, unparsable },
      { records: 4, errors: 2, warnings: 1, connected: 1, oversized: 1, unparsable: 1 },
    )
  })

  it('follows a link to the folder where rotation takes place', async context => {
    const folder = await temporaryFolder(context)
    await mkdir(join(folder, 'real'))
    await writeFile(join(folder, 'real/x.log'), line(1, 'ERROR a conn=1'))
    await writeFile(join(folder, 'real/x.log.1'), line(2, 'ERROR b conn=1'))
    await symlink('real/x.log', join(folder, 'link.log'))
    assert.equal((await review(join(folder, 'link.log'))).errors, 2)
  })
})

describe('rotated logs', () => {
  it('finds numbered, dated and compressed siblings and stops at what is older than both windows', async context => {
    const folder = await temporaryFolder(context)
    const path = join(folder, 'x.log')
    await writeFile(path, line(1, 'ERROR a conn=1'))
    await writeFile(`${path}.1`, line(20, 'ERROR b conn=1'))
    await writeFile(`${path}-20261122-1795392000.gz`, gzipSync(line(30, 'ERROR c conn=1') + line(29, 'WARN c conn=1')))
    await writeFile(
      join(folder, 'x-20261121.log.gz'),
      gzipSync(line(50, 'ERROR d conn=1') + line(47, 'ERROR e conn=1')),
    )
    await writeFile(`${path}.9.gz`, gzipSync(line(90, 'ERROR f conn=1')))
    for (const other of ['x.log.bak', 'y.log', 'x.log.old', 'xx.log.1'])
      await writeFile(join(folder, other), line(1, 'ERROR no conn=1'))
    const reviewed = await review(path)
    assert.equal(reviewed.errors, 2)
    assert.deepEqual(reviewed.previous, { errors: 2, warnings: 1 })
    assert.deepEqual(
      reviewed.files.map(file => file.slice(folder.length + 1)),
      ['x-20261121.log.gz', 'x.log-20261122-1795392000.gz', 'x.log.1', 'x.log'],
    )
  })

  it('reads on when the log has just been rotated away', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    await writeFile(`${path}.1`, line(2, 'ERROR b conn=1'))
    assert.equal((await review(path)).errors, 1)
  })

  it('takes a file and its compressed or copied twin for one', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    const text = line(3, 'ERROR one conn=1 filler=to-be-longer-than-a-few-bytes-of-text') + line(2, 'ERROR two conn=1')
    await writeFile(path, text)
    await writeFile(`${path}.1`, text)
    await writeFile(`${path}.2.gz`, gzipSync(text))
    await writeFile(`${path}.1.gz`, gzipSync(text).subarray(0, 20))
    assert.equal((await review(path)).errors, 2)
  })

  for (const [how, rotate] of [
    [
      'renamed',
      (path: string) => {
        renameSync(path, `${path}.1`)
        appendFileSync(`${path}.1`, line(0.2, 'ERROR late-writer conn=1'))
        writeFileSync(path, line(0.1, 'ERROR after conn=1'))
      },
    ],
    [
      'renamed and compressed',
      (path: string) => {
        renameSync(path, `${path}.1`)
        appendFileSync(`${path}.1`, line(0.2, 'ERROR late-writer conn=1'))
        writeFileSync(`${path}.1.gz`, gzipSync(readFileSync(`${path}.1`)))
        unlinkSync(`${path}.1`)
        writeFileSync(path, line(0.1, 'ERROR after conn=1'))
      },
    ],
    [
      'copied and emptied',
      (path: string) => {
        appendFileSync(path, line(0.2, 'ERROR late-writer conn=1'))
        copyFileSync(path, `${path}.1`)
        truncateSync(path)
        appendFileSync(path, line(0.1, 'ERROR after conn=1'))
      },
    ],
  ] as const) {
    it(`loses and doubles nothing when the log is ${how} while it is read`, async context => {
      const path = join(await temporaryFolder(context), 'x.log')
      const truth = emptyTruth()
      await writeLog(
        path,
        generateLog({ seed: 7, from: since + 1_000, lines: 60_000, millisecondsPerLine: 1_000 }, truth, since, until),
      )
      await writeFile(`${path}.1`, line(40, 'ERROR yesterday conn=1'))
      renameSync(`${path}.1`, `${path}.2`)
      let isRotated = false
      const reviewed = await review(path, bytes => {
        if (isRotated || bytes < 2_000_000) return
        isRotated = true
        rotate(path)
      })
      assert.ok(isRotated)
      assert.equal(reviewed.errors, truth.errors + 2)
      assert.equal(reviewed.records, truth.records + 2)
      assert.equal(reviewed.previous?.errors ?? 1, 1)
    })
  }
})

describe('a big log', () => {
  it('says exactly what the oracle says, rotated into five files with a long past before it', async context => {
    const folder = await temporaryFolder(context)
    const path = join(folder, 'x.log')
    const truth = emptyTruth()
    const plan = { seed: 42, from: until - 6 * DAY, lines: 400_000, millisecondsPerLine: (6 * DAY) / 400_000 }
    await writeLog(path, generateLog(plan, truth, since, until))
    const text = await readFile(path, 'utf8')
    const cuts = [0, 0.5, 0.7, 0.86, 0.97, 1].map(share => text.lastIndexOf('\n', share * text.length) + 1)
    for (const [index, name] of ['.4.gz', '.3.gz', '.2.gz', '.1', ''].entries()) {
      const part = text.slice(cuts[index], cuts[index + 1])
      await writeFile(path + name, name.endsWith('gz') ? gzipSync(part, { level: 1 }) : part)
    }
    const reviewed = await review(path)
    assertTruth(reviewed, truth)
    assert.notEqual(reviewed.previous, null)
    assert.deepEqual(
      reviewed.topErrors
        .map(({ count }) => count)
        .slice(0, 1)
        .every(count => count > 0),
      true,
    )
    assert.equal(reviewed.topErrors.length, 5)
  })

  it('reads only the end of an uncompressed one', async context => {
    const path = join(await temporaryFolder(context), 'x.log')
    const truth = emptyTruth()
    const lines = 600_000
    await writeLog(
      path,
      generateLog(
        { seed: 3, from: until - 30 * DAY, lines, millisecondsPerLine: (30 * DAY) / lines },
        truth,
        since,
        until,
      ),
    )
    const reviewed = await review(path)
    assertTruth(reviewed, truth)
    assert.notEqual(reviewed.previous, null)
    const { length } = await readFile(path)
    assert.ok(reviewed.bytesRead < length / 10, `${reviewed.bytesRead} of ${length} bytes read`)
  })
})
