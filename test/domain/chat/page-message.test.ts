/** Which incident the button of a page is about. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageMessage } from '../../../domain/chat/page-message.ts'

const page = { workflowId: 'incident:x', title: 'acp down', text: 'Critical since 13:50.' }

function valueIn(incident: string): unknown {
  const { blocks } = pageMessage({ ...page, incident })
  const { elements } = blocks.find(({ type }) => type === 'actions') ?? { elements: [] }
  const [stop] = elements as readonly { readonly value: string }[]
  return JSON.parse(stop?.value ?? '')
}

test('the number of its incident is on the button, as on a card', () => {
  assert.deepEqual(valueIn('INC-42'), { v: 1, w: 'incident:x', n: 42 })
})

test('none while the ledger has given none', () => {
  assert.deepEqual(valueIn('INC-0'), { v: 1, w: 'incident:x' })
})
