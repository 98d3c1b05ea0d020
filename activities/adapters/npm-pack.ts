/** Fetches a package as npm publishes it, from wherever npm is configured to look, without running anything of it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { arch, homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { OpsError } from '../../domain/failures.ts'
import { run } from './shell.ts'

/** Some 60 MB over a slow line. */
const DEADLINE_MS = 300_000

/** The agent is published as one package for each platform; these are those of Linux. */
export function agentPackage(platform: string = arch()): string {
  return `opencode-linux-${platform}`
}

/** The archive of exactly this version. Throws OpsError operator when there is none. */
export async function packAgent(version: string, name: string = agentPackage()): Promise<Uint8Array> {
  if (!/^\d+\.\d+\.\d+[\w.+-]{0,40}$/.test(version)) {
    const hint = 'Name an exact version, for example opencode-ai@1.18.32; a range is not pinned.'
    throw new OpsError({ owner: 'operator', message: `"${version.slice(0, 60)}" is no exact version`, hint })
  }
  const folder = await mkdtemp(join(tmpdir(), 'ops-fix-'))
  try {
    const args = ['pack', `${name}@${version}`, '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
    const { exitCode, stderr, ending } = await run('npm', args, {
      deadlineMs: DEADLINE_MS,
      cwd: folder,
      env: npmEnvironment(),
    })
    if (exitCode !== 0) throw missing(name, version, ending === 'deadline' ? 'no answer in time' : stderr)
    return await readFile(join(folder, `${name}-${version}.tgz`))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** npm's own settings and the way to its registry; nothing else of ours. */
function npmEnvironment(): Readonly<Record<string, string>> {
  const passed = Object.entries(process.env).filter(([name]) =>
    /^(npm_config_\w+|https?_proxy|no_proxy|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|PATH)$/i.test(name),
  )
  return { HOME: homedir(), ...Object.fromEntries(passed.map(([name, value]) => [name, value ?? ''])) }
}

function missing(name: string, version: string, said: string): OpsError {
  const why =
    said
      .trim()
      .split('\n')
      .find(line => /npm (error|ERR!)/.test(line))
      ?.slice(0, 160) ?? 'it gave no reason'
  const hint = `See "npm view ${name} versions" on the control plane; its npm settings say where it looks.`
  return new OpsError({ owner: 'operator', message: `npm has no ${name}@${version}: ${why}`, hint })
}
