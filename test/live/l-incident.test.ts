/** An incident from the first word to the draft of the post-mortem, as people live it: in the chat, and at the command line while the chat is gone. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { screen, submit } from '../../sandbox/slack/client.ts'
import { estateEnvironment, eventually, ops, sandbox, untilAvailable } from '../support/live.ts'
import {
  assertLedgerIsWhole,
  assertNothingTwice,
  cardOf,
  decisionsOn,
  directOf,
  endIncidents,
  INCIDENTS,
  incidentNow,
  ledgerOf,
  mails,
  numbered,
  opsAs,
  pagesOf,
  presses,
  reads,
  says,
  standIn,
  startsOf,
  told,
  untilAsked,
  untilCard,
  untilChange,
  untilIncident,
  untilQuestion,
  untilRead,
} from '../support/live-response.ts'
import { withTemporal } from '../support/live-runs.ts'

/** Somebody may have declared the same before: that would be the same incident. */
const TAG = randomUUID().slice(0, 6)
const TITLE = `acp down ${TAG}`

const ROOT_CAUSE = {
  trigger: 'a deploy at noon',
  propagation: 'the pool ran empty',
  contributingFactors: 'no limit was set',
  findings: 'the limit was lost in the deploy',
}

before(async () => {
  await untilAvailable('alpha')
  await endIncidents()
})

after(async () => {
  await ops(['thaw', '--reason', 'the test is over', '--as', 'ana'])
  await endIncidents()
  await untilAvailable('alpha')
})

