/**
 * Each host gets control groups of its own. Without them all hosts would share the one from which they are started, and
 * a unit stopped on one host would take the processes of its namesake on the other with it.
 */
import { readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import type { HostPlan } from '../estate/name.ts'

/** The hierarchies that systemd manages: the unified one, and beside it `name=systemd` on a hybrid machine. */
export function managedHierarchies(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): readonly string[] {
  return mountinfo.split('\n').flatMap(line => {
    const [left = '', right = ''] = line.split(' - ')
    const [type = '', , superOptions = ''] = right.split(' ')
    const point = left.split(' ')[4]
    const isManaged = type === 'cgroup2' || (type === 'cgroup' && superOptions.split(',').includes('name=systemd'))
    return isManaged && point !== undefined ? [point] : []
  })
}

export function groupsOf(host: HostPlan): readonly string[] {
  return managedHierarchies().map(root => join(root, host.machine))
}

/** Only empty groups go; a group with a process in it is refused by the kernel and stays. */
export function removeGroups(host: HostPlan): void {
  for (const group of groupsOf(host)) removeTree(group)
}

function removeTree(group: string): void {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(group, entry.name))
    }
    rmdirSync(group)
  } catch {
    // It is gone, or still in use.
  }
}
