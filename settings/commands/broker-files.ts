import { mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { StoreDeviceDirectory } from '../../nodes/devices/directory.ts'
import { mosquittoFiles } from '../../nodes/devices/mosquitto-files.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { mosquittoHash } from '../../nodes/platform/secrets.ts'
import { openStore } from '../engines.ts'
import { InvalidSettings, readSettings, type Settings } from '../env.ts'
import { accountOf } from '../open-broker.ts'
import { loadShippedClasses } from '../../nodes/devices/classes/shipped-classes.ts'

/** For whom wrote it and their group, which is to be Mosquitto's. */
const fileMode = 0o640

/** `broker-files --out FOLDER`: Mosquitto's password and ACL file, from the registry; also while the platform runs. */
export async function brokerFilesCommand(words: readonly string[]): Promise<number> {
  let out: string | undefined
  let settings: Settings
  try {
    out = parseArgs({ args: [...words], options: { out: { type: 'string' } } }).values.out
    settings = readSettings(process.env)
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof InvalidSettings)) throw error
    process.stderr.write(`${error.message}\n`)
    return 2
  }
  if (out === undefined) {
    process.stderr.write('Say where to: broker-files --out FOLDER\n')
    return 2
  }
  const folder = path.resolve(out)
  const { acl, devices, leftOut, passwords } = await filesFor(settings)
  await mkdir(folder, { recursive: true })
  await replace(path.join(folder, 'passwords'), passwords)
  await replace(path.join(folder, 'acl'), acl)
  process.stdout.write(
    `${folder}: passwords and acl for ${devices} devices. Mosquitto reads them at SIGHUP.\n`,
  )
  if (settings.MQTT_USERNAME === undefined)
    process.stderr.write('The platform itself is not in them: set MQTT_USERNAME and MQTT_PASSWORD.\n')
  for (const { deviceId, reason } of leftOut) process.stderr.write(`Left out ${deviceId}: ${reason}.\n`)
  return leftOut.length === 0 ? 0 : 1
}

async function filesFor(settings: Settings): Promise<ReturnType<typeof mosquittoFiles>> {
  const account = accountOf(settings)
  const shipped = await loadShippedClasses()
  const { close, store } = await openStore(settings, silentLogger)
  try {
    const directory = await StoreDeviceDirectory.load(store, { shipped })
    return mosquittoFiles(
      directory.all(),
      [...directory.allClasses()],
      account && { username: account.username, mosquittoHash: mosquittoHash(account.password, 'chosen') },
    )
  } finally {
    await close()
  }
}

/** In one step, so that Mosquitto never reads half of it. */
async function replace(file: string, text: string): Promise<void> {
  const next = `${file}.next`
  await writeFile(next, text, { mode: fileMode })
  await rename(next, file)
}
