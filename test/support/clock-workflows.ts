/** A run that does what the clock says when it is told something, like an incident that waits before it changes its card. */
import { condition, defineQuery, defineSignal, setHandler, sleep } from '@temporalio/workflow'

export const tell = defineSignal('tell')
export const heard = defineQuery<readonly number[]>('heard')

/** Sleeps when little time has passed since its beginning, and ends at once otherwise. Gives when it was told. */
export async function askClock(): Promise<readonly number[]> {
  const begin = Date.now()
  const moments: number[] = []
  setHandler(tell, () => {
    moments.push(Date.now())
  })
  setHandler(heard, () => moments)
  await condition(() => moments.length > 0)
  if ((moments[0] ?? begin) - begin < 1_000) await sleep(500)
  return moments
}
