// Debian packages: looks which are missing and installs those. Nothing is asked of the network when none is.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Refusal } from './refusal.mjs'

export function missingPackages(packages) {
  const names = packages.map(one => one.name)
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own places
  const format = '-f=${Package} ${db:Status-Status}\n'
  const { stdout } = spawnSync('dpkg-query', ['-W', format, ...names], { encoding: 'utf8' })
  const installed = new Set(
    (stdout ?? '')
      .split('\n')
      .filter(line => line.endsWith(' installed'))
      .map(line => line.split(' ')[0]),
  )
  return names.filter(name => !installed.has(name))
}

/** With the package comes a cluster on port 5432, unless this file says otherwise before. */
const clusterFile = '/etc/postgresql-common/createcluster.conf'

export function ensureDebian(packages, tell) {
  const missing = missingPackages(packages)
  if (missing.length === 0) return
  const install = [
    'apt-get',
    'install',
    '-y',
    '--no-install-recommends',
    '-o',
    'Dpkg::Options::=--force-confold',
    ...missing,
  ]
  if (process.getuid() !== 0) {
    throw new Refusal(`these Debian packages are missing: ${missing.join(' ')}`, {
      hint: `Install them as root and start again:\n  apt-get update && ${install.join(' ')}`,
      exit: 77,
    })
  }
  if (missing.some(name => name.startsWith('postgresql')) && !existsSync(clusterFile)) {
    mkdirSync(dirname(clusterFile), { recursive: true })
    writeFileSync(
      clusterFile,
      '# Written by opencode-acp-ops: it runs clusters of its own.\ncreate_main_cluster = false\n',
    )
  }
  for (const name of missing.filter(one => one.startsWith('prometheus'))) mask(name)
  tell(`installing Debian packages: ${missing.join(' ')}`)
  for (const command of [['apt-get', 'update', '-q'], install]) run(command)
  const still = missingPackages(packages)
  if (still.length > 0) throw refused(`apt-get did not install ${still.join(' ')}`)
}

/** With the package comes a service on all addresses; the sandbox runs its own on the estate's. */
function mask(name) {
  const unit = `/etc/systemd/system/${name}.service`
  if (existsSync(unit)) return
  mkdirSync(dirname(unit), { recursive: true })
  symlinkSync('/dev/null', unit)
}

function run([command, ...args]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
  const result = spawnSync(command, args, { env, stdio: ['ignore', 2, 2] })
  if (result.status !== 0) throw refused(`'${[command, ...args].join(' ')}' failed`)
}

function refused(message) {
  return new Refusal(message, {
    hint: 'Its output is above. It needs the Debian mirror once; start again when that can be reached.',
    exit: 69,
  })
}
