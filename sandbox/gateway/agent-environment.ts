// The environment of an OpenCode child: what it needs and nothing of the gateway's own. It has
// its own file because each line is a measured decision.
import { randomBytes } from 'node:crypto'

const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'TZ',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_STATE_HOME',
  'XDG_CACHE_HOME',
]

export function agentEnvironment(from: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const inherited = INHERITED.flatMap(name => (from[name] === undefined ? [] : [[name, from[name]] as const]))
  return {
    ...Object.fromEntries(inherited),
    // Beside ACP every child listens with a REST server that can run commands, without a
    // password by default. Nobody needs it here, so nobody knows the password.
    OPENCODE_SERVER_PASSWORD: randomBytes(24).toString('base64url'),
    // Hosts have no route out: the fetch only costs 0.6 s of every start and an error in the log.
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    // Versions change when operations change them.
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    // Policy is /etc/opencode/opencode.json; a repository's own file may not override it.
    OPENCODE_DISABLE_PROJECT_CONFIG: '1',
  }
}
