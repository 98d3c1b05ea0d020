/** The team in the estate file: what is read, and that every wrong name, double account and missing group is said with its line. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { EstateFileError, parseEstate, readTeam } from '../../activities/adapters/estate-file.ts'
import { keyId } from '../../activities/adapters/key-id.ts'
import { OpsError } from '../../domain/failures.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const KEY = 'A'.repeat(43)

const ESTATE = `name: small
hosts:
  one: { site: here, role: primary }
service: { unit: acp, acp: { stdio: true }, log: journal }
`
const TEAM = `team:
  people:
    ana: { name: Ana, slack: [U0A, U0B], keys: [${KEY}] }
    ben: { name: Ben }
  groups: { approvers: [ana, ben], leads: [ben], emergency: [ben] }
  oncall: { tiers: [{ name: first, rotation: [ana, ben] }] }
`

function problemsOf(text: string): readonly string[] {
  try {
    parseEstate(text, 'estate.yaml')
  } catch (error) {
    assert.ok(error instanceof EstateFileError, String(error))
    return error.problems.map(({ path, message }) => `${path}: ${message}`)
  }
  return []
}

describe('a team', () => {
  test('is read with its defaults, and each key knows its holder', async t => {
    const folder = await temporaryFolder(t)
    const file = join(folder, 'estate.yaml')
    writeFileSync(file, ESTATE + TEAM)
    const team = await readTeam(file)
    assert.deepEqual(
      team.people.map(({ id, slackUsers }) => `${id} ${slackUsers.join(' ')}`.trim()),
      ['ana U0A U0B', 'ben'],
    )
    assert.deepEqual(team.keys, [
      { kid: keyId(KEY), publicKey: KEY, holder: { kind: 'person', person: 'ana' }, retiredAt: null },
    ])
    assert.deepEqual([team.approvals.expireMinutes, team.approvals.quorum], [60, 1])
    assert.equal(team.staleMinutes, 60)
    assert.deepEqual(team.roster?.tiers[0], { name: 'first', rotation: ['ana', 'ben'], days: 7, start: '2026-01-05' })
    assert.equal(team.slack, null)
  })

  test('that is not there is the configuration’s problem', async t => {
    const file = join(await temporaryFolder(t), 'estate.yaml')
    writeFileSync(file, ESTATE)
    await assert.rejects(
      readTeam(file),
      (error: unknown) =>
        error instanceof OpsError && error.owner === 'configuration' && /names no team/.test(error.message),
    )
  })

  test('of the sandbox and of the example is whole', async () => {
    assert.equal((await readTeam(join(ROOT, 'sandbox', 'estate.yaml'))).slack?.command, '/ops')
    assert.equal((await readTeam(join(ROOT, 'docs', 'estate.example.yaml'))).people.length, 3)
  })
})

describe('a wrong team', () => {
  for (const [what, change, pattern] of [
    [
      'a member nobody knows',
      (text: string) => text.replace('[ana, ben], leads', '[ana, bem], leads'),
      /groups\.approvers\[1\]: no such person as "bem"; did you mean "ben"\?/,
    ],
    [
      'a rotation nobody knows',
      (text: string) => text.replace('rotation: [ana, ben]', 'rotation: [ana, zed]'),
      /rotation\[1\]: no such person as "zed"/,
    ],
    [
      'a group that decides and has nobody',
      (text: string) => text.replace('leads: [ben], ', ''),
      /approvals\.escalation: the group "leads" .* has no members; known are approvers, emergency/,
    ],
    [
      'a quorum that a group can never reach, for whoever asks does not count',
      (text: string) =>
        `${text.replace('emergency: [ben]', 'emergency: [ana, ben, cy]').replace('{ name: Ben }', '{ name: Ben }\n    cy: { name: Cy }')}  approvals: { quorum: 2 }\n`,
      /approvals\.quorum: must be less than 2, the members of "approvers"/,
    ],
    ['a quorum of nobody', (text: string) => `${text}  approvals: { quorum: 0 }\n`, /approvals\.quorum: /],
    [
      'one account of two people',
      (text: string) => text.replace('{ name: Ben }', '{ name: Ben, slack: [U0B] }'),
      /people\.ben\.slack\[0\]: this account is already that of ana/,
    ],
    [
      'one key of two people',
      (text: string) => text.replace('{ name: Ben }', `{ name: Ben, keys: [${KEY}] }`),
      /people\.ben\.keys\[0\]: this key is already that of ana/,
    ],
    [
      'an override on no tier',
      (text: string) =>
        text.replace(
          'tiers:',
          'overrides: [{ tier: zero, person: ana, from: 2026-01-01T00:00:00Z, until: 2026-01-02T00:00:00Z, reason: r }], tiers:',
        ),
      /overrides\[0\]\.tier: no such tier as "zero"; known are first/,
    ],
    [
      'an override that ends before it begins',
      (text: string) =>
        text.replace(
          'tiers:',
          'overrides: [{ tier: first, person: ana, from: 2026-01-02T00:00:00Z, until: 2026-01-01T00:00:00Z, reason: r }], tiers:',
        ),
      /overrides\[0\]\.until: must be later than from/,
    ],
    [
      'office hours that end before they begin',
      (text: string) => `${text}  officeHours: { from: 18, until: 9 }\n`,
      /officeHours\.until: must be later than from \(18\)/,
    ],
    ['a key that is none', (text: string) => text.replace(KEY, 'short'), /people\.ana\.keys\[0\]/],
    [
      'a channel by its name',
      (text: string) => `${text}  slack: { teamId: T1, appId: A1, incidents: "#incidents", ops: C1 }\n`,
      /slack\.incidents: must be a channel id/,
    ],
  ] as const) {
    test(`${what} is one problem`, () => {
      const problems = problemsOf(ESTATE + change(TEAM))
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', pattern)
    })
  }

  test('is a file with public keys only: a private one is refused and not repeated', () => {
    const text = ESTATE + TEAM.replace('name: Ben', 'name: "-----BEGIN PRIVATE KEY-----x"')
    assert.match(problemsOf(text).join('\n'), /looks like a private key/)
  })
})

test('the ids of keys do not change', () => {
  assert.match(keyId(KEY), /^[0-9a-f]{16}$/)
  assert.equal(keyId(KEY), keyId(KEY))
  assert.notEqual(keyId(KEY), keyId(`B${'A'.repeat(42)}`))
  assert.ok(readFileSync(join(ROOT, 'docs', 'estate.schema.json'), 'utf8').includes('doorKeys'))
})
