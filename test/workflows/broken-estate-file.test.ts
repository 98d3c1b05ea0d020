/** Incidents while the estate file is broken: people are rung and hosts looked at as they were known before, which is said. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { OpsError } from '../../domain/failures.ts'
import { ESTATE } from '../../domain/ids.ts'
import { estate } from '../support/facts.ts'
import { declare, incidentHands, incidentWhen, until } from '../support/incident-rig.ts'
import { ana, cy, team } from '../support/team.ts'
import { openRig, type Rig } from '../support/workflow-rig.ts'

let rig: Rig
before(async () => {
  rig = await openRig('127.81.0.35')
})
after(() => rig?.close())

const BROKEN = {
  owner: 'configuration',
  message: 'estate file x has one problem\n  line 3: y',
  hint: 'Correct it.',
} as const

const SAID = 'could not read the people as of now: estate file x has one problem'

test('an incident opens with the people whom the control plane knew before', async () => {
  const { hands, notebook } = incidentHands({
    control: {
      async readTeam(request) {
        if (request?.orLast === true) return team
        throw new OpsError(BROKEN)
      },
      async readEstate(request) {
        if (request?.orLast === true) return estate
        throw new OpsError(BROKEN)
      },
    },
  })
  await rig.withWorkers({ ...hands, maxCachedWorkflows: 0 }, async () => {
    const handle = await declare(rig)
    await until(() => notebook.pages.length === 1, 'a page')
    assert.equal(notebook.pages[0]?.person, ana)
    const { timeline } = await incidentWhen(handle, incident => incident.timeline.some(({ kind }) => kind === 'failed'))
    assert.deepEqual(
      timeline.filter(({ kind }) => kind === 'failed').map(({ text }) => text),
      [SAID],
    )
    const { evidence } = await incidentWhen(handle, incident => incident.evidenceAt !== null)
    assert.deepEqual(
      evidence.filter(({ state }) => state === 'failed').map(({ host, summary }) => [host, summary]),
      [[ESTATE, 'estate file x has one problem; hosts are as known before']],
    )
    assert.ok(notebook.looks.includes('alpha service'))
    await handle.terminate()
  })
})

test('when nobody is known at all it waits, pages as soon as the file is right, and says what it waited for', async () => {
  let reads = 0
  const { hands, notebook } = incidentHands({
    control: {
      async readTeam() {
        reads += 1
        if (reads > 4) return team
        throw new OpsError(BROKEN)
      },
    },
  })
  await rig.withWorkers(hands, async () => {
    const handle = await declare(rig, undefined, { skipTime: true })
    await until(() => notebook.pages.length >= 1, 'a page', 60_000)
    const { timeline } = await incidentWhen(handle, incident => incident.timeline.some(({ kind }) => kind === 'failed'))
    assert.deepEqual(
      timeline.filter(({ kind }) => kind === 'failed').map(({ text }) => text),
      [SAID],
    )
    await handle.terminate()
  })
})

test('a file that breaks while the incident is open is told once; pages carry whom they are for', async () => {
  let broken = false
  const { hands, notebook } = incidentHands({
    control: {
      async readTeam() {
        if (broken) throw new OpsError(BROKEN)
        return team
      },
    },
    chat: {
      async page(order) {
        broken = true
        notebook.pages.push(order)
        return { delivered: 'slack', failed: [], phone: null }
      },
    },
  })
  await rig.withWorkers(hands, async () => {
    const handle = await declare(rig, undefined, { skipTime: true })
    await until(() => notebook.pages.some(({ person }) => person === cy), 'the next tier', 60_000)
    await until(() => notebook.pages.length >= 4, 'the whole roster', 60_000)
    const { timeline } = await incidentWhen(handle, incident => incident.timeline.some(({ text }) => text === SAID))
    await handle.terminate()
    assert.equal(timeline.filter(({ text }) => text === SAID).length, 1)
    assert.deepEqual(
      notebook.pages.slice(0, 2).map(({ known }) => [known?.person.id, known?.pageBy]),
      [
        [ana, team.pageBy],
        [cy, team.pageBy],
      ],
    )
  })
})
