/** Spans, shares and lists as the evidence of an incident writes them. */

export function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

export function formatPercent(value: number): string {
  return `${Math.round(value * 10) / 10} %`
}

export function formatSeconds(seconds: number): string {
  if (seconds >= 172_800) return `${Math.round(seconds / 86_400)} days`
  if (seconds >= 7_200) return `${Math.round(seconds / 3_600)} h`
  return seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`
}
