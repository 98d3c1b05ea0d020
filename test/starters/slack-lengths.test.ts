/** Whatever a form lets its person type is kept to the last letter. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Client } from '@temporalio/client'
import type { Attempt, SignedStatement } from '../../domain/approvals/approval.ts'
import { judge } from '../../domain/approvals/judge.ts'
import { type Block, MORE_FORMS } from '../../domain/chat/chat.ts'
import {
  approveAloneModal,
  declareModal,
  denyModal,
  type ModalView,
  resolveModal,
  rootCauseModal,
  updateModal,
  workaroundModal,
} from '../../domain/chat/modals.ts'
import { moreFormModal } from '../../domain/chat/more-forms.ts'
import type { IncidentDeclaration } from '../../domain/incident/commands.ts'
import { openIncident } from '../../domain/incident/open.ts'
import { MONDAY, RESOLVE, ROOT_CAUSE } from '../domain/incident/sample-incident.ts'
import { paperIncident } from '../support/paper-incident.ts'
import { paperTemporal } from '../support/paper-temporal.ts'
import { formBody, openDoor, paperSlack, send } from '../support/slack-door.ts'
import { gateOfAna } from '../support/slack-story.ts'
import { ana, team } from '../support/team.ts'

const VALUE = { v: 1, w: 'incident:x', n: 7 } as const
const gate = gateOfAna()
const DECISION = { v: 1, w: gate.workflowId, a: gate.approvalId, d: gate.digest.slice(0, 12) } as const

/** Where the first choice is none. */
const CHOSEN: Readonly<Record<string, string>> = { to: 'ben' }

/** Texts of a shape. The others are as long as they may be. */
const SHAPED: Readonly<Record<string, (max: number) => string>> = {
  at: () => '2026-11-24 14:00',
  due: () => '2026-12-01',
  systems: max => Array.from({ length: 50 }, (_, index) => `s${index}`.padEnd(max / 50 - 1, 'x')).join(','),
  parameters: max => `sessions=${'4'.repeat(max - 'sessions='.length)}`,
}

interface Filled {
  readonly values: Readonly<Record<string, string>>
  /** What has to be found again. */
  readonly texts: readonly string[]
}

/** The first choice of each list, and as much as each text takes. */
function filled({ blocks }: Pick<ModalView, 'blocks'>): Filled {
  const inputs = blocks.filter(({ type }) => type === 'input')
  const entries = inputs.map(({ block_id: id, element }) => {
    const { type, max_length: max, options } = element as Block
    const name = String(id)
    if (type !== 'plain_text_input') {
      const [first] = options as readonly { readonly value: string }[]
      return [name, CHOSEN[name] ?? first?.value ?? '']
    }
    return [name, SHAPED[name]?.(Number(max)) ?? `${name} `.padEnd(Number(max), 'x')]
  })
  const values: Readonly<Record<string, string>> = Object.fromEntries(entries)
  const texts = inputs.flatMap(({ block_id: id, element }) => {
    const text = values[String(id)] ?? ''
    return (element as Block).type === 'plain_text_input' ? text.split(/,|sessions=/).filter(part => part !== '') : []
  })
  return { values, texts }
}

async function openFor(context: TestContext, client: Client) {
  const opened = await openDoor({ client, slack: paperSlack().slack })
  context.after(() => opened.close())
  return async (form: ModalView, value: object, values: Filled['values']) => {
    const { body } = await send(opened.url, formBody(form.callback_id ?? '', value, values))
    await opened.idle()
    return body
  }
}

function assertKept(texts: Filled['texts'], where: unknown): void {
  const all = JSON.stringify(where)
  for (const text of texts) assert.ok(all.includes(text), text.slice(0, 40))
}

const last = { status: null, findings: '', actions: '', expectedResolution: '' }
const FORMS: readonly (readonly [string, (known: Parameters<typeof moreFormModal>[2]) => ModalView])[] = [
  ['update', () => updateModal(VALUE, last)],
  ['workaround', () => workaroundModal(VALUE, { hosts: ['alpha'], suggested: null })],
  ['root-cause', () => rootCauseModal(VALUE, null)],
  ['resolve', () => resolveModal(VALUE)],
  ...MORE_FORMS.map(form => [form, known => moreFormModal(form, VALUE, known)] as (typeof FORMS)[number]),
]

describe('the text of a form', { timeout: 30_000 }, () => {
  for (const [name, draw] of FORMS) {
    test(name, async context => {
      const { story, temporal } = paperIncident()
      const submit = await openFor(context, paperTemporal(temporal).client)
      story.does(ana, { kind: 'acknowledge' })
      story.does(ana, { kind: 'follow-up', about: 'prevention', owner: ana, due: '2026-12-01', title: 'watch disks' })
      if (name === 'resolve') story.does(ana, ROOT_CAUSE)
      if (name === 'reopen') story.does(ana, ROOT_CAUSE, RESOLVE)
      const { incident } = story
      const others = [{ number: 8, title: 'db slow' }]
      const form = draw({ incident, team, hosts: ['alpha'], others, reviewBy: null })
      const { values, texts } = filled(form)
      assert.equal(await submit(form, VALUE, values), '')
      assert.notEqual(story.incident, incident)
      assertKept(texts, [story.incident, story.effects])
    })
  }
  test('declare', async context => {
    const { client, told } = paperTemporal()
    const submit = await openFor(context, client)
    const form = declareModal({ title: '', severity: 'high' })
    const { values, texts } = filled(form)
    await submit(form, { v: 1, w: '' }, values)
    const [start] = told.map(({ payload }) => payload as { readonly declaration: IncidentDeclaration })
    assert.ok(start !== undefined)
    const numbered = { number: 7, workflowId: 'incident:x', key: 'k', now: MONDAY, team }
    assertKept(texts, openIncident(start.declaration, numbered).incident)
  })
  for (const draw of [denyModal, approveAloneModal]) {
    test(draw.name, async context => {
      const proof = { kind: 'genuine', person: ana, groups: ['approvers'] } as const
      const attempts = (): readonly Attempt[] =>
        told.map(
          ({ payload }) => judge(gate, payload as SignedStatement, proof, { now: MONDAY, openReviews: [] }).attempt,
        )
      const { client, told } = paperTemporal({ query: async () => [{ ...gate, attempts: attempts() }] })
      const submit = await openFor(context, client)
      const form = draw(DECISION, 'restart alpha')
      const { values, texts } = filled(form)
      await submit(form, DECISION, values)
      assert.equal(attempts().length, 1)
      assertKept(texts, attempts())
    })
  }
})
