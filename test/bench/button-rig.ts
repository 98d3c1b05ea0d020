/** What a press of Approve goes through: the real ingress and control plane, a real ledger, a stand-in for Slack, and a host whose hands take no time. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { createKey, type SigningIdentity } from '../../activities/adapters/signing.ts'
import type { ResponseHands } from '../../activities/response-hands.ts'
import type { WorkaroundPlan } from '../../domain/changes.ts'
import { parseHostName } from '../../domain/ids.ts'
import { startStandIn } from '../../sandbox/slack/stand-in.ts'
import { PEOPLE } from '../../sandbox/slack/world.ts'
import { startPostgres } from '../support/postgres.ts'
import { SECRET } from '../support/slack-door.ts'
import { createLedger } from '../support/test-ledger.ts'
import { openRig, postsOf, type Rig } from '../support/workflow-rig.ts'
import { endingWith } from './endings.ts'
import { withProcess } from './processes.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ADDRESS = '127.84.2.1'
const TOKEN = 'xoxb-bench'
export const HOST = 'alpha'

export interface ButtonRig {
  readonly rig: Rig
  /** Of the door of Slack. */
  readonly url: string
  /** The door's key: it signs that Ana asks. */
  readonly door: SigningIdentity
  /** When the next change is carried out, by the monotonic clock, ms. */
  nextApply(): Promise<number>
}

export async function withButtonRig<T>(story: (parts: ButtonRig) => Promise<T>): Promise<T> {
  const rig = await openRig(ADDRESS)
  return await endingWith(
    () => rig.close(),
    async () => {
      const postgres = await startPostgres()
      return await endingWith(
        () => postgres.stop(),
        async () => {
          await createLedger(postgres)
          const { host } = postgres.as('ops_ledger', 'ledger')
          return await withProcesses(rig, `postgres://ops_ledger@/ledger?host=${host}`, story)
        },
      )
    },
  )
}

async function withProcesses<T>(rig: Rig, ledgerUrl: string, story: (parts: ButtonRig) => Promise<T>): Promise<T> {
  const folder = mkdtempSync('/var/tmp/ops-bench-')
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const url = `http://${ADDRESS}:9500`
  const slack = await startStandIn({
    host: ADDRESS,
    port: 0,
    token: TOKEN,
    signingSecret: SECRET,
    ingress: `${url}/slack/events`,
    people: PEOPLE,
  })
  const door = createKey()
  const shared = {
    TEMPORAL_ADDRESS: rig.server.address,
    OPS_ESTATE: file('estate.yaml', estateWith(door.publicKey)),
    OPS_LEDGER_URL_FILE: file('ledger', ledgerUrl),
    OPS_SLACK_TOKEN_FILE: file('token', TOKEN),
    OPS_SLACK_API_URL: `${slack.url}/api/`,
  }
  const artefacts = join(folder, 'artefacts')
  mkdirSync(artefacts)
  const controlPlane = {
    words: ['--max-semi-space-size=2', 'workers/control-plane.ts'],
    environment: { ...shared, OPS_ARTEFACTS: artefacts, OPS_HOST_TOKENS: file('tokens', '{}') },
    http: `${ADDRESS}:9400`,
  }
  const ingress = {
    words: ['starters/ingress.ts'],
    environment: {
      ...shared,
      OPS_SLACK_SIGNING_SECRET_FILE: file('signing', SECRET),
      OPS_SLACK_DOOR_KEY_FILE: file('door', door.privateKeyPem),
      OPS_SLACK_HTTP: `${ADDRESS}:9500`,
    },
    http: `${ADDRESS}:9510`,
  }
  const { hands, nextApply } = instantHands()
  return await endingWith(
    async () => {
      await slack.close()
      rmSync(folder, { recursive: true, force: true })
    },
    async () =>
      await withProcess(
        controlPlane,
        async () =>
          await withProcess(
            ingress,
            async () =>
              await rig.whileWorking(
                postsOf({ [HOST]: hands }, undefined),
                async () => await story({ rig, url, door, nextApply }),
              ),
          ),
      ),
  )
}

/** The sandbox's people, and the door that vouches for them. */
function estateWith(publicKey: string): string {
  const described = parse(readFileSync(join(ROOT, 'sandbox', 'estate.yaml'), 'utf8'))
  if (parseHostName(HOST) === null || !Object.hasOwn(described.hosts, HOST)) throw new Error(`no host ${HOST}`)
  described.team.doorKeys = [{ door: 'slack', key: publicKey }]
  return stringify(described)
}

function instantHands() {
  const plan: WorkaroundPlan = {
    title: `restart opencode-acp on ${HOST}`,
    steps: ['systemctl restart opencode-acp'],
    undo: 'nothing: the old process is gone',
    impact: 'open sessions end',
    parameters: {},
    before: { pid: '42' },
  }
  let applied = Promise.withResolvers<number>()
  const hands: Partial<ResponseHands> = {
    planChange: async () => plan,
    applyChange: async () => {
      applied.resolve(performance.now())
      return 'restarted'
    },
    checkChange: async () => ({ state: 'done', healthy: true, summary: 'answers in 4 ms' }),
  }
  const nextApply = (): Promise<number> => {
    applied = Promise.withResolvers<number>()
    return applied.promise
  }
  return { hands, nextApply }
}
