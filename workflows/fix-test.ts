/**
 * Test of a fix (S49) on the staging host. Its id, `change:<staging host>`, lets one test run at a time.
 *
 * 1. Verify who asks; while changes are frozen, ask the emergency group.
 * 2. Wake the staging host and wait until its worker greets.
 * 3. The reproduction must fail: otherwise this is not the fault, or staging is not like production.
 * 4. Unless changes were frozen meanwhile, deploy exactly what would be deployed, by the same hands.
 * 5. The reproduction must pass, and so must what every service has to do.
 * 6. Take it back, which tests the way back, and let the host sleep unless it was awake before, whatever came of it and also
 *    when cancelled.
 *
 * A crash anywhere is continued. It never fails: a test that could not be made has not passed.
 */
import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  log,
  patched,
  sleep,
  TemporalFailure,
} from '@temporalio/workflow'
import type { ChangeRequest, ChangeResult } from '../domain/changes.ts'
import { type Fix, reproductionWords } from '../domain/fixes/fix.ts'
import { askedForFix, changeRequest, type FixTest, type FixTestRequest, testTitle } from '../domain/fixes/request.ts'
import type { HostName } from '../domain/ids.ts'
import { onControlPlane, onHost } from './proxies.ts'
import { dryRun, GATE, orderOf } from './steps/approved-change.ts'
import { carryOut, type Order, type Planned, takeBack } from './steps/carry-out.ts'
import { failureWords, sentence, showChange } from './steps/change-words.ts'
import { type Gates, keepGates } from './steps/gate.ts'
import { type Narrator, narrate } from './steps/narrate.ts'
import { reasonNotToPlan } from './steps/proven-request.ts'
import { passFreeze, stopByFreeze } from './steps/staging-freeze.ts'

const WAKE = 'Wake the staging host'
const BEFORE = 'The reproduction fails without the fix'
const DEPLOY = 'Deploy it on staging'
const AFTER = 'The reproduction passes with it, and so does the suite'
const BACK = 'Take it back and let the host sleep'

/** From power on to the greeting of the host worker. */
const AWAKE_MS = 3 * 60_000

const LOOKS_AT_FREEZE = 'staging-looks-at-the-freeze'

/** A test that cannot go on, in words. */
class NotPassed extends Error {
  override readonly name = 'NotPassed'
}

export async function fixTest(asked: FixTestRequest): Promise<FixTest> {
  const gates = keepGates()
  const narrator = narrate([GATE, WAKE, BEFORE, DEPLOY, AFTER, BACK])
  const lines: string[] = []
  const title = testTitle(asked.fix, asked.staging)
  try {
    const test = await inWords(title, lines, () => testOnStaging(asked, lines, gates, narrator))
    narrator.close(test.passed ? 'ok' : 'fail')
    return test
  } finally {
    await gates.settle()
  }
}

async function testOnStaging(
  { asked, fix, staging }: FixTestRequest,
  lines: string[],
  gates: Gates,
  narrator: Narrator,
): Promise<void> {
  const request = changeRequest(asked, fix, staging, [])
  showChange(request, 'fix')
  narrator.phase('gather')
  const unproven = await reasonNotToPlan(askedForFix(asked), asked.proof, 'staging')
  if (unproven !== null) throw new NotPassed(unproven)
  const estate = await onControlPlane('briefly', 'Read the estate file').readEstate()
  const order = orderOf(request, estate)
  if (order === null) throw new NotPassed(`the estate has no host ${staging}`)
  const passage = patched(LOOKS_AT_FREEZE) ? await passFreeze(request, fix, gates, narrator) : { passes: true }
  if ('refused' in passage) throw new NotPassed(`changes are frozen, and it was not let pass: ${passage.refused}`)
  const wasAwake = patched('staging-is-left-as-it-was-found') && (await greets(order.host))
  try {
    narrator.begin(WAKE)
    await wake(order.host)
    narrator.done(WAKE)

    narrator.begin(BEFORE)
    await mustFail(order, fix, lines)
    narrator.done(BEFORE)
    await deployAndBack({ order, request, fix, passes: passage.passes }, lines, narrator)
  } finally {
    // Somebody who switched it on before goes on with it.
    if (!wasAwake) await CancellationScope.nonCancellable(() => letSleep(order.host))
  }
}

interface Deploy {
  readonly order: Order
  readonly request: ChangeRequest
  readonly fix: Fix
  /** A freeze does not stop it. */
  readonly passes: boolean
}

