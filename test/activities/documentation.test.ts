/** A run is written down once, also when its second try sees another history and would render other bytes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Ledger } from '../../activities/adapters/ledger/ledger.ts'
import { createDocumentationActivities } from '../../activities/documentation.ts'
import { OpsError } from '../../domain/failures.ts'
import { canonicalText, type LedgerRow, rowKey } from '../../domain/ledger.ts'
import type { RunDocument } from '../../domain/report/document.ts'
import type { ArtefactRef } from '../../domain/run-record.ts'

const artefact = (kind: string, sha256: string): ArtefactRef => ({ kind, ref: `sha256:${sha256}`, bytes: 1, sha256 })

const document: RunDocument = {
  title: 'Health check',
  estate: 'test',
  timezone: 'UTC',
  day: '2026-11-23',
  record: {
    procedure: 'health-check',
    workflowId: 'health-check:all',
    runId: 'r1',
    target: 'all',
    nominalTime: '2026-11-23T09:00:00.000Z',
    startedAt: '2026-11-23T09:00:00.000Z',
    closedAt: '2026-11-23T09:00:30.000Z',
    status: 'completed',
    verdict: 'ok',
    targets: [{ name: 'alpha', verdict: 'ok' }],
    findings: [
      { id: 'load', target: 'alpha', verdict: 'ok', summary: 'calm', evidence: {}, hint: '', manualId: 'D1.1' },
    ],
    plan: null,
    digest: null,
    gates: [],
    artefacts: [artefact('log-excerpt', 'aa')],
  },
  trends: [],
  latencies: [],
  patterns: [],
  checklist: [],
}

/** The contract of the ledger in memory, and a report that is another one each time. */
function rig() {
  const rows = new Map<string, { readonly entry: LedgerRow; readonly body: string }>()
  const ledger: Pick<Ledger, 'append' | 'recall' | 'artefactsOf'> = {
    append: async entries => {
      const conflicting: string[] = []
      const before = rows.size
      for (const entry of entries) {
        const [name, body] = [`${entry.table} ${rowKey(entry)}`, canonicalText(entry.row)]
        const known = rows.get(name)
        if (known === undefined) rows.set(name, { entry, body })
        else if (known.body !== body) conflicting.push(rowKey(entry))
      }
      const added = rows.size - before
      return { sequence: rows.size, hash: 'f'.repeat(64), added, repeated: entries.length - added, conflicting }
    },
    recall: async () => [],
    artefactsOf: async runId =>
      [...rows.values()].flatMap(({ entry }) => {
        if (entry.table !== 'artefacts' || entry.row.runId !== runId) return []
        const { workflowId: _w, runId: _r, ...ref } = entry.row
        return [ref]
      }),
  }
  let published = 0
  const publish = async () => {
    published += 1
    return [artefact('report-text', `b${published}`)]
  }
  return { ...createDocumentationActivities({ ledger, publish }), rows, published: () => published }
}

describe('documentRun', () => {
  it('answers a second try with what the first one wrote, and publishes nothing more', async () => {
    const { documentRun, rows, published } = rig()
    const first = await documentRun(document)
    const size = rows.size
    const second = await documentRun(document)
    assert.deepEqual(second, first)
    assert.deepEqual(
      first.artefacts.map(({ kind }) => kind),
      ['log-excerpt', 'report-text'],
    )
    assert.deepEqual([rows.size, published()], [size, 1])
  })

  it('does not pass over other rows under its keys, and does not try for ever', async () => {
    const { documentRun, published } = rig()
    await documentRun(document)
    const findings = document.record.findings.map(finding => ({ ...finding, summary: 'another one' }))
    await assert.rejects(documentRun({ ...document, record: { ...document.record, findings } }), error => {
      assert.ok(error instanceof OpsError)
      assert.equal(error.owner, 'configuration')
      assert.match(error.message, /already holds 1 other rows under the keys of this run: r1\/alpha\/load/)
      return true
    })
    assert.equal(published(), 1)
  })
})
