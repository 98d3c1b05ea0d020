/** Where an estate keeps what, in one place, so that the parts never spell a path themselves. */
import { join } from 'node:path'
import type { EstatePlan } from './name.ts'

/** Ports are the standard ones: each estate has its own address. */
export const ports = {
  postgres: 5432,
  temporal: 7233,
  temporalHttp: 7243,
  ui: 8233,
  control: 9400,
  controlMetrics: 9401,
  ingressSlack: 9500,
  ingressAlerts: 9501,
  ingress: 9510,
  slack: 9600,
  smtp: 2525,
  mailHttp: 2526,
  prometheus: 9090,
  alertmanager: 9093,
  blackbox: 9115,
  wake: 9700,
} as const

export function pathsOf(plan: EstatePlan) {
  const inside = (...parts: readonly string[]) => join(plan.folder, ...parts)
  return {
    logs: inside('logs'),
    /** Records of what runs, read by the next start when this one was killed. */
    run: inside('run'),
    secrets: inside('secrets'),
    artefacts: inside('artefacts'),
    reports: inside('reports'),
    estateFile: inside('estate.yaml'),
    /** Digest of the estate file as it was rendered. */
    estateStamp: inside('run', 'estate-file'),
    environment: inside('env.json'),
    postgres: inside('postgres'),
    temporal: inside('temporal'),
    ledgerUrl: inside('secrets', 'ledger-url'),
    ledgerOwnerUrl: inside('secrets', 'ledger-owner-url'),
    hostTokens: inside('secrets', 'host-tokens.json'),
    /** Private keys of the people, by name; in a real estate each is on its owner's machine only. */
    keys: inside('secrets', 'people'),
    doorKey: inside('secrets', 'door-slack.pem'),
    mailUrl: inside('secrets', 'smtp-url'),
    /** What the stand-in for Slack and the mail server keep. */
    chat: inside('chat'),
    mail: inside('mail'),
    monitoring: inside('monitoring'),
    current: join(plan.checkout, '.sandbox', 'current'),
    controlSocket: join(plan.runtime, 'control.sock'),
  } as const
}

export type EstatePaths = ReturnType<typeof pathsOf>
