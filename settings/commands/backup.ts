import path from 'node:path'
import { parseArgs } from 'node:util'
import { readFlowDirectory } from '../../editor/flow-storage/flow-directory.ts'
import { createBackup } from '../../engines/backup/create-backup.ts'
import { BackupRefused } from '../../engines/backup/manifest.ts'
import { restoreBackup } from '../../engines/backup/restore-backup.ts'
import { settingsSchema } from '../env.ts'
import { packageVersion } from '../package-version.ts'
import { refusing } from './refusing.ts'

/** `backup [--out FOLDER]` */
export async function backupCommand(words: readonly string[]): Promise<number> {
  return refusing(async () => {
    const { values } = parseArgs({
      args: [...words],
      options: { out: { type: 'string' }, 'data-dir': { type: 'string' }, 'flows-dir': { type: 'string' } },
    })
    const startedMs = Date.now()
    const out = values.out ?? path.join('backups', `fleetloom-${stampOf(startedMs)}`)
    const flowsDir = folderOf('FLOWS_DIR', values['flows-dir'])
    const { files } = await createBackup({
      dataDir: folderOf('DATA_DIR', values['data-dir']),
      readFlows: async () => (await readFlowDirectory(flowsDir)).texts,
      out: path.resolve(out),
      platformVersion: await packageVersion(),
      nowMs: Date.now,
    })
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    say(
      `${path.resolve(out)}: ${files.length} files, ${megabytes(bytes)}, in ${seconds(startedMs)}, checked.`,
      'It holds password hashes, credentials of nodes and the secret that tokens are signed with: keep it to yourself.',
    )
    for (const name of engines.filter((each) => isSet(each)))
      say(`What is kept by ${name} is not in it: back that engine up with its own tools, right after this.`)
    return 0
  }, isRefusal)
}

/** `restore --from FOLDER [--data-dir FOLDER] [--flows-dir FOLDER] [--force]` */
export async function restoreCommand(words: readonly string[]): Promise<number> {
  return refusing(async () => {
    const { values } = parseArgs({
      args: [...words],
      options: {
        from: { type: 'string' },
        'data-dir': { type: 'string' },
        'flows-dir': { type: 'string' },
        force: { type: 'boolean', default: false },
      },
    })
    if (values.from === undefined) throw new BackupRefused('Say which backup: restore --from FOLDER')
    const startedMs = Date.now()
    const dataDir = folderOf('DATA_DIR', values['data-dir'])
    const { manifest, putAside } = await restoreBackup({
      from: path.resolve(values.from),
      dataDir,
      flowsDir: values['flows-dir'] === undefined ? undefined : path.resolve(values['flows-dir']),
      isForced: values.force,
      nowMs: Date.now,
    })
    say(`${dataDir} is as it was at ${manifest.takenAt} (${seconds(startedMs)}).`)
    for (const folder of putAside) say(`What was there before is in ${folder}: remove it once you are sure.`)
    if (values['flows-dir'] === undefined)
      say(`Flows were left as they are; those of the backup are in ${path.join(values.from, 'flows')}.`)
    return 0
  }, isRefusal)
}

const engines = ['MONGO_URL', 'REDIS_URL', 'MQTT_URL', 'ARCHIVE_URL']
const isSet = (name: string): boolean =>
  [process.env[name], process.env[`${name}_FILE`]].some((value) => value !== undefined && value !== '')

function folderOf(name: 'DATA_DIR' | 'FLOWS_DIR', said: string | undefined): string {
  return path.resolve(said ?? settingsSchema.shape[name].parse(process.env[name]))
}

const isRefusal = (error: Error): boolean => error instanceof BackupRefused

const stampOf = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-')
const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`
const seconds = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}
