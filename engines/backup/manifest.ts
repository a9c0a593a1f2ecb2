import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

/** A line for whoever runs the command: nothing was changed. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused'
}

export const manifestFile = 'manifest.json'

/** Of `/`-separated names below the backup's folder; anything that leads out of it is refused. */
const innerPath = z
  .string()
  .regex(/^(?:data|flows)\/./)
  .refine((text) => text.split('/').every((part) => part !== '' && part !== '.' && part !== '..'))
  .refine((text) => !/[\\\0]/.test(text))

const fileSchema = z.object({
  path: innerPath,
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type BackedUpFile = z.output<typeof fileSchema>

const formatVersion = 1

export const manifestSchema = z.object({
  format: z.literal('fleetloom-backup'),
  version: z.literal(formatVersion),
  /** When the snapshots were taken, ISO 8601. */
  takenAt: z.iso.datetime(),
  platformVersion: z.string(),
  files: z.array(fileSchema),
})
export type Manifest = z.output<typeof manifestSchema>

export const newManifest = (parts: Omit<Manifest, 'format' | 'version'>): Manifest => ({
  format: 'fleetloom-backup',
  version: formatVersion,
  ...parts,
})

const versionSchema = z.object({ format: z.literal('fleetloom-backup'), version: z.int() })

/** @throws BackupRefused when the folder holds no backup, a damaged manifest, or one of a newer version */
export async function readManifest(backupDir: string): Promise<Manifest> {
  const file = path.join(backupDir, manifestFile)
  let written: unknown
  try {
    written = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new BackupRefused(`${file} cannot be read, so ${backupDir} is no backup that could be restored.`, {
      cause: error,
    })
  }
  const version = versionSchema.safeParse(written)
  if (version.success && version.data.version > formatVersion) {
    throw new BackupRefused(
      `${file} has format ${version.data.version}, this version knows ${formatVersion}. Restore it with the version that made it.`,
    )
  }
  const manifest = manifestSchema.safeParse(written)
  if (!manifest.success) throw new BackupRefused(`${file} is damaged: ${z.prettifyError(manifest.error)}`)
  return manifest.data
}
