/** Verbs of the command line in the chat: what cannot be read is said there as well. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { paperTemporal } from '../support/paper-temporal.ts'
import { commandBody, openDoor, paperSlack, send } from '../support/slack-door.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a list does not look thawed while the ledger is away', { timeout: 30_000 }, async context => {
  const urlFile = join(await temporaryFolder(context), 'url')
  await writeFile(urlFile, 'postgres://ops@127.0.0.1:9/ledger')
  const environment = { OPS_LEDGER_URL_FILE: urlFile }
  const paper = paperSlack()
  const opened = await openDoor({ client: paperTemporal().client, slack: paper.slack, environment })
  context.after(() => opened.close())
  const { body } = await send(opened.url, commandBody('list'))
  await opened.idle()
  const said = [body, ...paper.asked.map(({ text }) => text)].join('\n')
  assert.match(said, /frozen cannot be read now: the ledger does not answer.*no runs/s)
})
