/** Gates on the real server, with real signatures: what counts, what is refused and answered, and what time does. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKey, signStatement } from '../../activities/adapters/signing.ts'
import type { GateRequest } from '../../domain/approvals/approval.ts'
import type { PersonId } from '../../domain/team/team.ts'
import { type AskedOptions, type AskedRun, plan, question, rowsOf, tellAsked } from '../support/asked-run.ts'
import {
  criticalHeldBy,
  type Decider,
  decisionsIn,
  emergencyUsesIn,
  gateHands,
  newWorld,
  personKey,
  reviewBy,
} from '../support/gate-rig.ts'
import { type Hands, openRig, type Rig } from '../support/workflow-rig.ts'

describe('a gate', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig('127.81.0.21')
  })
  after(() => rig?.close())

  const tell = <T>(asked: readonly GateRequest[], story: (told: AskedRun) => Promise<T>, options: AskedOptions = {}) =>
    tellAsked(rig, asked, story, options)

  test('is approved by one, is found by its search attribute while open, and every step is a row', async () => {
    await tell([question()], async ({ world, handle, decider, result }) => {
      const gate = await decider.open()
      assert.match(gate.approvalId, /^APR-[0-9A-F]{10}$/)
      assert.match(gate.digest, /^[0-9a-f]{64}$/)
      const found = async () => {
        const ids: string[] = []
        const query = `OpsGate = '${gate.approvalId}'`
        for await (const run of rig.client.workflow.list({ query })) ids.push(run.workflowId)
        return ids
      }
      for (let tries = 0; (await found()).length === 0 && tries < 50; tries += 1) await sleep(100)
      assert.deepEqual(await found(), [handle.workflowId])
      assert.equal((await decider.say('ben', 'approve')).counted, true)
      const [outcome] = await result()
      assert.equal(outcome?.kind, 'approved')
      assert.equal(outcome?.words, 'Approved by ben: it is needed')
      assert.deepEqual(rowsOf(world), ['opened ask false', 'attempt-1 approve true', 'closed approved true'])
      const { typedSearchAttributes } = await handle.describe()
      assert.equal(typedSearchAttributes.getAll().find(({ key }) => key.name === 'OpsGate')?.value ?? null, null)
      assert.ok(world.cards.includes(gate.approvalId))
    })
  })

  test('takes each door, each person once, and two people for a quorum of two', async () => {
    await tell([question({ quorum: 2 })], async ({ world, decider, result }) => {
      await decider.open()
      assert.equal((await decider.say('ben', 'approve')).counted, true)
      assert.match((await decider.say('ben', 'approve', { door: 'cli' })).refusal, /counts already \(1 of 2\)/)
      assert.equal((await decider.say('ben', 'withdraw')).counted, true)
      assert.equal((await decider.say('cy', 'approve', { door: 'cli' })).counted, true)
      assert.equal((await decider.open()).state, 'open')
      assert.equal((await decider.say('ben', 'approve')).counted, true)
      assert.equal((await result())[0]?.kind, 'approved')
      assert.equal(decisionsIn(world).filter(({ kind }) => kind === 'attempt').length, 5)
    })
  })

  test('takes two approvers in the same second: one decides, the other one is told', async () => {
    await tell([question(), question()], async ({ decider }) => {
      const gate = await decider.open()
      const both = ['ben', 'cy'].map(person => decider.signed(gate, person, 'approve'))
      await Promise.all(both.map(decider.send))
      const answers = await Promise.all(both.map(decider.answer))
      assert.deepEqual(answers.map(({ counted }) => counted).toSorted(), [false, true])
      assert.match(answers.find(({ counted }) => !counted)?.refusal ?? '', /Too late: (ben|cy) approved this/)
    })
  })

  test('refuses what is sent straight through the client, and a deluge of it decides nothing', async () => {
    await tell([question()], async ({ world, decider, result }) => {
      const gate = await decider.open()
      const signed = decider.signed(gate, 'ben', 'approve')
      await decider.send({ ...signed, signature: 'A'.repeat(86) })
      assert.match((await decider.answer(signed)).refusal, /does not belong to this statement/)
      const stranger = signStatement({ ...signed.statement, at: new Date().toISOString() }, createKey())
      await decider.send(stranger)
      assert.match((await decider.answer(stranger)).refusal, /not known/)
      for (const junk of [null, 7, 'approve', {}, { statement: { person: ['ben'] } }]) await decider.send(junk)
      const other = decider.signed({ ...gate, approvalId: 'APR-OTHERRUN' }, 'ben', 'approve')
      await decider.send(other)
      assert.equal((await decider.say('cy', 'deny', { reason: 'enough' })).counted, true)
      assert.equal((await result())[0]?.words, 'Denied by cy: enough')
      const strays = decisionsIn(world).filter(({ entry }) => entry.startsWith('stray-'))
      assert.deepEqual(
        strays.map(({ approvalId, counted }) => `${approvalId} ${counted}`),
        [...Array(5).fill('unreadable false'), 'APR-OTHERRUN false'],
      )
    })
  })

  test('keeps the reason of the door for whom the door did not hear, and believes no such reason without proof', async () => {
    await tell([question()], async ({ world, decider }) => {
      const gate = await decider.open()
      const guest = decider.signed(gate, 'slack:U0GUEST', 'approve', { unheard: 'guest', reason: '' })
      await decider.send(guest)
      assert.match((await decider.answer(guest)).refusal, /^The door did not hear this: the account is a guest of/)
      const ben = decider.signed(gate, 'ben', 'approve', { unheard: 'deleted' })
      const { unheard: _, ...without } = ben.statement
      await decider.send({ ...ben, statement: without })
      assert.match((await decider.answer(ben)).refusal, /does not belong to this statement/)
      const forged = decider.signed(gate, 'cy', 'approve')
      await decider.send({ ...forged, statement: { ...forged.statement, unheard: 'bot' } })
      assert.match((await decider.answer(forged)).refusal, /does not belong to this statement/)
      assert.equal((await decider.open()).state, 'open')
      const row = decisionsIn(world).find(({ person }) => person === 'slack:U0GUEST')
      assert.deepEqual([row?.counted, row?.verdict], [false, 'approve'])
      assert.match(row?.text ?? '', /guest of the workspace/)
    })
  })

  test('refuses by people as of the decision: who was removed, whose key is retired, who cannot be read', async () => {
    await tell([question()], async ({ world, decider }) => {
      await decider.open()
      const { team } = world
      world.team = { ...team, groups: { ...team.groups, approvers: ['ana' as PersonId] } }
      assert.match((await decider.say('ben', 'approve')).refusal, /not in it at this moment/)
      const { kid } = personKey('cy')
      const retired = team.keys.map(key => (key.kid === kid ? { ...key, retiredAt: '2026-01-01T00:00:00Z' } : key))
      world.team = { ...team, keys: retired }
      assert.match((await decider.say('cy', 'approve', { door: 'cli' })).refusal, /was retired/)
      world.team = team
      assert.equal((await decider.say('cy', 'approve', { door: 'cli' })).counted, true)
    })
  })

  test('refuses the requester through every account and door, and a wrong clock', async () => {
    await tell([question()], async ({ decider }) => {
      await decider.open()
      for (const door of ['slack', 'cli'] as const) {
        assert.match((await decider.say('ana', 'approve', { door })).refusal, /You asked for this yourself/)
      }
      for (const minutes of [-10, 10]) {
        const at = new Date(Date.now() + minutes * 60_000).toISOString()
        assert.match((await decider.say('ben', 'approve', { at })).refusal, /clock of the door is wrong/)
      }
      assert.equal((await decider.gates())[0]?.state, 'open')
    })
  })

  test('hears a repeated statement once, also after its approval was withdrawn', async () => {
    await tell([question({ quorum: 2 })], async ({ world, decider }) => {
      const gate = await decider.open()
      const signed = decider.signed(gate, 'ben', 'approve')
      await Promise.all([decider.send(signed), decider.send(signed)])
      await decider.answer(signed)
      await decider.say('ben', 'withdraw')
      await decider.send(signed)
      assert.equal((await decider.say('cy', 'approve')).counted, true)
      assert.equal((await decider.open()).state, 'open')
      assert.deepEqual(rowsOf(world).slice(1), [
        'attempt-1 approve true',
        'attempt-2 withdraw true',
        'attempt-3 approve true',
      ])
    })
  })

  test('broken glass is told to all who were passed over, and blocks the next one until it is reviewed', async () => {
    const world = newWorld()
    const open = async () =>
      await tell(
        [question({ quorum: 2 })],
        async ({ decider, result }) => {
          await decider.open()
          const attempt = await decider.say('dee', 'breakglass', { reason: 'nobody is awake' })
          return { attempt, outcome: attempt.counted ? (await result())[0] : undefined }
        },
        { world },
      )
    const { outcome } = await open()
    assert.equal(outcome?.gate.special, 'breakglass')
    assert.deepEqual(
      world.mails.map(({ to }) => to),
      [['ben@sandbox.test', 'cy@sandbox.test']],
    )
    assert.match(world.posts[0]?.message.text ?? '', /^<@U0BEN> <@U0CY> .*decided without you.*nobody is awake/)
    const { attempt } = await open()
    assert.match(attempt.refusal, new RegExp(`${outcome?.gate.approvalId} \\(INC-7\\) waits for its review`))
    const [use] = emergencyUsesIn(decisionsIn(world), { person: 'dee' })
    assert.ok(use)
    const forged = { ...use.used, entry: 'review-ben', kind: 'review' as const, person: 'ben' }
    world.rows.set('forged', { table: 'decisions', row: forged })
    world.rows.set('own', reviewBy('dee', use))
    assert.match((await open()).attempt.refusal, /waits for its review/)
    world.rows.set('review', reviewBy('ben', use))
    assert.equal((await open()).attempt.counted, true)
  })

  test('without the ledger nothing counts, people are told so, and the rows come later', async () => {
    await tell([question()], async ({ world, handle, decider, result }) => {
      const gate = await decider.open()
      world.isLedgerAway = true
      const signed = decider.signed(gate, 'ben', 'approve')
      await decider.send(signed)
      await rig.skipTime(handle.workflowId)
      const refused = await decider.answer(signed)
      assert.equal(refused.counted, false)
      assert.match(refused.refusal, /ledger did not answer.*Decide again/)
      world.isLedgerAway = false
      const [outcome] = await result()
      assert.equal(outcome?.kind, 'expired')
      assert.ok(rowsOf(world).includes('attempt-1-unwritten approve false'))
    })
  })

  test('an answer of the ledger that is lost leaves no ending and no review behind', async () => {
    await tell([question()], async ({ world, handle, decider, result }) => {
      const gate = await decider.open()
      world.isLedgerMute = true
      const signed = decider.signed(gate, 'dee', 'breakglass', { reason: 'now' })
      await decider.send(signed)
      await rig.skipTime(handle.workflowId)
      assert.match((await decider.answer(signed)).refusal, /ledger did not answer/)
      world.isLedgerMute = false
      assert.equal((await result())[0]?.kind, 'expired')
      assert.deepEqual(rowsOf(world), [
        'opened ask false',
        'attempt-1 breakglass true',
        'attempt-1-unwritten breakglass false',
        'closed expired true',
      ])
      assert.deepEqual(await gateHands(world).control.openReviews?.('dee' as PersonId), [])
      assert.deepEqual(await gateHands(world).control.openReviewsIn?.('INC-7'), [])
    })
  })

  test('what the ledger is owed when it ends is written by a run of its own, every try of it', async () => {
    await tell([question()], async ({ world, handle, decider, result }) => {
      const gate = await decider.open()
      world.isLedgerAway = true
      const tries = [decider.signed(gate, 'ana', 'approve'), decider.signed(gate, 'ben', 'approve')]
      for (const signed of tries) await decider.send(signed)
      assert.equal((await result())[0]?.kind, 'expired')
      assert.deepEqual(rowsOf(world), ['opened ask false'])
      const { runId } = await handle.describe()
      world.isLedgerAway = false
      await rig.client.workflow.getHandle(`late-rows:${runId}`).result()
      assert.deepEqual(rowsOf(world), [
        'opened ask false',
        'attempt-1 approve false',
        'attempt-2-unwritten approve false',
        'closed expired true',
      ])
    })
  })

  test('a decision that came in time counts, however long its proof takes', async () => {
    const expiresAt = new Date(Date.now() + 12_000).toISOString()
    const world = newWorld()
    const { verifyStatement } = gateHands(world).control
    assert.ok(verifyStatement !== undefined)
    const control: Hands['control'] = {
      async verifyStatement(signed) {
        await sleep(Math.max(0, Date.parse(expiresAt) + 500 - Date.now()))
        return await verifyStatement(signed)
      },
    }
    const short = question({}, { plan: { ...plan, expiresAt } })
    await tell(
      [short],
      async ({ handle, decider }) => {
        const gate = await decider.open()
        const [soon, late] = [decider.signed(gate, 'ben', 'approve'), decider.signed(gate, 'cy', 'deny')]
        await decider.send(soon)
        await sleep(Math.max(0, Date.parse(expiresAt) + 200 - Date.now()))
        await decider.send(late)
        const [outcome] = await handle.result()
        assert.deepEqual([outcome?.kind, outcome?.words], ['approved', 'Approved by ben: it is needed'])
        assert.match((await decider.answer(late)).refusal, /Too late: ben approved/)
      },
      { world, control },
    )
  })

  test('alone decides who holds the Critical incident at that moment, and nobody when that is not known', async () => {
    const world = newWorld()
    const held = criticalHeldBy('ana')
    const say = (decider: Decider, person: string) => decider.say(person, 'approve-alone', { reason: 'nobody is up' })
    const mine = question({ alone: 'ana' as PersonId, holderOf: 'incident:x' })
    await tell(
      [mine, mine],
      async ({ handle, decider, result }) => {
        await decider.open()
        world.incident = criticalHeldBy('cy')
        assert.match((await say(decider, 'ana')).refusal, /that is cy\. Ask cy/, 'handed over')
        world.incident = { ...held, acknowledged: null }
        assert.match((await say(decider, 'ana')).refusal, /here nobody may/, 'gone stale')
        world.incident = { ...held, severity: 'high' }
        assert.match((await say(decider, 'ana')).refusal, /here nobody may/, 'less than Critical')
        world.incident = held
        assert.equal((await say(decider, 'ana')).counted, true)
        const second = await decider.open()
        world.incident = undefined
        const signed = decider.signed(second, 'ana', 'approve-alone')
        await decider.send(signed)
        await rig.skipTime(handle.workflowId)
        assert.match((await decider.answer(signed)).refusal, /Who holds .* cannot be read now\. Try again/)
        assert.deepEqual(
          (await result()).map(({ kind }) => kind),
          ['approved', 'expired'],
        )
      },
      { world },
    )
  })

  test('reminds, asks others and ends as not approved when nobody decides', async () => {
    await tell([question()], async ({ world, handle, result }) => {
      await rig.skipTime(handle.workflowId)
      const [outcome] = await result()
      assert.equal(outcome?.kind, 'expired')
      const { openedAt, remindedAt, escalatedAt, decidedAt } = outcome.gate
      const minutes = [remindedAt, escalatedAt, decidedAt].map(at =>
        Math.floor((Date.parse(at ?? '') - Date.parse(openedAt)) / 60_000),
      )
      assert.deepEqual(minutes, [10, 15, 60])
      assert.deepEqual(rowsOf(world), ['opened ask false', 'closed expired true'])
      assert.match(world.posts[0]?.message.text ?? '', /^<@U0BEN> <@U0CY> .*still waits/)
      assert.match(world.posts[1]?.message.text ?? '', /^<@U0BEN> <@U0CY> <@U0DEE> .*leads is asked as well/)
      assert.deepEqual(
        world.mails.map(({ to }) => to.length),
        [3],
      )
    })
  })

  test('is decided while the chat is away, and its last card comes when that is back', async () => {
    await tell([question()], async ({ world, handle, decider }) => {
      world.isChatAway = true
      const gate = await decider.open()
      assert.equal((await decider.say('ben', 'approve')).counted, true)
      await handle.result()
      const late = rig.client.workflow.getHandle(`late-card:${gate.approvalId}`)
      assert.equal((await late.describe()).status.name, 'RUNNING')
      assert.deepEqual(world.cards, [])
      world.isChatAway = false
      await late.result()
      assert.deepEqual(world.cards, [gate.approvalId])
      assert.equal((await handle.describe()).status.name, 'COMPLETED')
    })
  })

  test('cancelled with its run, it is taken back', async () => {
    await tell([question()], async ({ world, handle, decider, result }) => {
      await decider.open()
      await handle.cancel()
      await assert.rejects(result())
      assert.deepEqual(rowsOf(world), ['opened ask false', 'closed cancelled true'])
      assert.equal((await decider.gates())[0]?.state, 'cancelled')
    })
  })

  test('several, one after the other: a late decision on the first is answered', async () => {
    await tell([question(), question({ group: 'leads' })], async ({ decider, result }) => {
      const first = await decider.open()
      assert.equal((await decider.say('ben', 'approve')).counted, true)
      const second = await decider.open()
      assert.notEqual(second.approvalId, first.approvalId)
      const late = decider.signed(first, 'cy', 'approve')
      await decider.send(late)
      assert.match((await decider.answer(late)).refusal, /Too late: ben approved this/)
      assert.equal((await decider.say('dee', 'approve')).counted, true)
      assert.deepEqual(
        (await result()).map(({ kind }) => kind),
        ['approved', 'approved'],
      )
    })
  })
})
