/** The smallest workflow around a hand: one call of one verb of one host, tried once. */
import { proxyActivities } from '@temporalio/workflow'

export interface HandCall {
  readonly host: string
  readonly verb: string
  readonly argument: unknown
}

export async function callHand({ host, verb, argument }: HandCall): Promise<unknown> {
  const hands = proxyActivities<Record<string, (argument: unknown) => Promise<unknown>>>({
    taskQueue: `host:${host}`,
    scheduleToStartTimeout: '20 seconds',
    startToCloseTimeout: '3 minutes',
    heartbeatTimeout: '10 seconds',
    retry: { maximumAttempts: 1 },
  })
  const hand = hands[verb]
  if (hand === undefined) throw new Error(`no verb ${verb}`)
  return await hand(argument)
}
