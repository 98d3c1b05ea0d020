/** Times as people read them, in UTC. */

/** `2026-11-24 04:13:31`, of an ISO time. */
export function toSecond(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}

/** `2026-11-24 04:13`, of an ISO time. */
export function toMinute(iso: string): string {
  return toSecond(iso).slice(0, 16)
}

/** With its zone, for sentences. What is no time is shown as it came. */
export function clock(iso: string): string {
  const time = Date.parse(iso)
  return Number.isNaN(time) ? `"${iso.slice(0, 40)}"` : `${toSecond(new Date(time).toISOString())} UTC`
}
