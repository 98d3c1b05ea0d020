/** Times in sentences about decisions. */

/** To the second, in UTC; what is no time is shown as it came. */
export function clock(iso: string): string {
  const time = Date.parse(iso)
  return Number.isNaN(time)
    ? `"${iso.slice(0, 40)}"`
    : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
