import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createFolderStore } from '../../activities/adapters/artefact-store.ts'
import { type HttpDoor, serve } from '../../workers/http.ts'
import { createLogger } from '../../workers/logging.ts'
import { uploadRoutes } from '../../workers/uploads.ts'

const LISTEN = '127.82.0.1:9400'
const folder = mkdtempSync(join(tmpdir(), 'ops-uploads-'))
const store = createFolderStore(folder)
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
let door: HttpDoor

before(async () => {
  door = await serve(LISTEN, createLogger('test', 'error'), uploadRoutes(store, { alpha: sha256('alpha-token') }))
})
after(async () => {
  await door.close()
  rmSync(folder, { recursive: true, force: true })
})

const put = (digest: string, body: string, token = 'alpha-token', query = '?kind=log-excerpt') =>
  fetch(`http://${LISTEN}/artefacts/${digest}${query}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}` },
    body,
  })

test('a host uploads by digest, twice, and it is one artefact', async () => {
  for (const _ of [1, 2]) {
    const response = await put(sha256('hello'), 'hello')
    assert.equal(response.status, 201)
    assert.deepEqual(await response.json(), {
      kind: 'log-excerpt',
      ref: `sha256:${sha256('hello')}`,
      bytes: 5,
      sha256: sha256('hello'),
    })
  }
  assert.equal(Buffer.from(await store.get(`sha256:${sha256('hello')}`)).toString(), 'hello')
})

test('a request line that is no address is refused, and the door stays open', async () => {
  const raw = await new Promise<string>((resolve, reject) => {
    const [host = '', port = ''] = LISTEN.split(':')
    const socket = connect(Number(port), host, () =>
      socket.end('GET // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    )
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('end', () => resolve(text)).on('error', reject)
  })
  assert.match(raw, /^HTTP\/1\.1 400 /)
  assert.equal((await fetch(`http://${LISTEN}/nothing`)).status, 404)
})

const refused = [
  { title: 'a stranger', status: 401, request: () => put(sha256('x'), 'x', 'guess') },
  { title: 'another content than its digest says', status: 422, request: () => put(sha256('x'), 'y') },
  { title: 'a path out of the store', status: 400, request: () => put('..%2f..%2fetc', 'x') },
  { title: 'an odd kind', status: 400, request: () => put(sha256('x'), 'x', 'alpha-token', '?kind=../x') },
  { title: 'too much', status: 413, request: () => put(sha256('x'), 'x'.repeat(17 * 1024 * 1024)) },
]
for (const { title, status, request } of refused) {
  test(`${title} is refused with ${status} and changes nothing`, async () => {
    const outcome = await request().then(
      response => response.status,
      // The door may close on a sender that goes on sending after it was refused.
      () => 413,
    )
    assert.equal(outcome, status)
    assert.equal(await store.has(`sha256:${sha256('x')}`), false)
  })
}
