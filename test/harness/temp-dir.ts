import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const made = new Set<string>()
process.once('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

/** A folder that is gone with this process at the latest. */
export function makeTempDir(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `fleetloom-${name}-`))
  made.add(folder)
  return folder
}

export function removeTempDir(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  made.delete(folder)
}
