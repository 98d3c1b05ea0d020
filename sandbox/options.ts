/** The options of `npm start`, read once at the door: a mistake is told and nothing is started. */
import { parseArgs } from 'node:util'
import { exits, messageOf, Problem } from './estate/problem.ts'
import { type DiskSizes, defaultSizes } from './hosts/disks.ts'
import { type TemporalChoice, temporalChoices } from './temporal/find.ts'

export interface StartOptions {
  readonly name: string
  /** Stop after the first health check and exit with its verdict. */
  readonly once: boolean
  /** Begin with an empty estate. */
  readonly fresh: boolean
  readonly traffic: boolean
  /** Machines and servers only: no workers, no schedules, no health check. */
  readonly bare: boolean
  readonly temporal: TemporalChoice
  readonly sizes: DiskSizes
  readonly help: boolean
}

export const startHelp = `npm start -- [options]

  --once            stop everything after the first health check; exit with its verdict (0 ok, 1 warn, 2 fail, 3 unknown)
  --fresh           begin with an empty estate: everything that earlier starts kept is removed
  --name NAME       name of the estate (sandbox); several with different names run side by side
  --no-traffic      no ACP traffic on the hosts
  --bare            machines and servers only: no workers, schedules and health check
  --temporal WHICH  auto (TEMPORAL_ADDRESS, temporal on PATH, pinned, download) or pinned
  --var-size GB     size of /var of each host when it is made (3)
  --help`

/** @throws Problem (exit 64) that names the mistake. */
export function readStartOptions(args: readonly string[]): StartOptions {
  const values = parse(args)
  return {
    name: values.name,
    once: values.once,
    fresh: values.fresh,
    traffic: !values['no-traffic'],
    bare: values.bare,
    temporal: temporalChoice(values.temporal),
    sizes: { ...defaultSizes, varBytes: gigabytes(values['var-size']) ?? defaultSizes.varBytes },
    help: values.help,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        name: { type: 'string', default: 'sandbox' },
        once: { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
        bare: { type: 'boolean', default: false },
        'no-traffic': { type: 'boolean', default: false },
        temporal: { type: 'string', default: 'auto' },
        'var-size': { type: 'string', default: '' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw wrong((messageOf(error).split('.')[0] ?? '').replace(/^./, first => first.toLowerCase()))
  }
}

function temporalChoice(text: string): TemporalChoice {
  const choice = temporalChoices.find(one => one === text)
  if (choice === undefined) throw wrong(`--temporal is one of ${temporalChoices.join(', ')}, not '${text}'`)
  return choice
}

function gigabytes(text: string): number | undefined {
  if (text === '') return undefined
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0.5 || value > 1000) {
    throw wrong(`--var-size is a number of gigabytes from 0.5 to 1000, not '${text}'`)
  }
  return Math.round(value * 1024 ** 3)
}

function wrong(message: string): Problem {
  return new Problem(message, {
    hint: `'npm start -- --help' lists the options. Nothing was started.`,
    exit: exits.usage,
  })
}
