/** Mail over SMTP. A second try carries the same Message-ID, by which mailboxes recognise what they have already. */
import { createHash } from 'node:crypto'
import { createTransport } from 'nodemailer'
import { cleaned, oneLine } from '../../domain/chat/text.ts'
import { OpsError } from '../../domain/failures.ts'
import { redact } from '../../domain/redact.ts'

export interface Mail {
  /** The same for every try. */
  readonly key: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
}

export interface Mailer {
  /** Settles when the server has taken it. Throws OpsError: `tool` when it may take it later, `configuration` when it never will. */
  send(mail: Mail): Promise<void>
}

export interface MailSettings {
  /** smtp://USER:PASSWORD@HOST:PORT or smtps://… */
  readonly url: string
  readonly from: string
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000
const SUBJECT = 250

export function createMailer({ url, from, timeoutMs = TIMEOUT_MS }: MailSettings): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // Texts come from outside: nothing in them makes this process read a file or a page.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ key, to, subject, text }) {
      const message = {
        from,
        to: [...to],
        subject: oneLine(subject).slice(0, SUBJECT),
        text: cleaned(text),
        messageId: messageId(key, from),
        // Out-of-office replies to a machine help nobody.
        headers: { 'Auto-Submitted': 'auto-generated' },
      }
      const sent = await transport.sendMail(message).catch((cause: unknown) => {
        throw mailFailure(cause)
      })
      if (sent.rejected.length > 0) throw partly(sent, message.subject)
    },
  }
}

interface Sent {
  readonly rejected: readonly (string | { readonly address: string })[]
  readonly rejectedErrors?: readonly { readonly responseCode?: number | undefined }[] | undefined
}

/** Some have it. Trying again for the sake of one who may be let in later gives them the same mail with the same id. */
function partly({ rejected, rejectedErrors = [] }: Sent, subject: string): OpsError {
  const passes = rejectedErrors.some(({ responseCode = 500 }) => responseCode < 500)
  const names = rejected.map(one => (typeof one === 'string' ? one : one.address)).join(', ')
  return new OpsError({
    owner: passes ? 'tool' : 'configuration',
    message: `the mail server took "${subject}" but not for ${names}`,
    hint: 'The others have it. Correct these addresses in the estate file, or wait until they are let in.',
  })
}

function messageId(key: string, from: string): string {
  const domain = /@([a-z0-9.-]+)/i.exec(from)?.[1] ?? 'ops.invalid'
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@${domain}>`
}

/** Answers from 500 on are for good; everything else, also silence, may pass. */
function mailFailure(cause: unknown): OpsError {
  const status = cause instanceof Error && 'responseCode' in cause ? Number(cause.responseCode) : 0
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const said = redact(cause instanceof Error ? cause.message : String(cause)).slice(0, 300)
  if (status >= 500 || (status === 0 && (code === 'EAUTH' || code === 'EENVELOPE'))) {
    const hint = 'Check OPS_SMTP_URL_FILE, OPS_MAIL_FROM and the addresses in the estate file.'
    return new OpsError({ owner: 'configuration', message: `the mail server refuses: ${said}`, hint })
  }
  const hint = 'It is tried again. Is the mail server of OPS_SMTP_URL_FILE running and reachable?'
  return new OpsError({ owner: 'tool', message: `the mail server does not take mail: ${said}`, hint })
}
