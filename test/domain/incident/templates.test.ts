/** The manual's three messages, word for word (I3.1 to I3.3). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OpsError } from '../../../domain/failures.ts'
import {
  type InitialNotice,
  initialNotice,
  type ResolutionNotice,
  resolutionNotice,
  type StatusNotice,
  statusNotice,
  withoutBraces,
} from '../../../domain/incident/templates.ts'

const INITIAL: InitialNotice = {
  severity: 'critical',
  title: 'acp down',
  startTime: '2026-11-23 10:00:00 Europe/Berlin',
  affectedSystems: 'alpha',
  impact: 'nobody can work',
  nextUpdate: '30 minutes',
  onCall: 'Ana',
}
const STATUS: StatusNotice = {
  status: 'Identified',
  findings: 'the disk is full',
  actions: 'old logs are deleted',
  expectedResolution: '11:00',
  nextUpdate: 'within 30 minutes',
}
const RESOLUTION: ResolutionNotice = {
  title: 'acp down',
  rootCause: 'a full disk',
  resolution: 'freed the disk',
  duration: '42 min 0 s',
  impact: 'all users',
  prevention: 'rotate logs',
  monitoring: 'alert at 80 %',
  completion: '2026-12-01',
  postmortem: '2026-11-26 14:00',
}

test('I3.1', () => {
  assert.deepEqual(initialNotice(INITIAL), {
    subject: '[INCIDENT] OpenCode ACP - Critical - acp down',
    text: `Incident Details:
- Severity: Critical
- Start Time: 2026-11-23 10:00:00 Europe/Berlin
- Affected Systems: alpha
- Impact: nobody can work
- Current Status: Investigating

Next Update: Within 30 minutes

On-call: Ana`,
  })
})

test('I3.2', () => {
  assert.deepEqual(statusNotice(STATUS), {
    subject: '[UPDATE] OpenCode ACP Incident - Identified',
    text: `Current Status: Identified

Latest Information:
- the disk is full
- old logs are deleted
- 11:00

Next Update: within 30 minutes`,
  })
})

test('I3.3', () => {
  assert.deepEqual(resolutionNotice(RESOLUTION), {
    subject: '[RESOLVED] OpenCode ACP Incident - acp down',
    text: `Resolution Summary:
- Root Cause: a full disk
- Resolution: freed the disk
- Duration: 42 min 0 s
- Impact: all users

Follow-up Actions:
- rotate logs
- alert at 80 %
- 2026-12-01

Post-mortem scheduled: 2026-11-26 14:00`,
  })
})

const fields = [
  ...Object.keys(INITIAL).map(name => ({
    name,
    render: (value: string) => initialNotice({ ...INITIAL, [name]: value }),
  })),
  ...Object.keys(STATUS).map(name => ({ name, render: (value: string) => statusNotice({ ...STATUS, [name]: value }) })),
  ...Object.keys(RESOLUTION).map(name => ({
    name,
    render: (value: string) => resolutionNotice({ ...RESOLUTION, [name]: value }),
  })),
].filter(({ name }) => name !== 'severity' && name !== 'status')

for (const { name, render } of fields) {
  for (const value of ['', ' \n ', '{description}', 'so far {Current findings}', `${'x'.repeat(300)}{late}`]) {
    test(`${name} "${value.trim().slice(-20)}" is not sent`, () => {
      assert.throws(
        () => render(value),
        error => error instanceof OpsError && error.owner === 'operator' && /^[a-z-]/.test(error.message),
      )
    })
  }
}

test('the missing field is named', () => {
  assert.throws(() => resolutionNotice({ ...RESOLUTION, rootCause: '' }), { message: 'root cause is missing' })
  assert.throws(() => initialNotice({ ...INITIAL, impact: '{description}' }), {
    message: 'impact is still a placeholder',
  })
})

test('whatever a title is: one line of subject, no placeholder, no secret, nothing that turns writing around', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 300 }), words => {
      const title = withoutBraces(`a ${words} \r\nBcc: x\u202e token=hunter2hunter2`)
      const { subject, text } = initialNotice({ ...INITIAL, title })
      assert.doesNotMatch(subject, /[\r\n\u202e]|hunter2/)
      assert.doesNotMatch(subject + text, /\{[^{}]*\}/)
      assert.ok(subject.length < 200)
    }),
  )
})
