/**
 * Fix: a registered fix (S48) comes to one host, in the right order (T71). Its id, `change:<host>`, is the lock of the host.
 *
 * 1. Verify who asks; read estate and registration: without green CI it ends here.
 * 2. Test it on the staging host (S49, fix-test.ts): without a passed test it ends here.
 * 3. Dry run on the host, ask people, dry run again, look whether changes are frozen.
 * 4. Note how it is now, read the registration again, look at the freeze last, deploy exactly the tested digest (S50), verified within two minutes, taken
 *    back otherwise.
 * 5. The reproduction must pass on this host too, or it is taken back, also when the host does not say.
 * 6. Watch (S51): a service that is not well, or a new critical alert, takes it back. What was taken back has to answer.
 *
 * Until the deploy a crash or a cancellation leaves nothing behind. From then on a cancellation takes the fix back: nobody
 * would watch it. What cannot be taken back is told as deployed. Waiting for people lasts as long as the gate, the watch as long as the fix says; the rest takes minutes.
 */
import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  ParentClosePolicy,
  patched,
  TemporalFailure,
} from '@temporalio/workflow'
import type { Gate } from '../domain/approvals/approval.ts'
import type { ChangeRequest, ChangeResult } from '../domain/changes.ts'
import { type Fix, fixName, fixWords, reproductionWords } from '../domain/fixes/fix.ts'
import {
  askedForFix,
  changeRequest,
  type FixRequest,
  type FixTest,
  type FixTestRequest,
  stagingFor,
  testTitle,
} from '../domain/fixes/request.ts'
import { watchVerdict, watchWords } from '../domain/fixes/watch.ts'
import { onControlPlane, onHost } from './proxies.ts'
import {
  AGAIN,
  askPeople,
  dryRun,
  endingInWords,
  GATE,
  orderOf,
  refused,
  stopNow,
  VERDICTS,
} from './steps/approved-change.ts'
import { carryOut, type Planned, takeBack } from './steps/carry-out.ts'
import { failureWords, sentence, showChange, tellIncident } from './steps/change-words.ts'
import { readBaseline, watchFix } from './steps/fix-watch.ts'
import { type Gates, keepGates } from './steps/gate.ts'
import { type Narrator, narrate } from './steps/narrate.ts'
import { reasonNotToPlan } from './steps/proven-request.ts'
import { heldBy, takeTurn } from './steps/take-turn.ts'

const READ = 'Read estate and registration'
const TEST = 'Test it on staging'
const PLAN = 'Dry run on the host'
const DEPLOY = 'Deploy the tested digest and verify'
const WATCH = 'Watch'

export async function fix(asked: FixRequest): Promise<ChangeResult> {
  const gates = keepGates()
  const narrator = narrate([READ, TEST, PLAN, GATE, AGAIN, DEPLOY, WATCH])
  const result = await endingInWords(gates, () => deployFix(asked, gates, narrator))
  await gates.settle()
  narrator.close(result.verdict ?? VERDICTS[result.state])
  return result
}

async function deployFix(asked: FixRequest, gates: Gates, narrator: Narrator): Promise<ChangeResult> {
  narrator.phase('gather')
  narrator.begin(READ)
  const unproven = await reasonNotToPlan(askedForFix(asked), asked.proof)
  if (unproven !== null) return refused(unproven)
  const estate = await onControlPlane('briefly', 'Read the estate file').readEstate()
  const found = await onControlPlane('briefly', 'Read the registration of the fix (S48)').readFix({ fix: asked.fix })
  showChange(changeRequest(asked, found, asked.host, []), 'fix')
  const staging = stagingFor(asked, estate)
  if (typeof staging === 'string') return refused(staging)
  narrator.done(READ, fixWords(found))

  narrator.begin(TEST)
  void tellIncident(asked, 'planning', `${fixWords(found)} is being tested on ${staging.name}.`)
  const test = await testOn(staging.name, asked, found)
  narrator.done(TEST, test.outcome)
  if (!test.passed) return refused(`${test.outcome} ${test.lines.join(' ')}`.trim())
  void tellIncident(asked, 'planning', `${test.outcome} ${test.lines.join(' ')}`)

  const request = changeRequest(asked, found, asked.host, [test.outcome, ...test.lines])
  const order = orderOf(request, estate)
  if (order === null) return refused(`The estate has no host ${asked.host}.`)
  narrator.begin(PLAN)
  const planned = await dryRun(order)
  narrator.done(PLAN, planned.title)

  const approved = await askPeople(request, order, planned, gates, narrator)
  if (approved.kind === 'refused') return refused(approved.why)
  return await deployAndWatch(
    { ...order, plan: approved.plan },
    { asked, request, fix: found, gate: approved.gate, approval: approved.words },
    gates,
    narrator,
  )
}

