import mqttPacket, { type Packet } from 'mqtt-packet'
import type { Random } from './random.ts'

/** What a hostile peer sends next: text or bytes of one frame, or of one packet. */
export type NextFrame = (random: Random) => string | Buffer

const strings = [
  '',
  '#',
  '+/+',
  '$SYS/#',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  '../../etc/passwd',
  '%00',
  'widget-load',
  'status/#',
  'a{999999999}',
  '++++++++++++++++!',
  'x'.repeat(5000),
] as const

const numbers = [0, -1, 1.5, 1e308, -1e308, 2 ** 53, 65_536, Number.MAX_SAFE_INTEGER] as const

/** A JSON value of any shape, a few levels deep. */
export function anyValue(random: Random, levels = 3): unknown {
  const kind = random.between(0, levels > 0 ? 7 : 5)
  if (kind === 0) return null
  if (kind === 1) return random.next() < 0.5
  if (kind === 2) return random.pick(numbers)
  if (kind <= 4) return random.pick(strings)
  if (kind === 5) return random.bytes(random.between(0, 30)).toString('latin1')
  if (kind === 6) return Array.from({ length: random.between(0, 4) }, () => anyValue(random, levels - 1))
  const entries = Array.from({ length: random.between(0, 4) }, () => [
    random.pick([...strings, 'auth', 'subscribe', 'topic', 'data', 'devices', 'token', 'payload']),
    anyValue(random, levels - 1),
  ])
  // `__proto__` as JSON has it: a key like any other.
  return JSON.parse(
    `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`,
  )
}

const json = (random: Random): string => JSON.stringify(anyValue(random))
const nested = (random: Random): string => {
  const depth = random.between(10, 20_000)
  return `${'['.repeat(depth)}${']'.repeat(depth)}`
}

/** One byte in a few changed, taken out or put in. */
export function damaged(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let i = random.between(0, 3); i > 0 && copy.length > 0; i -= 1)
    copy[random.between(0, copy.length - 1)] = random.between(0, 255)
  return random.next() < 0.1 ? copy.subarray(0, random.between(0, copy.length)) : copy
}

export const editorFrame: NextFrame = (random) => {
  const kind = random.between(0, 6)
  if (kind === 0) return random.bytes(random.between(0, 200))
  if (kind === 1) return nested(random)
  if (kind === 2) return JSON.stringify({ subscribe: anyValue(random, 1) })
  if (kind === 3) return JSON.stringify({ topic: anyValue(random, 1), data: anyValue(random) })
  if (kind === 4) return JSON.stringify({ auth: anyValue(random, 1) })
  return json(random)
}

/** Packets of engine.io and in them packets of Socket.IO, some of them as they should be. */
export function socketIoFrame(namespace: string, events: readonly [string, ...string[]]): NextFrame {
  const prefix = namespace === '/' ? '' : `${namespace},`
  return (random) => {
    const kind = random.between(0, 9)
    if (kind === 0) return random.bytes(random.between(0, 200))
    if (kind === 1) return `${random.between(0, 9)}${json(random)}`
    if (kind === 2) return `4${random.between(0, 9)}${prefix}${json(random)}`
    if (kind === 3) return `45${random.between(0, 20)}-${prefix}${json(random)}`
    if (kind === 4) return `42${prefix}${random.between(0, 1e9)}${nested(random)}`
    if (kind === 5) return `40${random.pick(['/', '/live,', '/admin,', '/__proto__,'])}${json(random)}`
    const args = Array.from({ length: random.between(0, 3) }, () => anyValue(random))
    return `42${prefix}${random.next() < 0.3 ? random.between(0, 99) : ''}${JSON.stringify([random.pick(events), ...args])}`
  }
}

export interface MqttIdentity {
  readonly id: string
  readonly topic: string
}

/** MQTT 3.1.1 packets, most with something wrong in them. A `device` may send what is its own as well. */
export function mqttPacketOf(device: MqttIdentity | undefined): NextFrame {
  return (random) => {
    if (random.between(0, 9) === 0) return random.bytes(random.between(1, 100))
    const messageId = random.between(1, 65_535)
    const topic = random.pick([device?.topic ?? 'a/b', ...strings])
    const qos = random.pick([0, 1, 2] as const)
    const packets: readonly [Packet, ...Packet[]] = [
      {
        cmd: 'publish',
        topic,
        payload: json(random),
        qos,
        dup: qos > 0,
        retain: random.next() < 0.3,
        messageId,
      },
      { cmd: 'subscribe', messageId, subscriptions: [{ topic, qos }] },
      { cmd: 'unsubscribe', messageId, unsubscriptions: [topic] },
      { cmd: 'puback', messageId },
      { cmd: 'pubrec', messageId },
      { cmd: 'pubrel', messageId },
      { cmd: 'pubcomp', messageId },
      { cmd: 'pingreq' },
      { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: topic, keepalive: 0 },
    ]
    const packet = random.pick(packets)
    let bytes: Buffer
    try {
      bytes = mqttPacket.generate(packet)
    } catch {
      // What cannot be said properly is said as bytes.
      bytes = random.bytes(40)
    }
    return random.next() < 0.5 ? damaged(random, bytes) : bytes
  }
}
