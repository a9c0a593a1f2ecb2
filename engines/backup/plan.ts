/** Which files of a `DATA_DIR` a backup holds, and in which order their states are taken. */

export interface BackupPlan {
  /** Database files, in the order in which their snapshots are to be pinned. */
  readonly databases: readonly string[]
  readonly files: readonly string[]
}

/** Logs and locks of open databases (a snapshot has what is in them), files being written, what a restore put aside. */
const leftOut = [
  /-(?:wal|shm|journal)$/,
  /\.lock$/,
  /\.tmp$/,
  /(?:^|\/)\.tmp-/,
  /^(?:before-restore-|\.restoring-|lost\+found)/,
  /^\.secrets-/,
]

/**
 * The order makes the set one that a crash could have left, which the platform starts from every day:
 *
 * 1. `broker`: a QoS 2 publish is noted there when it is appended to the stream. Without the note the device sends it
 *    once more, which is dropped as a repeat; a note without the append would lose it.
 * 2. `stream`: its groups' places say what need not come again, because it is durable in series and store. Those are
 *    taken after it, so they hold at least that much; what they hold beyond comes again, and is known.
 * 3. `series`, then `store`: the store's documents say what the archive took out of the series. A period that both
 *    still hold is no harm, one that neither holds would be a loss. Of the store's own files the pooled one is the last:
 *    it must hold every key that a document of another file has reserved in it.
 */
const order: readonly RegExp[] = [
  /^broker\//,
  /^stream\//,
  /^series\//,
  /^(?!store\/)/,
  /^store\/(?!store\.db$)/,
]

/** @param paths relative to `DATA_DIR`, with `/` */
export function planBackup(paths: readonly string[]): BackupPlan {
  const kept = paths.filter((path) => !leftOut.some((pattern) => pattern.test(path))).sort()
  const isDatabase = (path: string): boolean => path.endsWith('.db')
  return {
    databases: kept.filter(isDatabase).sort((a, b) => rank(a) - rank(b)),
    files: kept.filter((path) => !isDatabase(path)),
  }
}

function rank(path: string): number {
  const found = order.findIndex((pattern) => pattern.test(path))
  return found === -1 ? order.length : found
}
