/** New rules for Prometheus (S54), as the control plane carries them out: plan, replace, look. */
import { OpsError } from '../domain/failures.ts'
import { diffRules } from '../domain/monitoring/diff.ts'
import { diffLines, diffSummary } from '../domain/monitoring/diff-words.ts'
import { isInForce, type RuleKey, type Sight, seeRules, sightWords } from '../domain/monitoring/in-force.ts'
import { type RulesFile, rulesName, rulesOf } from '../domain/monitoring/rules.ts'
import { redact } from '../domain/redact.ts'
import type { ArtefactStore } from './adapters/artefact-store.ts'
import type { Prometheus } from './adapters/prometheus.ts'
import { digestOf, parseRules, type RulesNow } from './adapters/rules-file.ts'
import type { MonitoringActivities } from './monitoring-hands.ts'

export interface MonitoringPorts {
  readonly store: Pick<ArtefactStore, 'get' | 'put'>
  readonly tryRules: (rules: string, tests: readonly string[]) => Promise<readonly string[]>
  /** Null when OPS_PROMETHEUS_URL is not set. */
  readonly prometheus:
    | (Pick<Prometheus, 'rules' | 'reload'> & { readonly format: (query: string) => Promise<string> })
    | null
  /** Path of the rules file; null when OPS_PROMETHEUS_RULES is not set. */
  readonly file: string | null
  readonly readRules: (path: string) => Promise<RulesNow>
  readonly writeRules: (now: RulesNow, text: string) => Promise<void>
}

export function createMonitoringActivities(ports: MonitoringPorts): MonitoringActivities {
  const { store } = ports
  const textOf = async (sha256: string) => new TextDecoder().decode(await store.get(`sha256:${sha256}`))

  return {
    async planRules({ rules, tests }) {
      const { prometheus, file } = configured(ports)
      const text = await textOf(rules)
      const evidence = await ports.tryRules(text, await Promise.all(tests.map(textOf)))
      const now = await ports.readRules(file)
      if (now.sha256 === rules) throw alreadyThere(rules)
      // The way back has to be there before the first step is taken; by digest, it is kept once.
      await keep(store, now)
      const [before, after] = [await spelled(now.text, prometheus.format), await spelled(text, prometheus.format)]
      refuseForeign(await see(prometheus, keysOf(before), []), file)
      const diff = diffRules(before, after)
      return {
        file: now.path,
        from: now.sha256,
        to: rules,
        summary: diffSummary(diff),
        changes: diffLines(diff).map(redact),
        evidence,
      }
    },

    /** A first try that got as far as the file is recognised by its digest, and goes on with the reload. */
    async replaceRules({ file, from, to }) {
      const { prometheus } = configured(ports)
      const now = await ports.readRules(file)
      if (now.sha256 !== to && now.sha256 !== from) {
        return { state: 'edited', summary: `${file} is neither version any more: somebody else has changed it` }
      }
      if (now.sha256 === from) await ports.writeRules(now, await textOf(to))
      await prometheus.reload()
      return { state: 'replaced', summary: `${file} is ${rulesName(to)}, and Prometheus has read it` }
    },

    async lookAtRules({ file, from, to }) {
      const { prometheus } = configured(ports)
      const [wanted, other] = await Promise.all(
        [to, from].map(async sha256 => keysOf(await spelled(await textOf(sha256), prometheus.format))),
      )
      const now = await ports.readRules(file)
      if (now.sha256 !== to) return { inForce: false, summary: `${file} is not ${rulesName(to)}` }
      const sight = await see(prometheus, wanted ?? [], other ?? [])
      return { inForce: isInForce(sight), summary: sightWords(sight, wanted ?? []) }
    },
  }
}

type Configured = { readonly [K in 'prometheus' | 'file']: NonNullable<MonitoringPorts[K]> }

function configured({ prometheus, file }: MonitoringPorts): Configured {
  if (prometheus !== null && file !== null) return { prometheus, file }
  throw new OpsError({
    owner: 'configuration',
    message: `the control plane cannot change rules: ${prometheus === null ? 'OPS_PROMETHEUS_URL' : 'OPS_PROMETHEUS_RULES'} is not set`,
    hint: 'Set the address of Prometheus and the path of the rules file that it reads where the control plane is started.',
  })
}

type Asked = Configured['prometheus']

async function spelled(text: string, format: Asked['format']): Promise<RulesFile> {
  const groups: RulesFile['groups'][number][] = []
  for (const group of parseRules(text).groups) {
    const rules = []
    for (const rule of group.rules) rules.push({ ...rule, query: await format(rule.query) })
    groups.push({ ...group, rules })
  }
  return { groups }
}

function keysOf(file: RulesFile): readonly RuleKey[] {
  return rulesOf(file).map(({ group, name, query }) => ({ group, name, query }))
}

async function see(prometheus: Asked, wanted: readonly RuleKey[], other: readonly RuleKey[]): Promise<Sight> {
  const inForce: RuleKey[] = []
  for (const { group, name, query } of await prometheus.rules()) {
    inForce.push({ group, name, query: await prometheus.format(query) })
  }
  return seeRules(wanted, other, inForce)
}

async function keep(store: MonitoringPorts['store'], { text, sha256, path }: RulesNow): Promise<void> {
  if (digestOf(text) !== sha256) {
    const hint = 'Bring it into UTF-8 by hand, reload Prometheus, and propose the new rules again.'
    throw new OpsError({ owner: 'operator', message: `${path} is no text in UTF-8 and could not be restored`, hint })
  }
  await store.put('rules', new TextEncoder().encode(text))
}

function alreadyThere(sha256: string): OpsError {
  const message = `${rulesName(sha256)} is the file that Prometheus reads already`
  return new OpsError({ owner: 'operator', message, hint: 'There is nothing to replace.' })
}

/** What is not in force now could not be seen again after a way back, and the file may be another Prometheus's. */
function refuseForeign(sight: Sight, file: string): void {
  if (isInForce(sight)) return
  throw new OpsError({
    owner: 'configuration',
    message: `Prometheus has not the rules of ${file}: ${sightWords(sight, [])}`,
    hint: 'Is OPS_PROMETHEUS_RULES the file that this Prometheus reads? If somebody edited it, reload Prometheus first.',
  })
}
