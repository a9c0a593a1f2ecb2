import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { WantedDevice } from '../nodes/devices/create-device.ts'
import type { Devices } from '../nodes/devices/devices.ts'
import type { Identity } from '../nodes/identity/domain.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import { type AtDevice, type GuestParts, startGuests } from './guests.ts'
import { addDemoPods, type DemoPodParts, napPodIds, napSlotMs } from './pods.ts'
import { addDemoGuests, addDemoUsers, type DemoUser } from './users.ts'

export interface Demo {
  readonly organization: string
  readonly devices: number
  /** Added just now, with their passwords. */
  readonly users: readonly DemoUser[]
  stop(): Promise<void>
}

export interface DemoParts {
  readonly settings: { readonly DATA_DIR: string; readonly HOST: string }
  readonly devices: Pick<Devices, 'createDevice' | 'renewPassword'>
  readonly identity: Pick<Identity, 'createOrganization' | 'users'>
  readonly pods: DemoPodParts & Pick<GuestParts, 'access' | 'billing' | 'booking' | 'newId'>
  readonly mqttPort: number
  readonly log: Logger
}

const organization = { id: 'demo', name: 'Demo' }
interface Members {
  readonly classKey: string
  readonly name: string
  /** One device at each: latitude and longitude. */
  readonly places: readonly (readonly [number, number])[]
}

const turin = [45.07, 7.69] as const
const lyon = [45.76, 4.84] as const
const lisbon = [38.72, -9.14] as const
const porto = [41.15, -8.61] as const
const paris = [48.86, 2.35] as const
const rome = [41.9, 12.5] as const
const trastevere = [41.889, 12.47] as const
const prati = [41.908, 12.463] as const
const gateA = [41.795, 12.252] as const
const gateB = [41.796, 12.255] as const
const fleet: readonly Members[] = [
  { classKey: 'port-monitor', name: 'Press line', places: [turin, lyon] },
  { classKey: 'air-purifier', name: 'Purifier', places: [lisbon, porto, paris] },
  { classKey: 'sleep-pod', name: 'Pod', places: [rome, trastevere, prati, gateA, gateB] },
]

/** A small simulated fleet over real MQTT, in a process of its own. Its passwords are made anew with every start. */
export async function startDemo({
  devices,
  identity,
  pods,
  settings,
  mqttPort,
  log,
}: DemoParts): Promise<Demo> {
  // From the second start on there is one.
  await identity.createOrganization(organization)
  const users = await addDemoUsers(identity.users, organization.id)
  const guests = await addDemoGuests(identity.users, organization.id)
  const members: object[] = []
  for (const { classKey, name, places } of fleet) {
    for (const [index, [latitude, longitude]] of places.entries()) {
      const number = index + 1
      const deviceId = `demo-${classKey}-${number}`
      const password = await passwordFor(devices, {
        id: deviceId,
        classKey,
        name: `${name} ${number}`,
        tags: ['demo'],
        location: { latitude, longitude },
        ports: [],
        isEnabled: true,
      })
      members.push({ deviceId, password, orgId: organization.id, classKey })
    }
  }
  await addDemoPods(pods, organization.id, users)
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
  const atDevice = (deviceId: string, input: AtDevice): void => {
    if (child.connected) child.send({ type: 'input', deviceId, input })
  }
  const visits = startGuests(
    { ...pods, clock: systemClock, log, dice: Math.random, atDevice },
    { orgId: organization.id, userIds: guests, podIds: napPodIds, slotMs: napSlotMs },
  )
  child.on('exit', (code) => log.info({ part: 'demo', code }, 'the simulated fleet has ended'))
  return {
    organization: organization.name,
    devices: members.length,
    users,
    stop() {
      visits.stop()
      return stopped(child)
    },
  }
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
