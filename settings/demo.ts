import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { WantedDevice } from '../nodes/devices/create-device.ts'
import type { Devices } from '../nodes/devices/devices.ts'
import type { Identity } from '../nodes/identity/domain.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { Settings } from './env.ts'

export interface Demo {
  readonly organization: string
  readonly devices: number
  stop(): Promise<void>
}

export interface DemoParts {
  readonly settings: Settings
  readonly devices: Pick<Devices, 'createDevice' | 'renewPassword'>
  readonly identity: Pick<Identity, 'createOrganization'>
  readonly mqttPort: number
  readonly log: Logger
}

const organization = { id: 'demo', name: 'Demo' }
const fleet: readonly { readonly classKey: string; readonly count: number; readonly name: string }[] = [
  { classKey: 'port-monitor', count: 2, name: 'Press line' },
  { classKey: 'air-purifier', count: 3, name: 'Purifier' },
  { classKey: 'sleep-pod', count: 1, name: 'Pod' },
]

/** A small simulated fleet over real MQTT, in a process of its own. Its passwords are made anew with every start. */
export async function startDemo({ devices, identity, settings, mqttPort, log }: DemoParts): Promise<Demo> {
  // From the second start on there is one.
  await identity.createOrganization(organization)
  const members: object[] = []
  for (const { classKey, count, name } of fleet) {
    for (let number = 1; number <= count; number += 1) {
      const deviceId = `demo-${classKey}-${number}`
      const password = await passwordFor(devices, {
        id: deviceId,
        classKey,
        name: `${name} ${number}`,
        tags: ['demo'],
        ports: [],
        isEnabled: true,
      })
      members.push({ deviceId, password, orgId: organization.id, classKey })
    }
  }
  const folder = path.join(settings.DATA_DIR, 'demo')
  const file = path.join(folder, 'credentials.jsonl')
  await mkdir(folder, { recursive: true })
  await writeFile(file, `${members.map((member) => JSON.stringify(member)).join('\n')}\n`, { mode: 0o600 })
  const child = fork(
    path.join(import.meta.dirname, '../sim/cli.ts'),
    ['--credentials', file, '--mqtt', `mqtt://${settings.HOST}:${mqttPort}`, '--interval', '2s'],
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
  )
  child.stderr?.on('data', (text: Buffer) => log.warn({ part: 'demo' }, text.toString().trim()))
  child.on('exit', (code) => log.info({ part: 'demo', code }, 'the simulated fleet has ended'))
  return { organization: organization.name, devices: members.length, stop: () => stopped(child) }
}

/** Registers the device, or gives the one from an earlier start a new password. */
async function passwordFor(
  devices: DemoParts['devices'],
  wanted: WantedDevice & { readonly id: string },
): Promise<string> {
  const created = await devices.createDevice(organization.id, wanted)
  if (created.kind === 'created') return created.password
  const renewed = await devices.renewPassword(organization.id, wanted.id)
  if (renewed.kind !== 'renewed') throw new Error(`the demo device ${wanted.id} could not be registered`)
  return renewed.password
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
