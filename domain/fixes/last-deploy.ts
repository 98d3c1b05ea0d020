/** The newest deploy on a host that can be rolled back. */

export interface DeployedVersion {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly release: string
  /** What ran before it; null: what the unit's own file names. */
  readonly before: string | null
}

export type LastDeploy =
  | { readonly kind: 'configuration'; readonly at: number; readonly path: string }
  | ({ readonly kind: 'version' } & DeployedVersion)

/** As it stands among the changes of a host. */
export function deployWords(deploy: LastDeploy): string {
  return deploy.kind === 'configuration' ? deploy.path : `opencode-ai ${deploy.release}`
}
