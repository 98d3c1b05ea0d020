/** Reads the estate file: one YAML file, checked at the door with every problem reported at once. */
import { readFile } from 'node:fs/promises'
import { LineCounter, parseDocument } from 'yaml'
import type { Estate } from '../../domain/estate.ts'
import { OpsError } from '../../domain/failures.ts'
import { parseHostName } from '../../domain/ids.ts'
import type { Team } from '../../domain/team/team.ts'
import { MANUAL_THRESHOLDS } from '../../domain/thresholds.ts'
import { type EstateProblem, explain, lineOf, type Place, placeName } from './estate-file.problems.ts'
import { checkRules } from './estate-file.rules.ts'
import { EstateFile, parseSize } from './estate-file.schema.ts'
import { findSecrets } from './estate-file.secrets.ts'
import { toTeam } from './estate-file.team.ts'

/** The file is wrong; `problems` holds everything that is. */
export class EstateFileError extends OpsError {
  readonly file: string
  readonly problems: readonly EstateProblem[]

  constructor(file: string, problems: readonly EstateProblem[]) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
    const lines = problems.map(problem => `  ${describeProblem(problem)}`)
    super({
      owner: 'configuration',
      message: [`estate file ${file} has ${count}`, ...lines].join('\n'),
      hint: 'Correct the file and run `ops estate check`; docs/estate.example.yaml shows every setting.',
    })
    this.file = file
    this.problems = problems
  }
}

function describeProblem({ line, path, message }: EstateProblem): string {
  return [line === null ? '' : `line ${line}: `, path === '' ? '' : `${path}: `, message].join('')
}

/** Reads and checks the file. Throws EstateFileError, or OpsError when it cannot be read. */
export async function readEstate(file: string): Promise<Estate> {
  return parseEstate(await readEstateText(file), file)
}

/** The people of the same file. Throws as `readEstate` does, and when the file names nobody. */
export async function readTeam(file: string): Promise<Team> {
  return parseTeam(await readEstateText(file), file)
}

/** `file` is only named in messages. */
export function parseTeam(text: string, file: string): Team {
  const { team, timezone } = parseFile(text, file)
  if (team !== undefined) return toTeam(team, timezone)
  throw new OpsError({
    owner: 'configuration',
    message: `estate file ${file} names no team`,
    hint: 'Add a `team` with people, groups and the on-call roster; docs/estate.example.yaml shows one.',
  })
}

/** Unchecked. Throws OpsError when it cannot be read. */
export async function readEstateText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new OpsError(
      {
        owner: code === 'EACCES' ? 'permission' : 'configuration',
        message: `estate file ${file} cannot be read (${code})`,
        hint: 'Set OPS_ESTATE to the path of the estate file; docs/estate.example.yaml is one to begin with.',
      },
      { cause: error },
    )
  }
}

/** Checks the text of an estate file. `file` is only named in messages. */
export function parseEstate(text: string, file: string): Estate {
  return toEstate(parseFile(text, file))
}

function parseFile(text: string, file: string): EstateFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems: EstateProblem[] = document.errors.map(error => ({
    path: '',
    line: lines.linePos(error.pos[0]).line,
    message: error.code === 'DUPLICATE_KEY' ? duplicateWords(text, error.pos[0]) : `not YAML: ${error.message}`,
  }))
  if (document.errors.some(error => error.code !== 'DUPLICATE_KEY')) throw new EstateFileError(file, problems)

  const data: unknown = document.toJS() ?? {}
  const at = (place: Place) => ({ path: placeName(place), line: lineOf(document.contents, place, lines) })
  const secrets = findSecrets(data)
  const secretPlaces = new Set(secrets.map(({ place }) => placeName(place)))
  const parsed = EstateFile.safeParse(data)
  // A value that looks like a secret is not repeated by any other complaint about it.
  const complaints = [...(parsed.error?.issues.flatMap(issue => explain(issue, data)) ?? []), ...checkRules(data)]
  for (const { place, message } of [
    ...secrets,
    ...complaints.filter(({ place }) => !secretPlaces.has(placeName(place))),
  ]) {
    problems.push({ ...at(place), message })
  }
  if (problems.length > 0 || parsed.data === undefined) {
    throw new EstateFileError(
      file,
      problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    )
  }
  return parsed.data
}

function duplicateWords(text: string, offset: number): string {
  const key = /^[^:\s]+/.exec(text.slice(offset))?.[0] ?? ''
  return `"${key}" is there twice in the same map; names and keys must be unique`
}

function toEstate(file: EstateFile): Estate {
  const { acp, log } = file.service
  const { serviceMemoryBytes, processMemoryBytes, ...thresholds } = file.thresholds
  return {
    name: file.name,
    timezone: file.timezone,
    hosts: Object.entries(file.hosts).flatMap(([text, host]) => {
      const name = parseHostName(text)
      return name === null ? [] : [{ name, ...host }]
    }),
    service: {
      unit: file.service.unit.replace(/\.service$/, ''),
      acp:
        acp.url === undefined ? { kind: 'stdio' } : { kind: 'http', url: acp.url, metricsUrl: acp.metricsUrl ?? null },
      log: log === 'journal' ? { kind: 'journal' } : { kind: 'file', path: log.file },
      sessionsLimit: file.service.sessionsLimit ?? null,
      expectedVersion: file.service.expectedVersion ?? null,
    },
    database:
      file.database === undefined
        ? null
        : {
            host: file.database.socket ?? file.database.host ?? '',
            port: file.database.port,
            name: file.database.name,
            user: file.database.user,
          },
    certificates: file.certificates,
    zed: file.zed === undefined ? null : { user: file.zed.user, settingsPath: file.zed.settings },
    thresholds: {
      ...MANUAL_THRESHOLDS,
      ...defined(thresholds),
      ...(serviceMemoryBytes === undefined ? {} : { serviceMemoryBytes: parseSize(serviceMemoryBytes) }),
      ...(processMemoryBytes === undefined ? {} : { processMemoryBytes: parseSize(processMemoryBytes) }),
    },
    waivers: file.waivers,
  }
}

/** An optional key that is absent must not hide the default. */
type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}
