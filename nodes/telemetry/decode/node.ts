import { deviceReportMessage } from '../../devices/device-report.ts'
import { channelOf, type DeviceRecord } from '../../devices/device.ts'
import { utf8Text } from '../../platform/kit/bytes.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { presentable } from '../../platform/kit/presentable.ts'
import { rejectMessage } from '../dead-letter.ts'
import {
  commandResponseMessage,
  deviceEventMessage,
  readingMessage,
  type Uplink,
  uplinkMessage,
} from '../reading.ts'
import type { TimeWindow } from '../timestamp.ts'
import { boundedExpression } from './bounded-expression.ts'
import { config } from './config.ts'
import { type Decoded, decodeUplink, nothingDecoded, parsePayload, rejectUplink } from './decode.ts'

type Expression = ReturnType<typeof boundedExpression>

export default defineNode({
  type: 'decode',
  category: 'telemetry',
  icon: 'font-awesome/fa-puzzle-piece',
  config,
  needs: { ...kit('clock'), devices: devicesDomain },
  input: uplinkMessage,
  outputs: [
    { label: 'readings', message: readingMessage },
    { label: 'device reports', message: deviceReportMessage },
    { label: 'device events', message: deviceEventMessage },
    { label: 'command responses', message: commandResponseMessage },
    { label: 'rejected', message: rejectMessage },
  ],
  start({ config: properties, needed: { clock, devices } }) {
    const window: TimeWindow = {
      pastMs: properties.pastDays * 86_400_000,
      futureMs: properties.futureMinutes * 60_000,
    }
    const maxPayloadBytes = properties.maxPayloadKiB * 1024
    const expressions = new WeakMap<object, Expression>()

    const transform = async (
      into: Decoded,
      uplink: Uplink,
      value: unknown,
      record: DeviceRecord,
    ): Promise<void> => {
      const { decode } = record.deviceClass
      if (decode.shape !== 'jsonata') return
      try {
        let expression = expressions.get(decode)
        if (expression === undefined) {
          expression = boundedExpression(decode.expression, clock)
          expressions.set(decode, expression)
        }
        // JSONata builds its results from objects of its own: through JSON they become plain data.
        const result = JSON.stringify(await expression(value)) as string | undefined
        decodeUplink(into, uplink, result === undefined ? undefined : JSON.parse(result), record, window)
      } catch (error) {
        rejectUplink(into, uplink, { reason: 'decode-failed', detail: presentable(error) })
      }
    }

    /** Decodes in order; gives a promise only for those few that need JSONata. */
    const decodeOne = (into: Decoded, uplink: Uplink): Promise<void> | undefined => {
      if (uplink.payload.length > maxPayloadBytes) {
        const detail = `${uplink.payload.length} bytes, more than ${maxPayloadBytes}`
        rejectUplink(into, uplink, { reason: 'too-large', detail })
        return undefined
      }
      const record = devices.directory.lookup(uplink.deviceId)
      if (record === undefined || record.orgId !== uplink.orgId) {
        rejectUplink(into, uplink, {
          reason: 'unknown-device',
          detail: `${uplink.deviceId} is not registered`,
        })
        return undefined
      }
      const parsed = parsePayload(utf8Text(uplink.payload))
      if (parsed.kind === 'fault') rejectUplink(into, uplink, parsed)
      else if (
        record.deviceClass.decode.shape === 'jsonata' &&
        channelOf(record, uplink.topic) === 'telemetry'
      ) {
        return transform(into, uplink, parsed.value, record)
      } else decodeUplink(into, uplink, parsed.value, record, window)
      return undefined
    }

    const outputsOf = (decoded: Decoded): readonly (readonly unknown[])[] => [
      decoded.readings,
      decoded.reports,
      decoded.events,
      decoded.responses,
      decoded.rejects,
    ]

    const decodeRest = async (
      into: Decoded,
      items: readonly Uplink[],
      from: number,
      first: Promise<void>,
    ): Promise<readonly (readonly unknown[])[]> => {
      await first
      for (const uplink of items.slice(from)) await decodeOne(into, uplink)
      return outputsOf(into)
    }

    return {
      process(items) {
        const into = nothingDecoded()
        let decoded = 0
        for (const uplink of items) {
          decoded += 1
          const pending = decodeOne(into, uplink)
          if (pending !== undefined) return decodeRest(into, items, decoded, pending)
        }
        return outputsOf(into)
      },
    }
  },
})
