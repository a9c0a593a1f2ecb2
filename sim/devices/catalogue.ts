import type { Random } from '../random.ts'
import { airPurifier } from './air-purifier.ts'
import type { DeviceInput, DeviceModel, DeviceOutput, Identity, Topics } from './model.ts'
import { portMonitor } from './port-monitor.ts'
import { sleepPod } from './sleep-pod.ts'

export const CLASS_KEYS = ['port-monitor', 'air-purifier', 'sleep-pod'] as const
export type ClassKey = (typeof CLASS_KEYS)[number]

/** A device of any class, holding its own state. */
export interface Device extends Pick<
  DeviceModel<never>,
  'classKey' | 'intervalMs' | 'jitterMs' | 'keepsReadings' | 'hasKeypad'
> {
  readonly topics: Topics
  receive(input: DeviceInput, nowMs: number): readonly DeviceOutput[]
}

type Factory = (identity: Identity, random: Random) => Device

const FACTORIES: Readonly<Record<ClassKey, Factory>> = {
  'port-monitor': factory(portMonitor),
  'air-purifier': factory(airPurifier),
  'sleep-pod': factory(sleepPod),
}

export function createDevice(classKey: ClassKey, identity: Identity, random: Random): Device {
  return FACTORIES[classKey](identity, random)
}

export function portsOf(classKey: ClassKey): readonly number[] {
  return classKey === portMonitor.classKey ? (portMonitor.ports ?? []) : []
}

function factory<S>(model: DeviceModel<S>): Factory {
  const { classKey, intervalMs, jitterMs, keepsReadings, hasKeypad } = model
  return (identity, random) => {
    let state = model.create(identity, random)
    return {
      classKey,
      intervalMs,
      jitterMs,
      keepsReadings,
      hasKeypad,
      topics: model.topics(identity),
      receive(input, nowMs) {
        const [next, outputs] = model.step(state, input, nowMs, random)
        state = next
        return outputs
      },
    }
  }
}
