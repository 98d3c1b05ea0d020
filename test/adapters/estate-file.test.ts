/** The estate file: what is read, and that every mistake is reported at once with its line. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { estateJsonSchema } from '../../activities/adapters/estate-file.schema.ts'
import { EstateFileError, parseEstate, readEstate } from '../../activities/adapters/estate-file.ts'
import { OpsError } from '../../domain/failures.ts'
import { MANUAL_THRESHOLDS } from '../../domain/thresholds.ts'

const ROOT = join(import.meta.dirname, '..', '..')

const SMALL = `name: small
hosts:
  one: { site: here, role: primary }
service:
  unit: acp.service
  acp: { stdio: true }
  log: journal
`

function problemsOf(text: string): readonly string[] {
  try {
    parseEstate(text, 'estate.yaml')
  } catch (error) {
    assert.ok(error instanceof EstateFileError, String(error))
    return error.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`)
  }
  return []
}

function oneProblem(change: (text: string) => string): string {
  const problems = problemsOf(change(SMALL))
  assert.equal(problems.length, 1, problems.join('\n'))
  return problems[0] ?? ''
}

describe('a good estate file', () => {
  test('needs little, and everything else has its default', () => {
    const estate = parseEstate(SMALL, 'estate.yaml')
    assert.equal(estate.timezone, 'UTC')
    assert.deepEqual(estate.service, {
      unit: 'acp',
      acp: { kind: 'stdio' },
      log: { kind: 'journal' },
      sessionsLimit: null,
      expectedVersion: null,
    })
    assert.deepEqual([estate.database, estate.zed, estate.certificates, estate.waivers], [null, null, [], []])
    assert.deepEqual(estate.thresholds, MANUAL_THRESHOLDS)
  })

  test('states only the thresholds that differ, and sizes with their unit', () => {
    const estate = parseEstate(`${SMALL}thresholds: { loadPerCore: 3, serviceMemoryBytes: 1.5 GiB }\n`, 'estate.yaml')
    assert.equal(estate.thresholds.loadPerCore, 3)
    assert.equal(estate.thresholds.serviceMemoryBytes, 1.5 * 1024 ** 3)
    assert.deepEqual(estate.thresholds.handshakeMs, MANUAL_THRESHOLDS.handshakeMs)
  })

  test('is what the sandbox and the example are', async () => {
    const sandbox = await readEstate(join(ROOT, 'sandbox', 'estate.yaml'))
    assert.deepEqual(
      sandbox.hosts.map(({ name, site, role }) => `${name} ${site} ${role}`),
      ['alpha east primary', 'beta west standby', 'gamma east staging'],
    )
    assert.equal((await readEstate(join(ROOT, 'docs', 'estate.example.yaml'))).name, 'production')
  })
})

describe('a wrong estate file', () => {
  test('has all of its mistakes listed, each with its line', () => {
    const problems = problemsOf(readFileSync(join(import.meta.dirname, 'fixtures', 'ten-mistakes.yaml'), 'utf8'))
    const expected = [
      /^2 timezone: unknown time zone; did you mean "Europe\/Berlin"\?/,
      /^3 hosts: exactly one host must have the role primary; none has/,
      /^4 hosts\.alpha\.role: must be primary or standby or staging, not "primry"; did you mean "primary"\?/,
      /^5 hosts\.all: "all" is reserved/,
      /^6 : "alpha" is there twice in the same map/,
      /^9 service\.acp\.url: looks like a password in a URL; secrets come from files or the environment/,
      /^10 service\.log: must be journal, or \{file: \/path\}, not a map/,
      /^12 thresholds\.diskUsedPercent: warn \(95\) must not be above fail \(85\)/,
      /^13 thresholds\.loadPerCor: unknown key; did you mean "loadPerCore"\?/,
      /^16 waivers\[0\]\.target: no such target as "gamma"/,
      /^19 waivers\[0\]\.until: must be a day as YYYY-MM-DD, not "2026-02-30"/,
    ]
    assert.equal(problems.length, expected.length, problems.join('\n'))
    for (const [index, pattern] of expected.entries()) assert.match(problems[index] ?? '', pattern)
  })

  for (const [what, change, pattern] of [
    [
      'a missing part',
      (text: string) => text.replace(/ {2}unit.*\n/, ''),
      /^4 service\.unit: is missing; must be a text/,
    ],
    [
      'a misspelt key',
      (text: string) => text.replace('log: journal', 'log: journal\n  sessionLimit: 5'),
      /did you mean "sessionsLimit"\?/,
    ],
    [
      'two primaries',
      (text: string) => text.replace('service:', '  two: { site: there, role: primary }\nservice:'),
      /one and two have/,
    ],
    [
      'a host name with capitals',
      (text: string) => text.replace('one:', 'One:'),
      /^3 hosts\.One: a host name is 2 to 32/,
    ],
    [
      'both url and stdio',
      (text: string) => text.replace('{ stdio', '{ url: "http://h/acp", stdio'),
      /needs either url or stdio, not both/,
    ],
    [
      'metrics of a spawned agent',
      (text: string) => text.replace('{ stdio', '{ metricsUrl: "http://h/m", stdio'),
      /goes with url only/,
    ],
    [
      'a program that hosts should run',
      (text: string) => text.replace('{ stdio: true }', '{ stdio: true, command: [opencode, acp] }'),
      /acp\.command: unknown key/,
    ],
    ['a number for a text', (text: string) => text.replace('name: small', 'name: 7'), /^1 name: must be a text, not 7/],
    [
      'a negative threshold',
      (text: string) => `${text}thresholds: { loadPerCore: -1 }\n`,
      /must be more than 0, not -1/,
    ],
    [
      'a size without a meaning',
      (text: string) => `${text}thresholds: { serviceMemoryBytes: lots }\n`,
      /a size such as 500 MB or 2 GiB, not "lots"/,
    ],
    [
      'certificates that fail before they warn',
      (text: string) => `${text}thresholds: { certificateDays: { warn: 7, fail: 30 } }\n`,
      /warn \(7\) must not be below fail \(30\)/,
    ],
    [
      'a waiver of everything',
      (text: string) => `${text}waivers: [{ finding: "*", target: all, reason: r, owner: o, until: 2027-01-01 }]\n`,
      /must be the id of a finding/,
    ],
    [
      'a socket and a host',
      (text: string) => `${text}database: { socket: /run, host: h, name: d, user: u }\n`,
      /either socket or host, not both/,
    ],
  ] as const) {
    test(`${what} is one problem`, () => assert.match(oneProblem(change), pattern))
  }

  test('that is no YAML says where it stops being it', () => {
    assert.match(problemsOf('name: [small\nhosts: x\n').join(), /^\d .*not YAML/)
  })

  test('that is empty, or a list, is reported and not crashed on', () => {
    assert.ok(problemsOf('').length >= 3)
    assert.match(problemsOf('- a\n').join(), /must be a map of keys and values, not a list/)
  })

  for (const secret of [
    'postgres://ops:hunter2@db/opencode',
    'https://h/acp?token=abcdef',
    '-----BEGIN PRIVATE KEY----- abc',
    'ghp_0123456789abcdefghijABCDEFGHIJ',
    'xoxb-1234567890-abcdefgh',
  ]) {
    test(`refuses ${secret.slice(0, 10)}… and does not repeat it`, () => {
      const problem = oneProblem(text => text.replace('name: small', `name: small\ncertificates: ["${secret}"]`))
      assert.match(problem, /^2 certificates\[0\]: looks like .*; secrets come from files or the environment/)
      assert.ok(!problem.includes(secret.slice(12)))
    })
  }
})

test('a file that is not there is the configuration’s problem', async () => {
  await assert.rejects(readEstate('/nonexistent/estate.yaml'), (error: unknown) => {
    assert.ok(error instanceof OpsError)
    assert.equal(error.owner, 'configuration')
    assert.match(error.message, /ENOENT/)
    return true
  })
})

test('the schema for editors is current; if not: ops estate schema > docs/estate.schema.json', () => {
  const written: unknown = JSON.parse(readFileSync(join(ROOT, 'docs', 'estate.schema.json'), 'utf8'))
  assert.deepEqual(written, JSON.parse(JSON.stringify(estateJsonSchema())))
})