/** Another test on staging comes first; who cancels this run ends the test, which leaves staging as it was. */
async function testOn(staging: string, asked: FixRequest, found: Fix): Promise<FixTest> {
  const turn = {
    workflowType: 'fixTest',
    host: staging,
    argument: { asked, fix: found, staging },
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    summary: `${testTitle(found, staging)} for ${asked.incident}`,
  }
  const child = await takeTurn<FixTestRequest, FixTest>(turn, () => {
    void tellIncident(asked, 'planning', `The test ${heldBy(staging)}.`)
  })
  return await child.result()
}

interface Deploy {
  readonly asked: FixRequest
  readonly request: ChangeRequest
  readonly fix: Fix
  readonly gate: Gate
  readonly approval: string
}

async function deployAndWatch(
  planned: Planned,
  { asked, request, fix: found, gate, approval }: Deploy,
  gates: Gates,
  narrator: Narrator,
): Promise<ChangeResult> {
  const { title } = planned.plan
  const { watchSeconds } = found
  narrator.phase('act')
  narrator.begin(DEPLOY)
  const watched = { ...planned, cause: asked.cause, watchSeconds }
  const before = await readBaseline(watched)
  const unproven = patched('ci-is-read-again') ? await whyUnproven(found) : null
  if (unproven !== null) {
    await gates.voidApprovals(unproven)
    return refused(unproven)
  }
  // Reading took its time: whether changes are frozen is looked at after it.
  const stop = patched('freeze-is-looked-at-last') ? await stopNow(gate, gates) : null
  if (stop !== null) return refused(stop)
  void tellIncident(asked, 'running', approval)
  const deployed = await carryOut(planned, request)
  narrator.done(DEPLOY, deployed.outcome)
  if (deployed.state !== 'done') return deployed

  const back = async (why: string): Promise<ChangeResult> => {
    const taken = await CancellationScope.nonCancellable(() => takeBack(planned, request))
    const words = `${title}: ${sentence(why)} ${taken.words}`
    if (taken.end === 'back') return { state: 'reverted', outcome: words }
    return { state: 'failed', outcome: taken.end === 'unwell' ? words : `${words} ${stillThere(planned, found)}` }
  }
  try {
    const why = await stillFails(planned, found)
    if (why !== null) return await back(why)
    narrator.begin(WATCH)
    void tellIncident(asked, 'running', `${deployed.outcome} It is watched for ${seconds(watchSeconds)}.`)
    const { last, against } = await watchFix(watched, before)
    narrator.done(WATCH, against ?? 'nothing stands against it')
    if (against !== null) return await back(`within the watch ${against}`)
    const verdict = watchVerdict(before, last)
    const end = verdict === 'ok' ? 'Verified' : 'Deployed, but not confirmed in every respect'
    const words = watchWords(before, last).join(' ')
    return {
      state: 'done',
      verdict,
      outcome: `${fixName(found)}: ${deployed.outcome} ${end} after ${seconds(watchSeconds)}: ${words}`,
    }
  } catch (error) {
    if (isCancellation(error)) return await back('it was cancelled before the end of the watch')
    // It is deployed: what cannot be found out from here on speaks against it.
    if (!(error instanceof TemporalFailure) || !patched('what-cannot-be-verified-is-taken-back')) throw error
    return await back(`deployed, it could not be verified: ${failureWords(error)}`)
  }
}

/** Test and gate took their time: a newer registration may say that its CI failed. Null when it is still green. */
async function whyUnproven(found: Fix): Promise<string | null> {
  try {
    await onControlPlane('briefly', 'Is its CI still green').readFix({ fix: found.sha256 })
    return null
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
    return `${fixName(found)} is not deployed: ${failureWords(error)}`
  }
}

/** For people, who have to go on where nothing else can. */
function stillThere({ host, plan: { undo } }: Planned, found: Fix): string {
  const byHand = undo === null ? '' : ` To take it back by hand: ${sentence(undo)}`
  return `${fixName(found)} IS deployed on ${host}, and nobody watches it.${byHand}`
}

/** Null when it does on this host what it did on staging. */
async function stillFails({ host, service }: Planned, { reproduction }: Fix): Promise<string | null> {
  const words = reproductionWords(reproduction)
  const found = await onHost(host, 'longRead', `Now: ${words}`).reproduce({ service, reproduction })
  return found.state === 'passed' ? null : `deployed, it does not hold that ${words}: ${found.summary}`
}

function seconds(count: number): string {
  return count % 60 === 0 ? `${count / 60} min` : `${count} s`
}
