/** What has arrived, each in a file of its own: mails as .eml, events of the pager as .json. A restart keeps them. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { type PagerEvent, pagerEvent } from './pager.ts'

export type Arrived =
  | {
      readonly kind: 'mail'
      /** ISO. */
      readonly at: string
      /** The envelope's, as the client gave it: what the header says may differ. */
      readonly from: string
      readonly to: readonly string[]
      readonly subject: string
      readonly text: string
      readonly messageId: string
    }
  | { readonly kind: 'page'; readonly at: string; readonly dedupKey: string; readonly event: PagerEvent }

export class Mailbox {
  readonly #folder: string
  readonly #all: Arrived[] = []
  #serial = 0

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(folder: string): Promise<Mailbox> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const mailbox = new Mailbox(folder)
    for (const name of (await readdir(folder)).toSorted()) await mailbox.#load(name)
    return mailbox
  }

  /** Oldest first. */
  list(): readonly Arrived[] {
    return this.#all
  }

  /** Kept before it is acknowledged. The envelope stands in a header of its own, first in the file. */
  async mail(from: string, to: readonly string[], raw: Buffer): Promise<void> {
    const envelope = JSON.stringify({ at: new Date().toISOString(), from, to })
    await this.#keep('eml', Buffer.concat([Buffer.from(`X-Sandbox-Envelope: ${envelope}\r\n`), raw]))
  }

  async page(dedupKey: string, event: PagerEvent): Promise<void> {
    await this.#keep('json', Buffer.from(JSON.stringify({ at: new Date().toISOString(), dedupKey, event })))
  }

  async #keep(type: string, content: Buffer): Promise<void> {
    this.#serial += 1
    const name = `${String(this.#serial).padStart(6, '0')}.${type}`
    await writeFile(join(this.#folder, `.${name}`), content, { mode: 0o600 })
    await rename(join(this.#folder, `.${name}`), join(this.#folder, name))
    this.#all.push(await read(name, content))
  }

  async #load(name: string): Promise<void> {
    const serial = /^(\d{6,})\.(eml|json)$/.exec(name)?.[1]
    if (serial === undefined) return
    this.#serial = Math.max(this.#serial, Number(serial))
    this.#all.push(await read(name, await readFile(join(this.#folder, name))))
  }
}

async function read(name: string, content: Buffer): Promise<Arrived> {
  if (name.endsWith('.json')) {
    const { at, dedupKey, event } = JSON.parse(content.toString('utf8'))
    return { kind: 'page', at, dedupKey, event: pagerEvent.parse(event) }
  }
  const end = content.indexOf('\r\n')
  const envelope = JSON.parse(content.subarray('X-Sandbox-Envelope: '.length, end).toString('utf8'))
  const { subject = '', text = '', messageId = '' } = await simpleParser(content.subarray(end + 2))
  return { kind: 'mail', ...envelope, subject, text: text.trimEnd(), messageId }
}
