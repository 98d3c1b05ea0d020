/** The stand-in's pages in a real browser: two people see and press the same things, live, and nothing gets out. */
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { say } from '../../sandbox/slack/client.ts'
import { at, button, card, type Made, modal, plain, type Rig, signatureOf, startRig } from '../sandbox/slack/rig.ts'
import { launchChromium } from '../support/chromium.ts'

const INCIDENTS = 'C0INCIDENTS'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

interface Look {
  readonly width?: number
  readonly colorScheme?: 'light' | 'dark'
  readonly at?: string
}

/** The page of one person, with all that it must not do: complain, or ask anybody else for anything. */
async function openPage(
  context: TestContext,
  { door }: Rig,
  person: string,
  { width = 1200, colorScheme = 'light', at: place = INCIDENTS }: Look = {},
): Promise<{ readonly page: Page; readonly wrong: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
  context.after(() => page.close())
  page.setDefaultTimeout(10_000)
  const wrong: string[] = []
  page.on('request', request => {
    if (!request.url().startsWith(`${door.url}/`) && !request.url().startsWith('data:')) wrong.push(request.url())
  })
  page.on('console', message => wrong.push(message.text()))
  page.on('pageerror', error => wrong.push(String(error)))
  page.on('dialog', async dialog => {
    wrong.push(`dialog ${dialog.message()}`)
    await dialog.dismiss()
  })
  await page.goto(`${door.url}/as/${person}?at=${place}`)
  return { page, wrong }
}

const post = ({ client }: Rig, channel = INCIDENTS, blocks = card()) =>
  client.chat.postMessage({ channel, text: 'card', blocks: [...blocks] })

test('a message appears at two people at once; a press is delivered signed, and its end is seen by both', async context => {
  const rig = await startRig(context)
  const [ana, ben] = [await openPage(context, rig, 'ana'), await openPage(context, rig, 'ben')]
  await ana.page.getByText('Nothing was said here yet.').waitFor()
  const { ts = '' } = await post(rig)
  await ana.page.getByText('Approval needed').waitFor()
  rig.app.answer(async () => {
    await rig.client.chat.update({ channel: INCIDENTS, ts, text: 'Approved by ben' })
    return {}
  })
  await ben.page.getByRole('button', { name: 'Approve' }).click()
  await ana.page.getByText('Approved by ben').waitFor()
  await ben.page.getByText('Approved by ben').waitFor()
  assert.equal(await ana.page.getByRole('button', { name: 'Approve' }).count(), 0)

  assert.equal(rig.app.got.length, 1)
  const got = rig.app.got[0]
  const timestamp = String(got?.headers['x-slack-request-timestamp'])
  assert.equal(got?.headers['x-slack-signature'], signatureOf(timestamp, got?.body ?? ''))
  assert.deepEqual([at(got?.payload, 'user', 'id'), at(got?.payload, 'actions', 0, 'value')], ['U0BEN', 'v1'])
  assert.deepEqual([...ana.wrong, ...ben.wrong], [])
})

test('a button that asks back is sent only after the yes', async context => {
  const rig = await startRig(context)
  await post(rig)
  const { page } = await openPage(context, rig, 'ben')
  await page.getByRole('button', { name: 'Deny' }).click()
  const dialog = page.getByRole('dialog', { name: 'Deny it?' })
  await dialog.getByRole('button', { name: 'Keep' }).click()
  await dialog.waitFor({ state: 'hidden' })
  assert.equal(rig.app.got.length, 0)
  await page.getByRole('button', { name: 'Deny' }).click()
  const delivered = page.waitForResponse(response => response.url().endsWith('/press'))
  await dialog.getByRole('button', { name: 'Deny' }).click()
  await delivered
  assert.equal(at(rig.app.got[0]?.payload, 'actions', 0, 'action_id'), 'ops:approval:deny:v1')
})

