/** Which variables of @temporalio/envconfig name a server: for the `ops` command and the sandbox the same. */
const NAMING = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'] as const

/** Those that are set; an empty variable says nothing. */
export function namingTemporal(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return NAMING.filter(name => Boolean(environment[name]))
}
