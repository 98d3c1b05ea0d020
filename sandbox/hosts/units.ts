/**
 * The units of a host, copied from the checkout at each boot. A unit is enabled when it is first installed and never
 * again after that: whoever disables one on a host (a fence, a test) finds it disabled after a restart as well.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export const unitFiles = [
  'sandbox/hosts/postgresql-opencode.service',
  'sandbox/hosts/ops-host-worker.service',
  'sandbox/gateway/opencode-acp.service',
  'sandbox/model/opencode-model.service',
  'sandbox/monitoring/node-exporter.service',
] as const

const trafficUnit = 'sandbox/traffic/opencode-traffic.service'

export function installUnits(root: string, checkout: string, traffic: boolean): void {
  for (const file of unitFiles) installUnit(root, join(checkout, file))
  // Traffic is a choice of each start, not a state of the host.
  installUnit(root, join(checkout, trafficUnit))
  if (traffic) enable(root, basename(trafficUnit))
  else disable(root, basename(trafficUnit))
}

function installUnit(root: string, file: string): void {
  const folder = join(root, 'etc/systemd/system')
  const unit = basename(file)
  const known = existsSync(join(folder, unit))
  mkdirSync(folder, { recursive: true })
  if (!known || !sameText(file, join(folder, unit))) copyFileSync(file, join(folder, unit))
  if (!known) enable(root, unit)
}

function enable(root: string, unit: string): void {
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants')
  mkdirSync(wants, { recursive: true })
  if (!existsSync(join(wants, unit))) {
    rmSync(join(wants, unit), { force: true })
    symlinkSync(`/etc/systemd/system/${unit}`, join(wants, unit))
  }
}

function disable(root: string, unit: string): void {
  rmSync(join(root, 'etc/systemd/system/multi-user.target.wants', unit), { force: true })
}

function sameText(one: string, other: string): boolean {
  return readFileSync(one).equals(readFileSync(other))
}

/** Writes a file of the host's root with exactly this text and mode. */
export function place(root: string, path: string, text: string, mode = 0o644): void {
  const file = join(root, path)
  mkdirSync(join(file, '..'), { recursive: true })
  rmSync(file, { force: true })
  writeFileSync(file, text, { mode })
}
