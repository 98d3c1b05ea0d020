/** Mail to a real SMTP server: what arrives, and what its refusals mean. */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { it, type TestContext } from 'node:test'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { createMailer, type Mail } from '../../activities/adapters/mail.ts'
import { OpsError } from '../../domain/failures.ts'

const MAIL: Mail = {
  key: 'incident/1/announce',
  to: ['ana@example.org', 'ben@example.org'],
  subject: 'acp down',
  text: 'a\nb',
}

async function smtp(context: TestContext, options: SMTPServerOptions = {}) {
  const mails: ParsedMail[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      simpleParser(stream).then(mail => {
        mails.push(mail)
        done()
      }, done)
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  context.after(() => new Promise<void>(closed => server.close(closed)))
  const url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  return { mails, mailer: createMailer({ url, from: 'Ops <ops@example.org>', timeoutMs: 500 }) }
}

async function failureOf(work: Promise<unknown>): Promise<OpsError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof OpsError, String(error))
  return error
}

const refuse = (responseCode: number) => Object.assign(new Error(`said ${responseCode}`), { responseCode })

it('arrives with its words, and a second try has the same id', async context => {
  const { mails, mailer } = await smtp(context)
  await mailer.send(MAIL)
  await mailer.send(MAIL)
  await mailer.send({ ...MAIL, key: 'another' })
  const [first, second, third] = mails
  assert.deepEqual([first?.subject, first?.text?.trim()], ['acp down', 'a\nb'])
  assert.equal(first?.messageId, second?.messageId)
  assert.match(first?.messageId ?? '', /^<[0-9a-f]{40}@example\.org>$/)
  assert.notEqual(first?.messageId, third?.messageId)
})

it('a subject cannot add a header, and a secret does not leave', async context => {
  const { mails, mailer } = await smtp(context)
  await mailer.send({ ...MAIL, subject: 'x\r\nBcc: eve@example.org', text: 'login password=hunter2' })
  assert.equal(mails[0]?.subject, 'x Bcc: eve@example.org')
  assert.equal(mails[0]?.bcc, undefined)
  assert.doesNotMatch(mails[0]?.text ?? '', /hunter2/)
})

const refusals: readonly (readonly [string, SMTPServerOptions, owner: string, message: RegExp])[] = [
  ['is full for now', { onMailFrom: (_a, _s, done) => done(refuse(451)) }, 'tool', /does not take mail/],
  ['does not know the sender', { onMailFrom: (_a, _s, done) => done(refuse(550)) }, 'configuration', /refuses/],
  ['knows nobody', { onRcptTo: (_a, _s, done) => done(refuse(550)) }, 'configuration', /refuses/],
  [
    'knows one of two',
    { onRcptTo: ({ address }, _s, done) => done(address.startsWith('ben') ? refuse(550) : null) },
    'configuration',
    /not for ben@example\.org/,
  ],
  [
    'lets one of two in later',
    { onRcptTo: ({ address }, _s, done) => done(address.startsWith('ben') ? refuse(450) : null) },
    'tool',
    /not for ben@example\.org/,
  ],
]
for (const [name, options, owner, message] of refusals) {
  it(`a server that ${name}: ${owner}`, async context => {
    const { mailer } = await smtp(context, options)
    const failure = await failureOf(mailer.send(MAIL))
    assert.equal(failure.owner, owner)
    assert.match(failure.message, message)
  })
}

it('a server that is not there, or says nothing, may come back', async context => {
  const silent = createServer(() => {})
  await new Promise<void>(listening => silent.listen(0, '127.0.0.1', listening))
  context.after(() => silent.close())
  const { port } = silent.address() as AddressInfo
  for (const url of ['smtp://ops:hunter2@127.0.0.1:1', `smtp://ops:hunter2@127.0.0.1:${port}`]) {
    const failure = await failureOf(createMailer({ url, from: 'ops@example.org', timeoutMs: 300 }).send(MAIL))
    assert.equal(failure.owner, 'tool')
    assert.doesNotMatch(failure.message, /hunter2/)
  }
})
