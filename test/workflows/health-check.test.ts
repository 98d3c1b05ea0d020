import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Context } from '@temporalio/activity'
import { isGrpcServiceError, WorkflowFailedError } from '@temporalio/client'
import { CancelledFailure } from '@temporalio/common'
import { OpsError } from '../../domain/failures.ts'
import type { HostName } from '../../domain/ids.ts'
import { observed } from '../../domain/observed.ts'
import type { Progress } from '../../domain/progress.ts'
import { alpha, availability, estate } from '../support/facts.ts'
import { bothHosts, controlHands, handsOf, openRig, type Rig } from '../support/workflow-rig.ts'

describe('health check', () => {
  let rig: Rig
  before(async () => {
    rig = await openRig('127.81.0.1')
  })
  after(() => rig?.close())

  test('a healthy estate is ok, and the record is what is written down', async () => {
    const { hands, paper } = controlHands()
    const record = await rig.withWorkers({ control: hands, hosts: bothHosts() }, async () => {
      const handle = await rig.startHealthCheck()
      return await handle.result()
    })
    assert.equal(record.verdict, 'ok')
    assert.deepEqual(record.targets, [
      { name: 'alpha', verdict: 'ok' },
      { name: 'beta', verdict: 'ok' },
    ])
    assert.equal(record.status, 'completed')
    assert.deepEqual(paper.documents[0]?.record, record)
    assert.deepEqual(paper.ends, [])
  })

  test('a host without a worker is silent, and the other one still reports', async () => {
    const { hands } = controlHands()
    const record = await rig.withWorkers({ control: hands, hosts: { alpha: handsOf(alpha) } }, async () => {
      const handle = await rig.startHealthCheck()
      return await handle.result()
    })
    assert.equal(record.verdict, 'unknown')
    assert.equal(record.findings.find(({ id }) => id === 'host.silent')?.target, 'beta')
    assert.equal(record.targets.find(({ name }) => name === 'alpha')?.verdict, 'ok')
  })

  test('a broken service is a verdict, not a broken run', async () => {
    const refused = {
      ...availability,
      first: { kind: 'refused' as const, latencyMs: 4, reason: '200 text/html' },
      latenciesMs: [],
    }
    const { hands } = controlHands()
    const record = await rig.withWorkers(
      { control: hands, hosts: bothHosts({ probeAcp: async () => observed(refused) }) },
      async () => (await rig.startHealthCheck()).result(),
    )
    assert.equal(record.status, 'completed')
    assert.equal(record.verdict, 'fail')
  })

  test('a step that cannot be carried out is unknown with its hint', async () => {
    const { hands } = controlHands()
    const inspectSystem = async () => {
      throw new OpsError({ owner: 'permission', message: 'systemctl may not be run', hint: 'Run the worker as root.' })
    }
    const record = await rig.withWorkers({ control: hands, hosts: bothHosts({ inspectSystem }) }, async () =>
      (await rig.startHealthCheck()).result(),
    )
    const finding = record.findings.find(({ id, target }) => id === 'service.state' && target === 'alpha')
    assert.equal(finding?.verdict, 'unknown')
    assert.equal(finding?.hint, 'Run the worker as root.')
    assert.equal(record.verdict, 'unknown')
  })

  test('a host that cannot be greeted does not take the others with it', async () => {
    const { hands } = controlHands()
    const greet = async () => {
      throw new OpsError({ owner: 'permission', message: 'the server refuses to tell its time', hint: 'Allow it.' })
    }
    const record = await rig.withWorkers({ control: hands, hosts: bothHosts({ greet }) }, async () =>
      (await rig.startHealthCheck()).result(),
    )
    const silent = record.findings.find(({ id }) => id === 'host.silent')
    assert.equal(silent?.target, 'alpha')
    assert.match(silent?.summary ?? '', /refuses to tell its time/)
    assert.equal(record.targets.find(({ name }) => name === 'beta')?.verdict, 'ok')
  })

  test('without a database, that step is skipped and says so', async () => {
    const { hands } = controlHands({ readEstate: async () => ({ ...estate, database: null }) })
    const record = await rig.withWorkers({ control: hands, hosts: bothHosts() }, async () =>
      (await rig.startHealthCheck({ only: 'database' })).result(),
    )
    assert.equal(record.findings.find(({ id }) => id === 'database.reachable')?.verdict, 'skipped')
    assert.equal(record.verdict, 'ok')
  })

  test('one host and one group of steps', async () => {
    const { hands } = controlHands()
    const record = await rig.withWorkers({ control: hands, hosts: bothHosts() }, async () =>
      (await rig.startHealthCheck({ host: 'alpha' as HostName, only: 'database' })).result(),
    )
    assert.deepEqual(record.targets, [{ name: 'alpha', verdict: 'ok' }])
    assert.equal(record.target, 'alpha')
    assert.ok(record.findings.some(({ id }) => id === 'database.role'))
    assert.ok(!record.findings.some(({ id }) => id.startsWith('log.')))
  })

  test('the CPU window closes before the first handshake', async () => {
    const { hands } = controlHands()
    const order: string[] = []
    const facts = handsOf(alpha)
    const measured = {
      measureUsage: async (request: Parameters<typeof facts.measureUsage>[0]) => {
        await new Promise(resolve => setTimeout(resolve, 200))
        order.push('window closed')
        return await facts.measureUsage(request)
      },
      probeAcp: async (request: Parameters<typeof facts.probeAcp>[0]) => {
        order.push('handshake')
        return await facts.probeAcp(request)
      },
    }
    await rig.withWorkers({ control: hands, hosts: bothHosts(measured) }, async () =>
      (await rig.startHealthCheck({ host: 'alpha' as HostName })).result(),
    )
    assert.deepEqual(order, ['window closed', 'handshake'])
  })

  test('the ledger being away for a while is waited for', async () => {
    let tries = 0
    const { hands, paper } = controlHands()
    const control = {
      ...hands,
      documentRun: async (document: Parameters<typeof hands.documentRun>[0]) => {
        tries += 1
        if (tries <= 4) throw new OpsError({ owner: 'host', message: 'the ledger is unreachable', hint: 'Wait.' })
        return await hands.documentRun(document)
      },
    }
    const record = await rig.withWorkers({ control, hosts: bothHosts() }, async () =>
      (await rig.startHealthCheck()).result(),
    )
    assert.equal(record.verdict, 'ok')
    assert.equal(tries, 5)
    assert.equal(paper.documents.length, 1)
  })

  test('cancelled in the middle: the ledger learns it, and the checklist was there to see', async () => {
    const { hands, paper } = controlHands()
    let reached: () => void = () => undefined
    const inTheMiddle = new Promise<void>(resolve => {
      reached = resolve
    })
    const reviewLog = () => {
      reached()
      return Context.current().cancelled
    }
    await rig.withWorkers({ control: hands, hosts: bothHosts({ reviewLog }) }, async () => {
      const handle = await rig.startHealthCheck()
      await inTheMiddle
      const { steps } = await handle.query<Progress>('progress')
      assert.equal(steps.find(({ title }) => title.startsWith('alpha: log'))?.state, 'running')
      await handle.cancel()
      await assert.rejects(
        handle.result(),
        (error: unknown) => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure,
      )
    })
    assert.deepEqual(
      paper.ends.map(({ status, verdict }) => ({ status, verdict })),
      [{ status: 'cancelled', verdict: 'unknown' }],
    )
  })

  test('an unknown host ends the run with a hint, and the ledger learns it', async () => {
    const { hands, paper } = controlHands()
    await rig.withWorkers({ control: hands, hosts: bothHosts() }, async () => {
      const handle = await rig.startHealthCheck({ host: 'gamma' as HostName })
      await assert.rejects(handle.result(), (error: unknown) => !isGrpcServiceError(error))
    })
    assert.equal(paper.ends[0]?.status, 'failed')
  })
})
