/**
 * How a host's process begins: in control groups of its own, and in a view of the machine's mounts without those of other
 * hosts and estates. systemd-nspawn keeps that view for as long as the host lives, and a file system that is seen
 * anywhere cannot be unmounted for good.
 */
import type { HostPlan } from '../estate/name.ts'
import { groupsOf } from './cgroups.ts'

/** Arguments: own folder as the kernel writes it, number of groups, the groups, the command. */
const script = `
own=$1; count=$2; shift 2
while [ "$count" -gt 0 ]; do
  mkdir -p "$1" && echo $$ >"$1/cgroup.procs" || exit 1
  shift; count=$((count - 1))
done
mounts=$(cat /proc/self/mountinfo)
while read -r _ _ _ _ point _; do
  case $point in
    "$own"/*) ;;
    */.sandbox/*/hosts/* | /run/opencode-acp-ops/*) umount -l "$(printf %b "$point")" ;;
  esac
done <<END
$mounts
END
exec "$@"
`

/** The command line that becomes the given one, keeping its process number. */
export function launching(host: HostPlan, command: readonly string[]): readonly string[] {
  const own = host.folder.replace(/[ \t\n\\]/g, char => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
  const groups = groupsOf(host)
  const start = ['unshare', '--mount', '--propagation', 'slave', '--', 'sh', '-c', script, 'sh']
  return [...start, own, String(groups.length), ...groups, ...command]
}
