import type { DeviceRecord } from '../../devices/device.ts'
import { deviceReportMessage } from '../../devices/device-report.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import type { Envelope, Outputs } from '../../platform/kit/node-definition.ts'
import { deliveryProperty } from '../../platform/kit/delivery.ts'
import { deliverOutputs, type FlowEntrance } from '../../platform/kit/flow-entrance.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { asError } from '../../platform/kit/presentable.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { domain as telemetryDomain } from '../domain.ts'
import { rejectMessage } from '../dead-letter.ts'
import {
  commandResponseMessage,
  deviceEventMessage,
  readingMessage,
  type Uplink,
  uplinkMessage,
} from '../reading.ts'
import type { TimeWindow } from '../timestamp.ts'
import { replayProperty } from '../replay-job.ts'
import { poisoned } from '../stream-uplink.ts'
import { config } from './config.ts'
import { type Decoded, decodeUplink, nothingDecoded, rejectUplink } from './decode.ts'
import { forwarded } from './children.ts'
import { LateBatch } from './late-batch.ts'
import { LateUplinks } from './late-uplinks.ts'
import type { Late } from './late.ts'
import { readUplink } from './read-uplink.ts'
import { suspensionStatus } from './suspension-status.ts'

/** As the sources of uplinks have it by default. */
const stallMs = 30_000

export default defineNode({
  type: 'decode',
  category: 'telemetry',
  icon: 'font-awesome/fa-puzzle-piece',
  config,
  needs: { ...kit('clock', 'deliveries', 'expressions'), devices: devicesDomain, telemetry: telemetryDomain },
  input: uplinkMessage,
  outputs: [
    { label: 'readings', message: readingMessage },
    { label: 'device reports', message: deviceReportMessage },
    { label: 'device events', message: deviceEventMessage },
    { label: 'command responses', message: commandResponseMessage },
    { label: 'rejected', message: rejectMessage },
  ],
  start({
    config: properties,
    needed: { clock, deliveries, devices, expressions: pool, telemetry },
    emit,
    fault,
    status,
  }) {
    const window: TimeWindow = {
      pastMs: properties.pastDays * 86_400_000,
      futureMs: properties.futureMinutes * 60_000,
    }
    const maxPayloadBytes = properties.maxPayloadKiB * 1024

    /** Of a registered device, and not too large; otherwise it is rejected. */
    const recordOf = (into: Decoded, uplink: Uplink): DeviceRecord | undefined => {
      if (uplink.payload.length > maxPayloadBytes) {
        const detail = `${uplink.payload.length} bytes, more than ${maxPayloadBytes}`
        rejectUplink(into, uplink, { reason: 'too-large', detail })
        return undefined
      }
      const record = devices.directory.lookup(uplink.deviceId)
      if (record === undefined || record.orgId !== uplink.orgId) {
        const detail = `${uplink.deviceId} is not registered`
        rejectUplink(into, uplink, { reason: 'unknown-device', detail })
        return undefined
      }
      return record
    }

    const entrance: FlowEntrance = { deliveries, emit, clock, stallMs }

    /** What children said goes on as messages of their own; gives what keeps the stream from taking it. */
    const forward = async (decoded: Decoded): Promise<Error | undefined> => {
      if (decoded.children.length === 0) return undefined
      const { entries, refused } = forwarded(decoded.children, devices.directory)
      for (const { fault: told, index, message } of refused) {
        const { address, gateway, uplink } = message
        rejectUplink(decoded, uplink, told, index)
        devices.unknownSenders.note(uplink.orgId, {
          address,
          gatewayId: gateway.device.id,
          classKeys: [],
          topic: uplink.topic,
        })
      }
      return entries.length === 0
        ? undefined
        : telemetry.intake.replay(entries).then(() => undefined, asError)
    }

    let isClosed = false
    const late = new LateUplinks({
      pool,
      clock,
      random: Math.random,
      fault,
      async deliver(batch) {
        await deliveries.whenFlowsRun()
        if (isClosed) return { kind: 'interrupted' }
        // Decoded anew for each try: what a flow has had in hand it may have changed.
        const decoded = nothingDecoded()
        for (const each of batch) decodeLate(decoded, each, window)
        const unavailable = await forward(decoded)
        if (unavailable !== undefined) return { kind: 'unavailable', error: unavailable }
        return deliverOutputs(entrance, outputsOf(decoded), batch[0]?.extra)
      },
      abandon: ({ uplink }, tries, error) => telemetry.deadLetters.put([poisoned(uplink, tries, error)]),
    })
    const endStatus = suspensionStatus(pool, status)

    /** In order, and without a promise but for what an expression has to wait for. */
    const decodeBatch = (items: readonly Uplink[], envelope: Envelope): Outputs | Promise<Outputs> => {
      const into = nothingDecoded()
      let lateOnes: LateBatch | undefined
      for (const uplink of items) {
        const record = recordOf(into, uplink)
        if (record === undefined) continue
        const parsed = readUplink(uplink, record)
        if (parsed.kind === 'fault') rejectUplink(into, uplink, parsed)
        else if (parsed.kind === 'ignored') telemetry.counts.messagesIgnored += 1
        else {
          const { source, text } = parsed
          if (source === undefined && !late.has(uplink.deviceId) && lateOnes?.has(uplink.deviceId) !== true) {
            decodeUplink(into, uplink, parsed.value, record, window)
            continue
          }
          lateOnes ??= new LateBatch({
            late,
            pool,
            clock,
            awaitDurable: (durable) => deliveries.awaitDurable(envelope[deliveryProperty], durable),
            extra: only(envelope, [replayProperty]),
          })
          const need =
            source === undefined
              ? ({ kind: 'turn', value: parsed.value } as const)
              : ({ kind: 'expression', source, text } as const)
          lateOnes.add(into, uplink, record, need)
        }
      }
      if (lateOnes === undefined) return outputsOf(into)
      if (lateOnes.isSettled) {
        lateOnes.end()
        return outputsOf(into)
      }
      // Nobody else of the batch waits.
      emit(outputsOf(into), only(envelope, [replayProperty, deliveryProperty]))
      return lateOnes.settle().then(outputsOf)
    }

    return {
      process: (items, envelope) =>
        late.isFull
          ? late.whenNotFull().then(() => decodeBatch(items, envelope))
          : decodeBatch(items, envelope),
      close() {
        isClosed = true
        endStatus()
        late.close()
      },
    }
  },
})

function decodeLate(into: Decoded, { evaluated, need, record, uplink }: Late, window: TimeWindow): void {
  if (need.kind === 'turn') decodeUplink(into, uplink, need.value, record, window)
  else if (evaluated?.kind === 'fault') rejectUplink(into, uplink, evaluated)
  else {
    const text = evaluated?.text
    decodeUplink(into, uplink, text === undefined ? undefined : JSON.parse(text), record, window)
  }
}

const outputsOf = (decoded: Decoded): Outputs => [
  decoded.readings,
  decoded.reports,
  decoded.events,
  decoded.responses,
  decoded.rejects,
]

const only = (envelope: Envelope, names: readonly string[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    names.flatMap((name) => (envelope[name] === undefined ? [] : [[name, envelope[name]] as const])),
  )
