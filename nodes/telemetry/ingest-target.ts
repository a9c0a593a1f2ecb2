import { isChildOf } from '../devices/broker-access.ts'
import { addressOf, type DeviceRecord, routeOf } from '../devices/device.ts'
import type { DeviceClass } from '../devices/device-class.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import { isOpenLevel, topicFor } from '../devices/topic-template.ts'
import { utf8Text } from '../platform/kit/bytes.ts'
import type { Route } from '../platform/stream/port.ts'
import { parsePayload } from './decode/payload-reader.ts'
import { readerOf } from './decode/path-reader.ts'
import type { IngestKey } from './ingest-key.ts'

/** What a message that came with a key is: a device's, on one of its topics. */
export type IngestTarget =
  | { readonly kind: 'device'; readonly route: Route }
  /** Of an event that the class has no topic for. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | {
      readonly kind: 'unknown'
      readonly address: string
      readonly topic: string
      readonly classKeys: readonly string[]
    }
  /** What the key is for is there no more. */
  | { readonly kind: 'gone' }

export type TargetDirectory = Pick<DeviceDirectory, 'byAddress' | 'deviceClass' | 'lookup'>

/** Whoever brings it need not know what stands at an open level: nothing of theirs depends on it. */
const someLevel = '-'

/**
 * @param event what the caller says that the message is about: the topic whose last level that is; without it the class's first
 */
export function targetOf(
  { orgId, key }: { readonly orgId: string; readonly key: IngestKey },
  payload: Uint8Array,
  event: string | undefined,
  directory: TargetDirectory,
): IngestTarget {
  const gateway = key.gatewayId === undefined ? undefined : directory.lookup(key.gatewayId)
  if (key.gatewayId !== undefined && gateway?.orgId !== orgId) return { kind: 'gone' }
  const deviceClass = gateway?.deviceClass ?? directory.deviceClass(orgId, key.classKey ?? '')
  if (deviceClass === undefined) return { kind: 'gone' }
  const path = deviceClass.ingest?.device
  // What it brings is the gateway's own: its class says how it is read.
  if (path === undefined) return gateway === undefined ? { kind: 'gone' } : onTopic(gateway, event)

  const parsed = parsePayload(utf8Text(payload))
  if (parsed.kind === 'fault') return { kind: 'unreadable', detail: parsed.detail }
  const named = readerOf(path)(parsed.value)
  if (typeof named !== 'string' || named === '')
    return { kind: 'unreadable', detail: `${path}: must be the address of a device` }
  const record = directory
    .byAddress(named)
    .find((one) =>
      gateway === undefined
        ? one.orgId === orgId && one.deviceClass.key === deviceClass.key
        : isChildOf(one, gateway),
    )
  if (record !== undefined) return onTopic(record, event)
  const classKeys = gateway === undefined ? [deviceClass.key] : []
  return {
    kind: 'unknown',
    address: named,
    topic: topicOf(deviceClass, orgId, named, event) ?? '',
    classKeys,
  }
}

function onTopic(record: DeviceRecord, event: string | undefined): IngestTarget {
  const topic = topicOf(record.deviceClass, record.orgId, addressOf(record.device), event)
  const route = topic === undefined ? undefined : routeOf(record, topic)
  return route === undefined ? { kind: 'ignored' } : { kind: 'device', route }
}

/** Of a device, on the class's first telemetry topic, or the one for this event. */
export function topicOf(
  { telemetry }: Pick<DeviceClass, 'telemetry'>,
  orgId: string,
  address: string,
  event?: string,
): string | undefined {
  return telemetry
    .map(({ topic }) => topicFor(topic, orgId, address).split('/'))
    .map((levels) => levels.map((level) => (isOpenLevel(level) ? someLevel : level)))
    .find((levels) => event === undefined || levels.at(-1) === event)
    ?.join('/')
}