describe('in the chat', () => {
  let name = ''
  const card = async () => ({ channel: INCIDENTS, ts: (await cardOf(name))?.ts ?? '' })

  test('one line opens it: the card is there with evidence, and who is on call is rung', async () => {
    const declaredAt = Date.now()
    const { says: failure } = await says('ben', `/ops incident critical "${TITLE}" hosts=alpha`)
    assert.equal(failure, '')
    await untilRead('ben', new RegExp(`Recorded: \\*${TITLE}`))
    name = await numbered(TITLE)
    const { evidence, evidenceAt } = await untilIncident(name, 'evidence', one => one.evidenceAt !== null)
    assert.ok(Date.parse(evidenceAt ?? '') - declaredAt < 60_000, `evidence at ${evidenceAt}`)
    const collectors = evidence.filter(({ host }) => host === 'alpha').map(({ collector }) => collector)
    const manual = ['service', 'log', 'processes', 'connections', 'disk', 'database', 'changes']
    assert.deepEqual(collectors.toSorted(), manual.toSorted())
    assert.deepEqual(
      evidence.filter(({ state }) => state !== 'collected'),
      [],
    )

    await untilCard(name, /opencode-acp is active/)
    for (const person of ['ana', 'cy', 'dee', 'ben']) {
      const [page, ...more] = await eventually(`the page of ${person}`, async () => {
        const pages = await pagesOf(person, name)
        return pages.length > 0 ? pages : undefined
      })
      assert.equal(page?.isRinging, true, `${person} is not rung`)
      assert.deepEqual(more, [])
    }
    const sent = await eventually('its mail', async () => {
      const found = await mails(new RegExp(`^\\[INCIDENT\\] OpenCode ACP - Critical - ${TITLE}$`))
      return found.length > 0 ? found : undefined
    })
    assert.equal(sent.length, 1)
  })

  test('nobody changes anything before somebody has it', async () => {
    const { code, stdout } = await opsAs('ana', 'incident', 'workaround', name, 'restart', 'alpha')
    assert.equal(code, 77)
    assert.match(stdout, /nobody has acknowledged it/)
  })

  test('Acknowledge in the page ends all pages', async () => {
    const page = (await pagesOf('ana', name)).at(-1)
    const { word } = await presses('ana', 'Acknowledge', { ts: page?.ts ?? '', channel: await directOf('ana') })
    assert.equal(word, 'ok')
    const { acknowledged } = await untilIncident(name, 'acknowledged', one => one.acknowledged !== null)
    assert.equal(acknowledged?.by, 'ana')
    await eventually('silence', async () => {
      const screens = await Promise.all(['ana', 'cy', 'dee', 'ben'].map(person => reads(person, 'app')))
      return screens.flat().some(({ isRinging, text }) => isRinging && text.includes(name)) ? undefined : true
    })
    await untilCard(name, /Ana Alvarez has it/)
  })

  test('a workaround asks for another person, and works once', async () => {
    const started = await startsOf('alpha')
    await presses('ana', 'Workaround', await card())
    await untilForm('ana', 'name')
    assert.equal((await submit(standIn(), 'ana', { name: 'restart', host: 'alpha' })).word, 'ok')
    const gate = await untilAsked(name)
    const question = await untilQuestion('cy', gate.approvalId)
    const there = { channel: INCIDENTS, ts: question.ts }
    await untilCard(name, /awaiting approval: APR-/)
    await withTemporal(async client => {
      const { searchAttributes } = await client.workflow.getHandle('change:alpha').describe()
      assert.deepEqual(searchAttributes.OpsGate, [gate.approvalId])
    })

    for (const account of ['ana', 'ana2']) {
      await presses(account, 'Approve', there)
      await untilRead(account, /Not counted: You asked for this yourself/)
    }
    assert.equal((await startsOf('alpha')).count, started.count)

    // A double click is two presses.
    await Promise.all([presses('cy', 'Approve', there), presses('cy', 'Approve', there)])
    const { changes } = await untilChange(name, 1, 'done')
    assert.match(changes[0]?.outcome ?? '', /it answers a handshake/)
    const restarted = await startsOf('alpha')
    assert.equal(restarted.count, started.count + 1)
    assert.notEqual(restarted.activeSince, started.activeSince)

    const decisions = await decisionsOn(gate.approvalId)
    assert.deepEqual(
      decisions.filter(({ kind, counted }) => kind === 'attempt' && counted).map(({ person }) => person),
      ['cy'],
    )
    const refused = decisions.filter(({ kind, counted, person }) => kind === 'attempt' && !counted && person === 'ana')
    assert.equal(refused.length, 2)
    const decided = (await untilRead('cy', /Approved: restart/)).blocks
    assert.deepEqual(
      decided.filter(({ type }) => type === 'actions'),
      [],
    )
    await untilCard(name, /it answers a handshake/)
  })

  test('it is resolved with its root cause only, and the draft of the post-mortem is there', async () => {
    await presses('ana', 'Resolve', await card())
    await untilForm('ana', 'resolution')
    const early = await submit(standIn(), 'ana', { resolution: 'restarted' })
    assert.equal(early.word, 'errors')
    assert.match(early.says, /root cause/)
    await presses('ana', 'Root cause', await card())
    await untilForm('ana', 'trigger')
    assert.equal((await submit(standIn(), 'ana', ROOT_CAUSE)).word, 'ok')
    await untilIncident(name, 'root cause', one => one.rootCause !== null)
    await presses('ana', 'Resolve', await card())
    await untilForm('ana', 'resolution')
    assert.equal((await submit(standIn(), 'ana', { resolution: 'restarted the service' })).word, 'ok')

    const { postmortem } = await untilIncident(name, 'resolved, with a draft', one => one.postmortem !== null)
    assert.match(readArtefact(postmortem?.sha256 ?? ''), /a deploy at noon[\s\S]*## Timeline/)
    await untilCard(name, /RESOLVED/)
    const [mail] = await eventually('the mail', async () => {
      const found = await mails(new RegExp(`^\\[RESOLVED\\] OpenCode ACP Incident - ${TITLE}$`))
      return found.length === 0 ? undefined : found
    })
    assert.match(mail?.text ?? '', /a deploy at noon/)
    assert.doesNotMatch(mail?.text ?? '', /\{[^}]*\}/)
  })

  test('the UI, the ledger and the command line tell the same story', async () => {
    const incident = await incidentNow(name)
    const story = ['declared', 'paged', 'evidence', 'acknowledged', 'change-requested', 'change-moved', 'root-cause']
    const entries = await eventually('the whole story in the ledger', async () => {
      const rows = await ledgerOf(name)
      return rows.some(({ kind }) => kind === 'postmortem') ? rows : undefined
    })
    const kinds = entries.map(({ kind }) => kind)
    for (const kind of [...story, 'resolved', 'postmortem']) assert.ok(kinds.includes(kind), kind)
    // One row for each entry without gaps, and the number.
    assert.deepEqual(
      entries.map(({ entry }) => Number(entry)),
      Array.from({ length: incident.entries + 1 }, (_one, index) => index),
    )
    assert.ok(entries.some(({ text }) => /Approved by cy/.test(text)))
    assert.match((await ops(['ledger', 'list'])).stdout, new RegExp(`change-requested +${name}`))

    await withTemporal(async client => {
      const { searchAttributes: found } = await client.workflow.getHandle(incident.workflowId).describe()
      const { OpsIncident, OpsSeverity, OpsCategory, OpsPhase, OpsTarget } = found
      assert.deepEqual(
        [OpsIncident, OpsSeverity, OpsCategory, OpsPhase, OpsTarget],
        [[name], ['critical'], ['availability'], ['resolved'], ['alpha']],
      )
      const { searchAttributes } = await client.workflow.getHandle('change:alpha').describe()
      assert.deepEqual([searchAttributes.OpsIncident, searchAttributes.OpsGate], [[name], undefined])
    })
    await assertLedgerIsWhole()
    await assertNothingTwice()
  })

  test('it is closed when review and notes are in', async () => {
    const early = await opsAs('ana', 'incident', 'close', name)
    assert.equal(early.code, 77)
    assert.match(early.stdout, /a date for the post-mortem/)
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
    await told('ana', 'incident', 'review', name, `at=${day} 10:00`)
    await told('ana', 'incident', 'review', name, 'notes=limits are part of the deploy now')
    await presses('ana', 'Close', await card())
    const { ending } = await untilIncident(name, 'closed', one => one.status === 'closed')
    assert.equal(ending, 'completed')
    await untilCard(name, /CLOSED/)
  })
})

