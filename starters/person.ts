/** Who sits at the command line: the operating system's user. It is recorded with everything that they ask for. */
import { hostname, userInfo } from 'node:os'

/** `ana@laptop`; behind sudo, the person and not root. */
export function personAtDoor(environment: Readonly<Record<string, string | undefined>>): string {
  return `${environment.SUDO_USER || userName()}@${hostname()}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that no user has.
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