/** The way back is known before the first step is taken, and taken in any case: also when nobody knows how far it got. */
async function deployAndBack(
  { order, request, fix, passes }: Deploy,
  lines: string[],
  narrator: Narrator,
): Promise<void> {
  narrator.phase('act')
  narrator.begin(DEPLOY)
  const planned: Planned = { ...order, plan: await dryRun(order) }
  const stop = patched(LOOKS_AT_FREEZE) ? await stopByFreeze(passes) : null
  if (stop !== null) throw new NotPassed(stop)
  let state: ChangeResult['state'] | null = null
  try {
    const deployed = await carryOut(planned, request)
    state = deployed.state
    if (state !== 'done') throw new NotPassed(`on ${order.host}: ${deployed.outcome}`)
    lines.push(`Deployed on ${order.host}: ${sentence(deployed.outcome)}`)
    narrator.done(DEPLOY)
    narrator.begin(AFTER)
    await mustPass(order, fix, lines)
    narrator.done(AFTER)
  } finally {
    await CancellationScope.nonCancellable(async () => {
      if (state === 'reverted' || (state !== 'done' && !patched('staging-is-always-put-back'))) return
      narrator.begin(BACK)
      // Where the fault is that it does not answer, the fault is back as well.
      const back = await takeBack(planned, request, fix.reproduction.kind !== 'handshake')
      lines.push(`${order.host}: ${back.words}`)
      narrator.done(BACK, back.words)
      if (back.end !== 'back') lines.push(`${order.host} is not as before.`)
    })
  }
  if (lines.includes(`${order.host} is not as before.`)) throw new NotPassed('the way back does not work')
}

async function wake(host: HostName): Promise<void> {
  const power = { host, power: 'on' } as const
  const hasHook = await onControlPlane('briefly', `Switch ${host} on`).switchPower(power)
  // Without a hook it may be on all the same; then it greets at once.
  const deadline = Date.now() + (hasHook ? AWAKE_MS : 0)
  for (;;) {
    if (await greets(host)) return
    if (Date.now() >= deadline) {
      const why = hasHook
        ? `${host} was switched on and does not greet within ${AWAKE_MS / 60_000} minutes`
        : `${host} sleeps, and no hook that wakes it is configured (OPS_WAKE_URL)`
      throw new NotPassed(why)
    }
    await sleep('2 seconds', { summary: `until ${host} is awake` })
  }
}

async function greets(host: HostName): Promise<boolean> {
  try {
    await onHost(host, 'glance', `Is ${host} awake`).greet()
    return true
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
    return false
  }
}

async function mustFail({ host, service }: Order, { reproduction }: Fix, lines: string[]): Promise<void> {
  const words = reproductionWords(reproduction)
  const found = await onHost(host, 'longRead', `Before: ${words}`).reproduce({ service, reproduction })
  if (found.state === 'unknown') throw new NotPassed(`${host} cannot be asked: ${found.summary}`)
  if (found.state === 'passed') {
    const why = `"${words}" holds on ${host} without the fix (${found.summary}): it is another fault, or ${host} is not like production`
    throw new NotPassed(why)
  }
  lines.push(`Before, on ${host}, it fails that ${words}: ${sentence(found.summary)}`)
}

async function mustPass({ host, service }: Order, { reproduction }: Fix, lines: string[]): Promise<void> {
  const words = reproductionWords(reproduction)
  const found = await onHost(host, 'longRead', `After: ${words}`).reproduce({ service, reproduction })
  if (found.state !== 'passed') throw new NotPassed(`with the fix it still fails that ${words}: ${found.summary}`)
  lines.push(`With it, ${words}: ${sentence(found.summary)}`)
  const suite = await onHost(host, 'longRead', 'What every service has to do').runSuite({ service })
  if (!suite.passed) throw new NotPassed(`with the fix the suite fails: ${suite.lines.join('; ')}`)
  lines.push(`The suite passes: ${suite.lines.join('; ')}.`)
}

/** A host that stays awake costs little; it is said in the log and stops nothing. */
async function letSleep(host: HostName): Promise<void> {
  try {
    await onControlPlane('briefly', `Switch ${host} off`).switchPower({ host, power: 'off' })
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error
    log.warn('the staging host could not be switched off', { error })
  }
}

async function inWords(title: string, lines: readonly string[], story: () => Promise<void>): Promise<FixTest> {
  try {
    await story()
    return { passed: true, outcome: `The ${title} passed.`, lines }
  } catch (error) {
    if (isCancellation(error)) throw error
    const why =
      error instanceof NotPassed
        ? sentence(error.message)
        : error instanceof TemporalFailure
          ? failureWords(error)
          : null
    if (why === null) throw error
    return { passed: false, outcome: `The ${title} did not pass: ${why}`, lines }
  }
}