test('a command opens a modal; errors keep what was typed; then it closes and an answer only for her appears', async context => {
  const rig = await startRig(context)
  const { page, wrong } = await openPage(context, rig, 'ana')
  rig.app.answer(async ({ form }) => {
    await rig.client.apiCall('views.open', { trigger_id: form.get('trigger_id'), view: modal() })
    return {}
  })
  await page.getByRole('textbox', { name: 'Message or command' }).fill('/ops incident')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Declare an incident' })
  await dialog.getByLabel('Severity').selectOption('high')
  await dialog.getByRole('button', { name: 'Declare' }).click()
  await dialog.getByText('Please complete this required field.').waitFor()
  assert.equal(rig.app.got.length, 1)

  rig.app.answer(() => ({ body: { response_action: 'errors', errors: { title: 'INC-7 is open for this.' } } }))
  await dialog.getByLabel('What is broken').fill('acp down')
  await dialog.getByRole('button', { name: 'Declare' }).click()
  await dialog.getByText('INC-7 is open for this.').waitFor()
  assert.equal(await dialog.getByLabel('What is broken').inputValue(), 'acp down')
  assert.equal(await dialog.getByLabel('Severity').inputValue(), 'high')

  rig.app.answer(async () => {
    await rig.client.chat.postEphemeral({ channel: INCIDENTS, user: 'U0ANA', text: 'Recorded as INC-8.' })
    return {}
  })
  await dialog.getByRole('button', { name: 'Declare' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByText('Recorded as INC-8.').waitFor()
  assert.equal(at(rig.app.got[2]?.payload, 'view', 'state', 'values', 'title', 'title', 'value'), 'acp down')
  const { page: other } = await openPage(context, rig, 'ben')
  assert.equal(await other.getByText('Recorded as INC-8.').count(), 0)
  await page.getByRole('button', { name: 'Dismiss' }).click()
  await page.getByText('Recorded as INC-8.').waitFor({ state: 'detached' })
  assert.deepEqual(wrong, [])
})

test('a page rings wherever the person is, until it is acknowledged', async context => {
  const rig = await startRig(context)
  const { page } = await openPage(context, rig, 'ana')
  const blocks = [{ type: 'actions', elements: [button('ops:incident:acknowledge:v1', 'Acknowledge')] }]
  const { ts = '', channel = '' } = await post(rig, 'U0ANA', blocks)
  await page.getByRole('img', { name: 'ringing' }).waitFor()
  assert.match(await page.title(), /^🔔/)
  await page.getByRole('link', { name: /ops messages/ }).click()
  rig.app.answer(async () => {
    await rig.client.chat.update({ channel, ts, text: 'Acknowledged' })
    return {}
  })
  assert.match(String(await page.evaluate("getComputedStyle(document.querySelector('.bell')).animationName")), /shake/)
  await page.getByRole('button', { name: 'Acknowledge' }).click()
  await page.getByRole('img', { name: 'ringing' }).waitFor({ state: 'detached' })
  assert.doesNotMatch(await page.title(), /🔔/)
})

test('an app that does not answer is told to the person, and the page works on', async context => {
  const rig = await startRig(context, { patience: 300 })
  await post(rig)
  const { page } = await openPage(context, rig, 'ben')
  rig.app.answer(() => ({ after: 1000 }))
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByText('operation_timeout').waitFor()
  rig.app.answer(() => ({ body: 'heard' }))
  await page.getByRole('textbox', { name: 'Message or command' }).fill('/ops status')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText('heard', { exact: true }).waitFor()
})

test('what is being typed in a thread survives news in the channel; the reply stands under its message', async context => {
  const rig = await startRig(context)
  const { ts = '' } = await rig.client.chat.postMessage({ channel: INCIDENTS, text: 'root' })
  const { page } = await openPage(context, rig, 'ana')
  await page.getByText('Reply in thread').click()
  const reply = page.getByRole('textbox', { name: 'Reply in thread' })
  await reply.fill('half a sentence')
  await rig.client.chat.update({ channel: INCIDENTS, ts, text: 'root, edited' })
  await page.getByText('root, edited').waitFor()
  assert.equal(await reply.inputValue(), 'half a sentence')
  assert.equal(await page.evaluate('document.activeElement.id'), `r-${ts}`)
  await reply.press('Enter')
  await page.locator('.thread').getByText('half a sentence').waitFor()
  assert.equal(rig.standIn.workspace.messages(INCIDENTS).at(-1)?.threadTs, ts)
})

test('the home is opened, drawn and pressed', async context => {
  const rig = await startRig(context)
  const blocks = [{ type: 'actions', elements: [button('ops:home:declare:v1', 'Declare an incident')] }]
  rig.app.answer(async ({ payload }) => {
    const user_id = at(payload, 'event', 'user')
    if (user_id !== undefined) await rig.client.apiCall('views.publish', { user_id, view: { type: 'home', blocks } })
    return {}
  })
  const { page } = await openPage(context, rig, 'ana')
  await page.getByRole('link', { name: 'ops home' }).click()
  const delivered = page.waitForResponse(response => response.url().endsWith('/press'))
  await page.getByRole('button', { name: 'Declare an incident' }).click()
  await delivered
  assert.equal(at(rig.app.got.at(-1)?.payload, 'view', 'type'), 'home')
})

test('whatever is said stays text: no markup, no script, no link to elsewhere by itself', async context => {
  const rig = await startRig(context)
  const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>'`
  const blocks: readonly Made[] = [
    {
      type: 'section',
      text: { type: 'mrkdwn', text: `${evil} <javascript:alert(3)|click> *&lt;b&gt;bold&lt;/b&gt;* \`${evil}\`` },
    },
    { type: 'section', fields: [plain(evil)] },
    { type: 'actions', elements: [button('x', evil.slice(0, 70), { value: evil })], block_id: evil },
  ]
  await post(rig, INCIDENTS, blocks)
  await say(rig.door, 'ben', evil, INCIDENTS)
  const { page, wrong } = await openPage(context, rig, 'ana')
  await page.getByText('<b>bold</b>').waitFor()
  const made = await page.evaluate(`document.querySelectorAll('#items :is(img, script, b, a)').length`)
  assert.deepEqual([made, wrong], [0, []])
})

test('another site cannot act for a person, and a foreign name in Host is refused', async context => {
  const rig = await startRig(context)
  const form = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"text":"/ops close"}' }
  assert.equal((await fetch(`${rig.door.url}/as/ana/say`, form)).status, 415)
  const { request } = await import('node:http')
  const status = await new Promise(resolve =>
    request(`${rig.door.url}/`, { headers: { host: 'evil.example' } }, response => {
      response.resume()
      resolve(response.statusCode)
    }).end(),
  )
  assert.equal(status, 421)
})

/** What is wider than the window, and what has no name for those who do not see it. Runs inside the page. */
const INSPECT = `({
  width: document.documentElement.scrollWidth,
  cut: [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80)),
  nameless: [...document.querySelectorAll('button, a, input, select, textarea')]
    .filter(one => !one.textContent.trim() && !one.ariaLabel && !one.labels?.length && !one.closest('dialog:not([open])'))
    .map(one => one.outerHTML.slice(0, 80)),
})`

for (const width of [320, 1200])
  for (const colorScheme of ['light', 'dark'] as const)
    test(`${width} px, ${colorScheme}: nothing is cut off, everything has a name, the modal fits`, async context => {
      const rig = await startRig(context)
      const long = 'a-very-long-word-without-any-place-to-break-it-'.repeat(3)
      await post(rig)
      await post(rig, INCIDENTS, [
        { type: 'header', text: plain(`CRITICAL ${long}`) },
        { type: 'section', fields: [plain(long), plain('x')], accessory: button('acc', 'Look at it') },
        { type: 'section', text: { type: 'mrkdwn', text: `\`\`\`${long}\`\`\` <https://example.test/${long}>` } },
        { type: 'context', elements: [plain(long)] },
        { type: 'actions', elements: Array.from({ length: 6 }, (_, index) => button(`a${index}`, `Button ${index}`)) },
      ])
      const { page, wrong } = await openPage(context, rig, 'ana', { width, colorScheme })
      await page.getByText('Button 5').waitFor()
      assert.deepEqual(await page.evaluate(INSPECT), { width, cut: [], nameless: [] })
      rig.app.answer(async ({ form }) => {
        await rig.client.apiCall('views.open', { trigger_id: form.get('trigger_id'), view: modal() })
        return {}
      })
      await say(rig.door, 'ana', '/ops incident')
      await page.getByRole('dialog', { name: 'Declare an incident' }).waitFor()
      assert.deepEqual(await page.evaluate(INSPECT), { width, cut: [], nameless: [] })
      assert.deepEqual(wrong, [])
    })
