/** What the schema cannot see: names, references between parts, limits in the wrong order, secrets. Reads loosely, so that it also speaks when the shape is wrong. */
import { didYouMean } from '../../domain/did-you-mean.ts'
import { ALL_HOSTS, ESTATE, parseHostName } from '../../domain/ids.ts'
import { type Breach, type Place, valueAt } from './estate-file.problems.ts'
import { checkTeam } from './estate-file.team-rules.ts'

/** Every rule that the data breaks. `data` is whatever the file holds. */
export function checkRules(data: unknown): readonly Breach[] {
  return [
    ...checkHosts(data),
    ...checkTimezone(data),
    ...checkThresholds(data),
    ...checkEitherOr(data),
    ...checkWaivers(data),
    ...checkTeam(data),
  ]
}

function keysAt(data: unknown, place: Place): readonly string[] {
  const value = valueAt(data, place)
  return value !== null && typeof value === 'object' ? Object.keys(value) : []
}

function checkHosts(data: unknown): readonly Breach[] {
  const hosts = keysAt(data, ['hosts'])
  const breaches: Breach[] = hosts
    .filter(host => parseHostName(host) === null)
    .map(host => ({
      place: ['hosts', host],
      message:
        host === ALL_HOSTS || host === ESTATE
          ? `"${host}" is reserved; give the host another name`
          : 'a host name is 2 to 32 lower-case letters, digits and hyphens, beginning with a letter',
    }))
  const primaries = hosts.filter(host => valueAt(data, ['hosts', host, 'role']) === 'primary')
  if (valueAt(data, ['hosts']) !== undefined && primaries.length !== 1) {
    breaches.push({
      place: ['hosts'],
      message: `exactly one host must have the role primary; ${primaries.length === 0 ? 'none has' : `${primaries.join(' and ')} have`}`,
    })
  }
  return breaches
}

function checkTimezone(data: unknown): readonly Breach[] {
  const zone = valueAt(data, ['timezone'])
  if (typeof zone !== 'string' || zone === '' || isTimezone(zone)) return []
  const near = didYouMean(zone, Intl.supportedValuesOf('timeZone'))
  return [
    { place: ['timezone'], message: `unknown time zone${near}; must be an IANA zone such as Europe/Berlin or UTC` },
  ]
}

function isTimezone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return !/^[+-]/.test(zone)
  } catch {
    return false
  }
}

/** Of certificates it is few days that are bad; everything else is bad when there is much of it. */
function checkThresholds(data: unknown): readonly Breach[] {
  return keysAt(data, ['thresholds']).flatMap(key => {
    const place = ['thresholds', key]
    const warn = valueAt(data, [...place, 'warn'])
    const fail = valueAt(data, [...place, 'fail'])
    if (typeof warn !== 'number' || typeof fail !== 'number') return []
    if (key === 'certificateDays') {
      return warn < fail ? [{ place, message: `warn (${warn}) must not be below fail (${fail}): days left` }] : []
    }
    return warn > fail ? [{ place, message: `warn (${warn}) must not be above fail (${fail})` }] : []
  })
}

function checkEitherOr(data: unknown): readonly Breach[] {
  const breaches: Breach[] = []
  for (const [place, one, other] of [
    [['service', 'acp'], 'url', 'stdio'],
    [['database'], 'socket', 'host'],
  ] as const) {
    const keys = keysAt(data, place)
    if (typeof valueAt(data, place) !== 'object' || valueAt(data, place) === null) continue
    if (keys.includes(one) === keys.includes(other)) {
      breaches.push({
        place: [...place],
        message: `needs either ${one} or ${other}${keys.includes(one) ? ', not both' : ''}`,
      })
    }
  }
  const acp = keysAt(data, ['service', 'acp'])
  if (acp.includes('metricsUrl') && acp.includes('stdio')) {
    breaches.push({
      place: ['service', 'acp', 'metricsUrl'],
      message: 'goes with url only: a spawned agent has no metrics',
    })
  }
  return breaches
}

function checkWaivers(data: unknown): readonly Breach[] {
  const waivers = valueAt(data, ['waivers'])
  if (!Array.isArray(waivers)) return []
  const targets = [...new Set([...keysAt(data, ['hosts']), ESTATE, ALL_HOSTS])]
  const seen = new Map<string, number>()
  return waivers.flatMap((waiver: unknown, index): readonly Breach[] => {
    const target = valueAt(waiver, ['target'])
    if (typeof target !== 'string' || target === '') return []
    if (!targets.includes(target)) {
      const message = `no such target as "${target}"${didYouMean(target, targets)}; must be one of ${targets.join(', ')}`
      return [{ place: ['waivers', index, 'target'], message }]
    }
    const key = `${target} ${String(valueAt(waiver, ['finding']))}`
    const earlier = seen.get(key)
    seen.set(key, index)
    return earlier === undefined
      ? []
      : [{ place: ['waivers', index], message: `waives the same finding of the same target as waivers[${earlier}]` }]
  })
}
