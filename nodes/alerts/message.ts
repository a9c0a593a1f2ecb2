import type { DeviceRecord } from '../devices/device.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { CompiledRule } from './compile-rule.ts'

export interface MessageParts {
  readonly compiled: CompiledRule
  readonly record: DeviceRecord | undefined
  readonly deviceId: string
  readonly value: number | null
  readonly atMs: number
}

const usual = '{rule}: {device}'

/**
 * The text of an alert: what stands in braces (`{value}` or `{{value}}`) is filled in, and nothing else happens; a name that
 * there is not stays as it is.
 */
export function messageOf({ atMs, compiled, deviceId, record, value }: MessageParts): string {
  const { alertPort, rule } = compiled
  const port = alertPort === null ? undefined : record?.ports[alertPort]
  const values: Readonly<Record<string, string>> = {
    rule: rule.name,
    severity: rule.severity,
    deviceId,
    device: record?.device.name ?? deviceId,
    port: alertPort === null ? '' : String(alertPort),
    portName: port?.name ?? '',
    unit: port?.unit ?? '',
    value: value === null ? '' : String(value),
    time: toIsoTime(atMs),
  }
  const valued = value === null ? '' : ', {value} {unit}'
  const template = rule.message ?? `${usual}${port === undefined ? '' : ', {portName}'}${valued}`
  return template
    .replace(/\{\{\s*(\w+)\s*\}\}|\{(\w+)\}/g, (whole: string, double?: string, single?: string) => {
      const name = double ?? single ?? ''
      return Object.hasOwn(values, name) ? (values[name] ?? '') : whole
    })
    .trim()
}
