import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Plugin } from 'vite'
import { z } from 'zod'
import { writeChanged } from './write-output.ts'

const stampSchema = z.object({ made: z.string(), files: z.record(z.string(), z.string()) })

export const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** Notes our own files that go into it; packages change with the lock file, and with it everything is installed anew. */
export const readFrom = (inputs: Set<string>): Plugin => ({
  name: 'inputs',
  moduleParsed({ id }) {
    const [file = ''] = id.split('?')
    if (file.startsWith('/') && !file.includes('/node_modules/')) inputs.add(file)
  },
})

/** Whether the bundle was made by the same rules of the same files. @param root what the stamp's files are named from */
export async function isFresh(stampFile: string, root: string, made: string): Promise<boolean> {
  try {
    const stamp = stampSchema.parse(JSON.parse(await readFile(stampFile, 'utf8')))
    if (stamp.made !== made) return false
    for (const [file, known] of Object.entries(stamp.files))
      if (digest(await readFile(join(root, file), 'utf8')) !== known) return false
    return true
  } catch {
    return false
  }
}

export async function writeStamp(
  stampFile: string,
  root: string,
  made: string,
  inputs: ReadonlySet<string>,
): Promise<void> {
  const files: Record<string, string> = {}
  for (const file of [...inputs].toSorted())
    files[relative(root, file)] = digest(await readFile(file, 'utf8'))
  await writeChanged(stampFile, `${JSON.stringify({ made, files }, undefined, 2)}\n`)
}
