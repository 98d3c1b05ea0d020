/**
 * The people of the estate file, and a copy of the file as it last was right: a typo and a restart together must not leave
 * an incident with nobody to ring, and no host to look at. Who may decide, and what is changed, is never taken from the copy.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Estate } from '../../domain/estate.ts'
import { OpsError } from '../../domain/failures.ts'
import type { Team } from '../../domain/team/team.ts'
import { parseEstate, parseTeam, readEstate, readEstateText } from './estate-file.ts'
import { syncFolder } from './sync-folder.ts'

export interface TeamFile {
  /** As of now. Throws as `readTeam` of the estate file does. */
  readTeam(): Promise<Team>
  /** As they were when this or an earlier process last read them; null when nobody knows. */
  readKeptTeam(): Promise<Team | null>
  /** The estate as of now, else as kept. Throws as `readEstate` of the estate file does when nothing is kept. */
  readLastEstate(): Promise<Estate>
}

/** `copy` is written by the control plane alone; its folder is made when it is missing. */
export function openTeamFile(file: string, copy: string): TeamFile {
  let kept: string | null = null
  let isKeeping = false

  /** A copy that cannot be written is no reason to know nobody: doctor and the artefacts tell of the folder. */
  async function keep(text: string): Promise<void> {
    if (isKeeping || text === kept) return
    isKeeping = true
    // Beside it, so that the rename is one step; another control plane of the same folder writes a draft of its own.
    const draft = `${copy}.${process.pid}`
    try {
      await mkdir(dirname(copy), { recursive: true, mode: 0o700 })
      await writeFile(draft, text, { mode: 0o600, flush: true })
      await rename(draft, copy)
      await syncFolder(dirname(copy))
      kept = text
    } catch {
      kept = null
    } finally {
      isKeeping = false
    }
  }

  return {
    async readTeam() {
      const text = await readEstateText(file)
      const team = parseTeam(text, file)
      await keep(text)
      return team
    },
    async readKeptTeam() {
      try {
        return parseTeam(await readFile(copy, 'utf8'), copy)
      } catch {
        return null
      }
    },
    async readLastEstate() {
      try {
        return await readEstate(file)
      } catch (error) {
        if (!(error instanceof OpsError)) throw error
        try {
          return parseEstate(await readFile(copy, 'utf8'), copy)
        } catch {
          throw error
        }
      }
    },
  }
}
