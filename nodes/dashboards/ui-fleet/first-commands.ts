import type { DeviceClassView } from '../../../dashboards/kit/views.ts'

export interface Credential {
  readonly username: string
  readonly password: string
}

export interface CommandLine {
  readonly name: string
  readonly text: string
}

/** Something that the class understands; undefined where only an expression of its own knows. */
export function samplePayload(deviceClass: DeviceClassView): string | undefined {
  const decode = deviceClass.telemetry[0]?.decode
  const port = deviceClass.ports[0]?.port ?? 1
  if (decode?.shape === 'readings') return JSON.stringify({ readings: [{ port, value: 21.5 }] })
  if (decode?.shape !== 'fields') return undefined
  const payload: Record<string, unknown> = {}
  for (const { path } of decode.fields) if (typeof path === 'string') put(payload, path.split('.'), 21.5)
  return JSON.stringify(payload)
}

function put(into: Record<string, unknown>, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[first] = value
    return
  }
  const inner: Record<string, unknown> = {}
  const known = into[first]
  if (typeof known === 'object' && known !== null) Object.assign(inner, known)
  put(inner, rest, value)
  into[first] = inner
}

/** One argument of a shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** Lines to paste that send a first reading. */
export function commandLines(
  deviceClass: DeviceClassView,
  { username, password }: Credential,
  place: { readonly origin: string; readonly host: string; readonly orgId: string },
): readonly CommandLine[] {
  const template = deviceClass.telemetry[0]?.topic ?? ''
  const topic = template.replace('{org}', place.orgId).replace('{device}', username)
  const payload = quoted(samplePayload(deviceClass) ?? '…')
  const mqtt = `-h ${place.host} -p 1883 -i ${username} -u ${username} -P ${quoted(password)} -t ${quoted(topic)} -q 1 -m ${payload}`
  return [
    {
      name: 'HTTPS',
      text: `curl -u ${quoted(`${username}:${password}`)} -H 'Content-Type: application/json' -d ${payload} ${place.origin}/api/v1/ingest/${username}`,
    },
    { name: 'mosquitto_pub', text: `mosquitto_pub ${mqtt}` },
    { name: 'mqtt', text: `npx mqtt publish ${mqtt}` },
  ]
}
