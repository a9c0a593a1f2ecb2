import { unwatchFile, watchFile } from 'node:fs'

/** Files are asked: what mounts secrets swaps links, of which not every file system tells. */
const lookEveryMs = 2000

/** Calls when one of them has changed; the result ends it. */
export function followFiles(
  files: readonly string[],
  changed: () => void,
  interval = lookEveryMs,
): () => void {
  for (const file of files) watchFile(file, { interval, persistent: false }, changed)
  return () => {
    for (const file of files) unwatchFile(file, changed)
  }
}
