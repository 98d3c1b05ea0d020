/** The tools under the workarounds: an exchange of files that is killed anywhere, files that may go, clients that are shut out. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { link, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { blockClient, isBlocked } from '../../activities/adapters/nft.ts'
import { findReclaimable } from '../../activities/adapters/reclaimable.ts'
import { exchangeFiles, previousOf, readKept, undoneOf } from '../../activities/adapters/swap-files.ts'
import { limitFiles, readLimit, removeLimit, writeLimit } from '../../activities/adapters/systemd.drop-in.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SWAP = join(import.meta.dirname, '..', '..', 'activities', 'adapters', 'swap-files.ts')

describe('an exchange of two files', () => {
  const setUp = async (folder: string) => {
    const path = join(folder, 'x.json')
    await writeFile(path, 'A')
    await writeFile(previousOf(path), 'B')
    const [a, b] = await Promise.all([readKept(path), readKept(previousOf(path))])
    return { path, a: a?.sha256 ?? '', b: b?.sha256 ?? '' }
  }
  const contents = async (path: string) => {
    const beside = [previousOf(path), undoneOf(path)]
    return await Promise.all([path, ...beside].map(name => readFile(name, 'utf8').catch(() => null)))
  }
  const back = (path: string, wanted: string) => exchangeFiles(path, wanted, previousOf(path), undoneOf(path))
  const again = (path: string, wanted: string) => exchangeFiles(path, wanted, undoneOf(path), previousOf(path))

  it('goes there and back, and is nothing the second time', async context => {
    const folder = await temporaryFolder(context)
    const { path, a, b } = await setUp(folder)
    for (const _ of [1, 2]) {
      for (const __ of [1, 2]) await back(path, b)
      assert.deepEqual(await contents(path), ['B', null, 'A'])
      for (const __ of [1, 2]) await again(path, a)
      assert.deepEqual(await contents(path), ['A', 'B', null])
    }
    assert.equal((await readdir(folder)).length, 2)
  })

  it('is finished, or taken back, when it was cut off in the middle', async context => {
    for (const isTakenBack of [false, true]) {
      const { path, a, b } = await setUp(await temporaryFolder(context))
      await link(path, undoneOf(path))
      if (isTakenBack) await again(path, a)
      else await back(path, b)
      assert.deepEqual((await contents(path)).slice(0, 2), isTakenBack ? ['A', 'B'] : ['B', null])
    }
  })

  it('survives being killed at any moment: the file is always there, and neither version is lost', async context => {
    const folder = await temporaryFolder(context)
    const { path, a, b } = await setUp(folder)
    const [previous, undone] = [previousOf(path), undoneOf(path)]
    const forEver = `import { exchangeFiles } from ${JSON.stringify(SWAP)}
      console.log('go'); for (;;) { await exchangeFiles('${path}', '${b}', '${previous}', '${undone}'); await exchangeFiles('${path}', '${a}', '${undone}', '${previous}') }`
    for (let n = 0; n < 10; n += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', forEver], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = once(child, 'exit')
      await once(child.stdout, 'data')
      await sleep(3 + 7 * Math.random())
      child.kill('SIGKILL')
      await ended
      assert.match(await readFile(path, 'utf8'), /^[AB]$/)
      await back(path, b)
      await again(path, a)
      assert.deepEqual((await contents(path)).slice(0, 2), ['A', 'B'])
    }
  })

  it('refuses a third version', async context => {
    const { path, b } = await setUp(await temporaryFolder(context))
    await writeFile(previousOf(path), 'C')
    await assert.rejects(back(path, b), { name: 'OpsError', message: /not the version that was planned/ })
    assert.deepEqual(await contents(path), ['A', 'C', null])
    await rm(previousOf(path))
    await assert.rejects(back(path, b), { name: 'OpsError' })
    await mkdir(previousOf(path))
    await assert.rejects(readKept(previousOf(path)), { name: 'OpsError', message: /no ordinary/ })
  })
})

describe('files that may go', () => {
  const DAY = 86_400

  it('are of the closed list, ordinary, and old enough', async context => {
    const folder = await temporaryFolder(context)
    const folders = { journal: join(folder, 'journal'), aptArchives: join(folder, 'apt') }
    const id = join(folders.journal, 'f00d')
    await Promise.all([
      mkdir(id, { recursive: true }),
      mkdir(join(folders.aptArchives, 'partial'), { recursive: true }),
    ])
    const make = async (path: string, size: number, days: number) => {
      await writeFile(path, 'x'.repeat(size))
      const time = Date.now() / 1_000 - days * DAY
      await utimes(path, time, time)
    }
    const log = join(folder, 'acp.log')
    await make(log, 10, 0)
    await make(`${log}.2.gz`, 500, 9)
    await make(`${log}.1.gz`, 500, 2)
    await make(`${log}.2`, 500, 99)
    await make(join(id, 'system.journal'), 1_000, 0)
    await make(join(id, 'system@00aa-1-2.journal'), 400, 5)
    await make(join(id, 'user-1@00aa-3-4.journal'), 300, 3)
    await make(join(id, 'system@00aa.journal~'), 200, 9)
    await make(join(folders.aptArchives, 'a_1_all.deb'), 50, 3)
    await make(join(folders.aptArchives, 'young_1_all.deb'), 50, 0)
    await make(join(folders.aptArchives, 'lock'), 0, 9)
    await symlink('/etc/hostname', `${log}.7.gz`)
    await mkdir(`${log}.8.gz`)
    const find = async (journalBytes: number, keepDays = 7) =>
      (
        await findReclaimable({ log: { kind: 'file', path: log }, keepDays, journalBytes, now: Date.now() }, folders)
      ).map(({ path }) => path.slice(path.lastIndexOf('/') + 1))
    const oldest = ['system@00aa.journal~', 'system@00aa-1-2.journal']
    assert.deepEqual(await find(10_000), ['acp.log.2.gz', 'a_1_all.deb'])
    assert.deepEqual(
      (await find(1_500)).filter(name => name.includes('journal')),
      oldest.toReversed(),
    )
    assert.deepEqual((await find(0)).filter(name => name.includes('journal')).length, 3)
    assert.deepEqual((await find(10_000, 1)).includes('acp.log.1.gz'), true)
    const none = { journal: join(folder, 'no'), aptArchives: join(folder, 'no') }
    assert.deepEqual(
      await findReclaimable({ log: { kind: 'journal' }, keepDays: 1, journalBytes: 0, now: 0 }, none),
      [],
    )
  })
})

describe('the drop-in of a limit', () => {
  it('is written whole, read back and removed, each as often as one likes', async context => {
    const folder = await temporaryFolder(context)
    assert.equal(await readLimit('acp', folder), null)
    for (const limit of [70, 90, 90]) {
      await writeLimit('acp', limit, folder)
      assert.equal(await readLimit('acp', folder), limit)
    }
    const { dropIn, variables } = limitFiles('acp', folder)
    assert.match(await readFile(dropIn, 'utf8'), new RegExp(`^\\[Service\\]\nEnvironmentFile=${variables}$`, 'm'))
    await rm(dropIn)
    assert.equal(await readLimit('acp', folder), null)
    for (let n = 0; n < 2; n += 1) await removeLimit('acp', folder)
    assert.deepEqual(await readdir(join(dropIn, '..')), [])
  })

  it('that cannot be written says who has to allow it', async () => {
    await assert.rejects(writeLimit('acp', 1, '/dev/null'), {
      name: 'OpsError',
      owner: 'permission',
      hint: /ReadWritePaths/,
    })
  })
})

describe('nft', () => {
  const client = { address: '203.0.113.7', port: 3_000 }

  it('that is missing is a problem of the tool, not an open door', async () => {
    const options = { env: { PATH: '/nowhere' } }
    await assert.rejects(isBlocked(client, options), {
      name: 'OpsError',
      owner: 'tool',
      hint: 'Install nft on this host.',
    })
    await assert.rejects(blockClient(client, options), { name: 'OpsError', owner: 'tool' })
  })

  it('shuts one client out of one port, twice the same, and lets it in again', { skip: whyNoNft() }, () => {
    const script = join(import.meta.dirname, '..', 'support', 'block-and-connect.ts')
    const said = execFileSync('unshare', ['--net', process.execPath, script], { encoding: 'utf8' })
    const isOpen = [false, true, true]
    assert.deepEqual(JSON.parse(said), {
      before: isOpen,
      blocked: [true, false, true],
      both: [true, false],
      after: isOpen,
    })
  })
})

/** A network of its own needs root; false when it can be made. */
function whyNoNft(): string | false {
  if (process.getuid?.() !== 0) return 'needs root'
  try {
    const path = '/usr/sbin:/usr/bin:/sbin:/bin'
    execFileSync('unshare', ['--net', 'nft', 'list', 'ruleset'], { stdio: 'ignore', env: { PATH: path } })
    return false
  } catch {
    return 'needs nft (package nftables) and a kernel with nf_tables'
  }
}
