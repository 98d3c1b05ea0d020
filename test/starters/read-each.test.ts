/** The same question to many runs: who does not answer is named, and takes nothing away from the others. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readCauses } from '../../starters/alerts.ts'
import { readGates } from '../../starters/gate-door.ts'
import { readEach, unreadLines } from '../../starters/read-each.ts'
import { openIncidents } from '../../starters/slack/incidents.ts'
import { away, paperTemporal } from '../support/paper-temporal.ts'
import { gateOfAna } from '../support/slack-story.ts'

const broken = new Error('the workflow does not know this query')
const ids = Array.from({ length: 60 }, (_each, index) => `run-${index}`)

/** Of 60 runs those whose number ends with 7 do not answer. */
const some = (answer: (id: string) => unknown) =>
  paperTemporal({
    runs: () => ids.map(workflowId => ({ workflowId })),
    query: async id => {
      if (id.endsWith('7')) throw broken
      return answer(id)
    },
  }).client
const unread = ['run-7', 'run-17', 'run-27', 'run-37', 'run-47', 'run-57']

describe('one that does not answer', () => {
  test('is named, whichever it is', async () => {
    const asked: string[] = []
    const read = await readEach(some(String), ids, async id => {
      asked.push(id)
      if (id.endsWith('7')) throw broken
      return id
    })
    assert.deepEqual(asked, ids)
    assert.deepEqual(read, { answers: ids.filter(id => !id.endsWith('7')), unread })
  })
  test('leaves the alerts of the others', async () => {
    const client = some(cause => ({ cause, heardAt: cause }))
    const read = await readCauses(client, ['ticket'])
    assert.deepEqual([read.answers.length, read.answers[0]?.cause, read.unread], [54, 'run-9', unread])
  })
  test('leaves the questions of the others', async () => {
    const client = some(() => [gateOfAna()])
    const read = await readGates(client)
    assert.deepEqual([read.answers.length, read.unread], [54, unread])
  })
  test('leaves the other incidents', async () => {
    const client = some(title => ({ title, status: title === 'run-3' ? 'closed' : 'declared' }))
    const read = await openIncidents({ client })
    assert.deepEqual([read.answers.length, read.unread], [44, unread.slice(0, 5)])
  })
})

test('when none of them answers, it is said why', async () => {
  const none = async () => Promise.reject(away())
  await assert.rejects(readEach(some(String), ids, none), /UNAVAILABLE/)
  assert.deepEqual(await readEach(some(String), [], none), { answers: [], unread: [] })
})

test('what could not be read is said with the way to look at it', () => {
  assert.deepEqual(unreadLines(['change:alpha']), [
    '⚠ change:alpha did not answer: see what it waits for with ops show change:alpha',
  ])
})