describe('at the command line', () => {
  test('the same story with the chat gone in the middle; the cards catch up', async () => {
    const title = `chat gone ${TAG}`
    await told('ben', 'incident', 'declare', 'critical', title, 'hosts=alpha')
    const name = await numbered(title)
    await untilCard(name, /Nobody has it/)
    const started = await startsOf('alpha')
    await sandbox('kill', 'slack')
    try {
      assert.match(await told('ana', 'incident', 'ack', name), /you have/)
      await told('ana', 'incident', 'workaround', name, 'restart', 'alpha')
      const { approvalId } = await untilAsked(name)
      const own = await opsAs('ana', 'approve', approvalId, '--reason', 'mine')
      assert.equal(own.code, 77)
      assert.match(own.stdout, /You asked for this yourself/)
      assert.match(await told('cy', 'approve', approvalId, '--reason', 'go on'), /is approved/)
      const late = await opsAs('ben', 'approve', approvalId, '--reason', 'me too')
      assert.notEqual(late.code, 0)
      assert.match(late.stdout + late.stderr, /Too late|nothing waits under/)
      await untilChange(name, 1, 'done')
      assert.equal((await startsOf('alpha')).count, started.count + 1)
      await told('ana', 'incident', 'rootcause', name, 'trigger=a', 'propagation=b', 'factors=c', 'findings=d')
      await told('ana', 'incident', 'resolve', name, 'restarted')
      assert.match((await ops(['incident', 'show', name])).stdout, /status +resolved/)
      assert.match((await ops(['incident', 'export', name])).stdout, /# Post-mortem/)
    } finally {
      await sandbox('start', 'slack')
    }
    await untilCard(name, /RESOLVED/)
    const question = await untilRead('cy', /Approved: restart/)
    assert.deepEqual(
      question.blocks.filter(({ type }) => type === 'actions'),
      [],
    )
    await eventually('the pages of it silent', async () =>
      (await pagesOf('ana', name)).some(({ isRinging }) => isRinging) ? undefined : true,
    )
    await assertNothingTwice()
    await assertLedgerIsWhole()
  })
})

describe('the freeze switch', () => {
  test('stops a workaround that was approved, before it starts', async () => {
    const title = `a fair ${TAG}`
    await told('ben', 'incident', 'declare', 'medium', title, 'hosts=alpha')
    const name = await numbered(title)
    await told('ana', 'incident', 'ack', name)
    const started = await startsOf('alpha')
    await told('ana', 'incident', 'workaround', name, 'restart', 'alpha')
    const { approvalId } = await untilAsked(name)
    await told('dee', 'freeze', '--reason', 'a fair is on')
    assert.match((await ops(['incident', 'list'])).stdout, /frozen since .* by dee: a fair is on/)
    await told('cy', 'approve', approvalId, '--reason', 'go on')
    const { changes } = await untilChange(name, 1, 'refused')
    assert.match(changes[0]?.outcome ?? '', /frozen by dee/)

    // What is asked for now is for the emergency group alone.
    await told('ana', 'incident', 'workaround', name, 'restart', 'alpha')
    const second = await untilAsked(name)
    await untilRead('cy', new RegExp(`Changes are frozen[\\s\\S]*${second.approvalId}`))
    const { code, stdout } = await opsAs('cy', 'approve', second.approvalId, '--reason', 'go on')
    assert.equal(code, 77)
    assert.match(stdout, /group emergency/)
    await told('ana', 'deny', second.approvalId, '--reason', 'not today')
    await untilChange(name, 2, 'refused')
    assert.equal((await startsOf('alpha')).count, started.count)

    assert.match(await told('dee', 'thaw', '--reason', 'the fair is over'), /may start again/)
    assert.doesNotMatch((await ops(['incident', 'list'])).stdout, /frozen/)
    await told('ana', 'incident', 'workaround', name, 'restart', 'alpha')
    const third = await untilAsked(name)
    await told('ben', 'approve', third.approvalId, '--reason', 'go on')
    await untilChange(name, 3, 'done')
    assert.equal((await startsOf('alpha')).count, started.count + 1)
  })
})

/** The form opens at once and is filled a moment later. */
async function untilForm(person: string, field: string): Promise<void> {
  await eventually(`the form of ${person} with ${field}`, async () => {
    const { modal } = await screen(standIn(), person)
    return modal?.blocks.some(({ block_id }) => block_id === field) ? true : undefined
  })
}

function readArtefact(sha256: string): string {
  return readFileSync(join(estateEnvironment().OPS_ARTEFACTS ?? '', sha256.slice(0, 2), sha256), 'utf8')
}
