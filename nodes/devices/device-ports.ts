import { z } from 'zod'
import type { ClassPort, DeviceClass } from './device-class.ts'
import { portNumberSchema } from '../platform/identifiers.ts'

/** What a device says about one of its ports over what its class says. */
export const devicePortSchema = z.strictObject({
  port: portNumberSchema,
  name: z.string().min(1).max(100).optional(),
  unit: z.string().max(20).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  scaling: z.number().optional(),
  offset: z.number().optional(),
})
export type DevicePort = z.output<typeof devicePortSchema>

export interface HasPorts {
  readonly ports: readonly DevicePort[]
}

/** A port as it counts for this device: the class's record with the device's own settings over it. */
export function effectivePorts(device: HasPorts, deviceClass: DeviceClass): readonly ClassPort[] {
  const own = new Map(device.ports.map((port) => [port.port, port]))
  const ofClass = new Map(deviceClass.ports.map((port) => [port.port, port]))
  const numbers =
    deviceClass.portsFrom === 'device' && own.size > 0
      ? own.keys()
      : new Set([...ofClass.keys(), ...own.keys()])
  return [...numbers]
    .sort((a, b) => a - b)
    .map((port) => withSettings(ofClass.get(port) ?? plainPort(port), own.get(port)))
}

const plainPort = (port: number): ClassPort => ({
  port,
  name: `port ${port}`,
  unit: '',
  scaling: 1,
  offset: 0,
})

const withSettings = (defaults: ClassPort, own: DevicePort | undefined): ClassPort => ({
  ...defaults,
  ...Object.fromEntries(Object.entries(own ?? {}).filter(([, value]) => value !== undefined)),
})

/** Of one class, so many different settings of ports are looked for again. */
const maxKnown = 256
const knownOf = new WeakMap<DeviceClass, Map<string, readonly (ClassPort | undefined)[]>>()

/** The effective ports, indexed by port number. Devices of a class whose settings are the same share them: fleets are large. */
export function portsByNumber(
  device: HasPorts,
  deviceClass: DeviceClass,
): readonly (ClassPort | undefined)[] {
  const known = knownOf.get(deviceClass) ?? new Map<string, readonly (ClassPort | undefined)[]>()
  knownOf.set(deviceClass, known)
  const settings = JSON.stringify(device.ports)
  const same = known.get(settings)
  if (same !== undefined) return same
  const ports: (ClassPort | undefined)[] = []
  for (const port of effectivePorts(device, deviceClass)) ports[port.port] = port
  if (known.size < maxKnown) known.set(settings, ports)
  return ports
}
