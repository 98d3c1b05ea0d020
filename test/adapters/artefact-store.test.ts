/** The artefact store on a real folder: private, complete or not there, and never silently wrong. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFolderStore } from '../../activities/adapters/artefact-store.ts'
import { OpsError } from '../../domain/failures.ts'

let folder = ''
let counter = 0
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ops-test-store-'))
})
after(() => rm(folder, { recursive: true, force: true }))

function newRoot(): string {
  counter += 1
  return join(folder, `store-${counter}`)
}
const bytes = (text: string) => new TextEncoder().encode(text)

/** Files that carry their digest as their name. */
async function visible(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true }).catch(() => [])
  return entries.filter(name => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name))
}

async function mode(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}

test('what is put comes back, under the digest of its content', async () => {
  const root = newRoot()
  const store = createFolderStore(root)
  const ref = await store.put('report-text', bytes('all is well'))
  assert.deepEqual(ref, {
    kind: 'report-text',
    ref: `sha256:${createHash('sha256').update('all is well').digest('hex')}`,
    bytes: 11,
    sha256: ref.sha256,
  })
  assert.deepEqual(await visible(root), [join(ref.sha256.slice(0, 2), ref.sha256)])
  assert.equal(new TextDecoder().decode(await store.get(ref.ref)), 'all is well')
  assert.deepEqual([await store.has(ref.ref), await store.has(`sha256:${'0'.repeat(64)}`)], [true, false])
})

test('only its owner can read it, whatever the umask', async () => {
  const root = newRoot()
  const umask = process.umask(0)
  try {
    const { sha256 } = await createFolderStore(root).put('x', bytes('secret'))
    assert.equal(await mode(root), '700')
    assert.equal(await mode(join(root, sha256.slice(0, 2))), '700')
    assert.equal(await mode(join(root, sha256.slice(0, 2), sha256)), '600')
  } finally {
    process.umask(umask)
  }
})

test('the same content twice, also at the same time, is one file', async () => {
  const root = newRoot()
  const store = createFolderStore(root)
  const refs = await Promise.all(Array.from({ length: 8 }, () => store.put('x', bytes('same'))))
  assert.equal(new Set(refs.map(({ ref }) => ref)).size, 1)
  assert.equal((await visible(root)).length, 1)
  assert.deepEqual(await readdir(join(root, 'unfinished')), [])
})

test('a damaged file is refused by get and made good by put', async () => {
  const root = newRoot()
  const store = createFolderStore(root)
  const { ref, sha256 } = await store.put('x', bytes('precious'))
  await truncate(join(root, sha256.slice(0, 2), sha256), 3)
  await assert.rejects(
    store.get(ref),
    (error: unknown) => error instanceof OpsError && /is damaged/.test(error.message),
  )
  await store.put('x', bytes('precious'))
  assert.equal(new TextDecoder().decode(await store.get(ref)), 'precious')
})

test('what is missing, and what is no reference at all, is said so', async () => {
  const store = createFolderStore(newRoot())
  await assert.rejects(store.get(`sha256:${'a'.repeat(64)}`), /no artefact sha256:aaaa/)
  for (const ref of ['../../etc/passwd', 'sha256:', `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(64)}/..`]) {
    await assert.rejects(store.get(ref), /is no reference to an artefact/)
  }
})

test('a root that is no folder names its owner and what to do', async () => {
  const root = newRoot()
  await writeFile(root, '')
  await assert.rejects(createFolderStore(root).put('x', bytes('x')), (error: unknown) => {
    assert.ok(error instanceof OpsError)
    assert.equal(error.owner, 'configuration')
    return true
  })
})

test('a writer killed in the middle leaves nothing visible, and its leftover is swept away later', async () => {
  const root = newRoot()
  const module = new URL('../../activities/adapters/artefact-store.ts', import.meta.url).href
  // Large enough to be in the middle of writing when the file has just appeared.
  const script = `import { createFolderStore } from ${JSON.stringify(module)}
    await createFolderStore(${JSON.stringify(root)}).put('x', new Uint8Array(200_000_000).fill(7))`
  const writer = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], { stdio: 'ignore' })
  const ended = once(writer, 'exit')
  const unfinished = join(root, 'unfinished')
  while ((await readdir(unfinished).catch(() => [])).length === 0) {
    assert.equal(writer.exitCode, null, 'the writer ended before it could be killed')
    await sleep(2)
  }
  writer.kill('SIGKILL')
  await ended
  assert.deepEqual(await visible(root), [])

  const [leftover = ''] = await readdir(unfinished)
  const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1_000)
  await utimes(join(unfinished, leftover), yesterday, yesterday)
  await createFolderStore(root).put('x', bytes('next'))
  assert.deepEqual(await readdir(unfinished), [])
  const [path = ''] = await visible(root)
  assert.equal(await readFile(join(root, path), 'utf8'), 'next')
})
