import { open, stat } from 'node:fs/promises'

/** A file or, where folders can be opened, a folder: what was renamed or made in it. */
export async function syncToDisk(name: string): Promise<void> {
  if (process.platform === 'win32' && (await stat(name)).isDirectory()) return
  await using handle = await open(name, 'r')
  await handle.sync()
}
